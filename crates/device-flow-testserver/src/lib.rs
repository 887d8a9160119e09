//! A scriptable OAuth 2.0 device authorization server ([RFC 8628]) for tests and demonstrations.
//!
//! [`Server::start`] opens a real authorization server on loopback within milliseconds. It has a device authorization
//! endpoint, a token endpoint (device code and refresh token grants), revocation ([RFC 7009]), introspection
//! ([RFC 7662]), userinfo, client registration ([RFC 7591]), metadata ([RFC 8414] and OpenID), and a page on which a person
//! approves or denies. It runs on a thread of its own, so blocking and async tests use it alike, and it is gone when the
//! [`Server`] is dropped.
//!
//! These things make it a test server:
//!
//! - a [`Script`] says, step by step, how each request is answered: protocol answers, any [`Answer`] at all, or a
//!   [`Fault`] of the network, from a reset connection to a body that never ends;
//! - [`Server::requests`] returns what arrived, on which connection and when;
//! - [`Server::approve`], [`Server::deny`] and [`Server::expire`] play the person;
//! - a [`Dialect`] gives it the habits of a provider.
//!
//! The feature `tls` serves over TLS. The feature `program` is for the program of the same name, which tests in other
//! languages start and steer; a Rust test can have its parts as well: script files (`Options::from_toml`) and the control
//! API (`Control`).
//!
//! ```
//! use std::time::Duration;
//! use device_flow_testserver::{Fault, Options, Script, Server};
//!
//! # fn main() -> std::io::Result<()> {
//! let options = Options::new()
//!     .interval(Duration::from_millis(50))
//!     .code(Script::new().pending(2).fault(Fault::Reset).slow_down().approve());
//! let server = Server::start(options)?;
//!
//! // … sign in against `server.device_authorization_endpoint()` and `server.token_endpoint()` …
//! assert!(server.issuer().starts_with("http://127.0.0.1:"));
//! assert!(server.requests().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Not for production
//!
//! Whoever holds a user code can approve it: there is no log-in, all state is in memory, and `id_token`s are unsigned.
//! Still the server expects hostile requests, because people run it in demonstrations: bodies, connections, codes,
//! registrations and transcript are bounded, the page is guarded against forged posts, framing, guessing and DNS
//! rebinding, and no request makes it panic.
//!
//! [RFC 7009]: https://www.rfc-editor.org/rfc/rfc7009
//! [RFC 7591]: https://www.rfc-editor.org/rfc/rfc7591
//! [RFC 7662]: https://www.rfc-editor.org/rfc/rfc7662
//! [RFC 8414]: https://www.rfc-editor.org/rfc/rfc8414
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod answer;
mod bounded;
mod client;
mod codes;
mod connection;
mod connections;
#[cfg(feature = "program")]
mod control;
mod dialect;
mod endpoints;
mod event;
mod fault;
mod form;
mod guesses;
mod id_token;
mod media_type;
#[cfg(feature = "program")]
mod notation;
mod oauth_error;
mod options;
mod page;
mod pkce;
mod playback;
mod random;
mod registrations;
mod reply;
mod script;
#[cfg(feature = "program")]
mod script_file;
mod server;
mod state;
#[cfg(feature = "tls")]
mod tls;
mod tokens;
mod transcript;
mod unix_time;
mod user_code;

pub use answer::Answer;
pub use client::{Client, ClientAuthentication};
pub use codes::{Code, Standing};
#[cfg(feature = "program")]
pub use control::Control;
pub use dialect::{Dialect, ErrorWords, Members};
pub use event::{Decider, Event};
pub use fault::Fault;
#[cfg(feature = "program")]
pub use notation::UnknownStep;
pub use options::{Approval, DeviceEndpointAuthentication, Options, RefreshTokens};
pub use script::{Endpoint, Script, Step};
#[cfg(feature = "program")]
pub use script_file::Mistake;
pub use server::Server;
#[cfg(feature = "tls")]
pub use tls::{ServerCertificate, Tls};
pub use transcript::Request;
