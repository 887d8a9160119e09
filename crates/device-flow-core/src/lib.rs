//! The OAuth 2.0 Device Authorization Grant ([RFC 8628]) as a state machine without IO.
//!
//! Answers and clock ticks go in; requests, waits and events come out. There is no socket, clock, thread, runtime,
//! randomness or log in here, so the machines run wherever Rust has an allocator.
//!
//! - [`DeviceFlow`] signs a person in: device authorization request, prompt, polling until the person has decided.
//! - [`Session`] keeps the tokens fresh, and [`SignIn`] is both in one, from the first request to refreshing for ever.
//! - [`Discovery`] finds a server's endpoints from its issuer ([RFC 8414], OpenID Connect Discovery).
//! - [`Call`] makes a single request: refresh, revocation, introspection, userinfo, registration.
//! - [`Dialect`] is how a server departs from the RFC, as data; the crate `device-flow-profiles` knows the providers in use.
//!
//! The machines speak [`Machine`]: [`poll_output`](Machine::poll_output) says what to do, and
//! [`handle_input`](Machine::handle_input) tells what happened. The crates `transport-ureq` and `transport-hyper` drive
//! them; a driver of one's own is one loop, shown at [`Machine`].
//!
//! # A sign-in, step by step
//!
//! ```
//! use core::time::Duration;
//! use device_flow_core::{Config, DeviceFlow, Event, Input, Machine, Outcome, Output, Response, Timestamp};
//!
//! let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
//! let mut flow = DeviceFlow::new(config)?;
//! let mut now = Timestamp::ZERO;
//!
//! // 1. The flow wants its first request sent.
//! let Output::Send(request) = flow.poll_output(now) else { panic!() };
//! assert_eq!(request.url(), "https://as.example/device_authorization");
//! assert_eq!(request.body(), b"client_id=tv");
//! let id = request.id();
//!
//! // 2. The answer makes it tell the prompt.
//! let body = br#"{"device_code":"GmRhmhcx","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","expires_in":600}"#;
//! flow.handle_input(now, Input::Response(id, Response::new(200, body)))?;
//! let Output::Event(Event::Prompt(prompt)) = flow.poll_output(now) else { panic!() };
//! assert_eq!(prompt.user_code(), "WDJB-MJHT");
//!
//! // 3. It waits one interval (and a small margin), then polls.
//! let Output::WaitUntil(first_poll) = flow.poll_output(now) else { panic!() };
//! assert_eq!(first_poll.saturating_duration_since(now), Duration::from_millis(5_250));
//! now = first_poll;
//! let Output::Send(request) = flow.poll_output(now) else { panic!() };
//! let id = request.id();
//!
//! // 4. The person has said yes.
//! flow.handle_input(now, Input::Response(id, Response::new(200, br#"{"access_token":"2YotnFZF","token_type":"Bearer"}"#)))?;
//! assert!(matches!(flow.poll_output(now), Output::Done));
//! let Some(Outcome::Authorized(token)) = flow.outcome() else { panic!() };
//! assert_eq!(token.access_token().expose(), "2YotnFZF");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 8414]: https://www.rfc-editor.org/rfc/rfc8414
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628

#![no_std]

extern crate alloc;

mod call;
mod client_authentication;
mod config;
mod device_authorization;
mod dialect;
mod discovery;
mod engine;
mod failure;
mod flow;
mod id_token;
mod machine;
mod metadata;
mod nonce;
mod outcome;
mod owned_request;
mod pacing;
mod pending_flow;
mod pkce;
mod prompt;
mod request;
mod response;
mod secret;
mod server_error;
mod session;
mod sign_in;
mod stage;
mod stored;
mod stored_session;
mod text;
mod time;
mod token_response;
mod transport_failure;
mod trouble;
mod uri;
mod wire;

pub use call::{
    Call, CallEvent, Introspection, Refresh, RegisteredClient, Registration, Revocation, Revoked, TokenStatus,
    Userinfo, UserinfoResponse,
};
pub use client_authentication::ClientAuthentication;
pub use config::{Config, ConfigError};
pub use device_authorization::DeviceAuthorizationResponse;
pub use dialect::Dialect;
pub use discovery::Discovery;
pub use failure::{Failure, NetworkError, ProtocolError, ProtocolErrorKind};
pub use flow::DeviceFlow;
pub use id_token::{IdToken, IdTokenError, IdTokenExpectation};
pub use machine::{Input, Machine, Misuse, Output};
pub use metadata::ServerMetadata;
pub use nonce::{NonceMode, nonce};
pub use outcome::{Event, Expiry, Outcome};
pub use owned_request::OwnedRequest;
pub use pending_flow::PendingFlow;
pub use pkce::PkceVerifier;
pub use prompt::Prompt;
pub use request::{Headers, Method, Request, RequestId};
pub use response::Response;
pub use secret::{SecretStr, SecretString};
pub use server_error::{ErrorCode, ServerError};
pub use session::{Session, SessionEvent, SignInReason};
pub use sign_in::{SignIn, SignInEvent, SignInStatus};
pub use stage::Stage;
pub use stored::{ResumeError, StoredFormError};
pub use stored_session::StoredSession;
pub use time::Timestamp;
pub use token_response::TokenResponse;
pub use transport_failure::{Coding, ConnectCause, HttpCause, ProxyCause, ProxySchemes, TlsCause, TransportFailure};
pub use trouble::RetryReason;
pub use uri::UriError;
pub use wire::{Claims, ClientMetadata};
