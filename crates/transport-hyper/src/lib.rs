//! Sign-in on devices without a browser or keyboard ([RFC 8628]), async over hyper and tokio.
//!
//! [`device_flow_core`] decides what to send and when; this crate sends it. [`Client::start`] asks the server for codes,
//! the program shows them, and [`Pending::wait`] polls until the person has decided:
//!
//! ```
//! use device_flow_core::Config;
//! use transport_hyper::{Client, Error};
//!
//! async fn sign_in(device_authorization_endpoint: &str, token_endpoint: &str) -> Result<(), Error> {
//!     let config = Config::new("tv", device_authorization_endpoint, token_endpoint).scope("profile");
//!     let pending = Client::new()?.start(config).await?;
//!     let prompt = pending.prompt();
//!     println!("Visit {} and enter {}", prompt.verification_uri(), prompt.user_code());
//!     let token = pending.wait().await?;
//!     println!("Signed in until {:?} from now", token.expires_in());
//!     Ok(())
//! }
//! # use device_flow_testserver::{Approval, Options, Server};
//! # let options = Options::new().interval(std::time::Duration::from_secs(1)).approval(Approval::AfterPolls(0));
//! # let server = Server::start(options)?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(sign_in(&server.device_authorization_endpoint(), &server.token_endpoint()))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Client::discover`] finds a server's endpoints from its issuer.
//! - [`Pending::suspend`] and [`Client::resume`] take a sign-in from one process to another.
//! - [`Client::drive`] drives any [`Machine`](device_flow_core::Machine) and hands its events on.
//! - [`Remote`] pauses, resumes or cancels from another task or thread, and wakes the driver at once.
//!
//! `transport-ureq` has the same interface without `async`.
//!
//! # In your runtime
//!
//! Futures are [`Send`] and run in tokio runtimes of either kind with time and IO enabled. They may be dropped anywhere:
//! the machine loses the answer to a request in flight and nothing more, and when it is driven again it neither polls
//! early nor hangs: it was told that the connection was closed. Dropping a request hangs up on the server.
//!
//! Nothing is spawned. Idle connections are kept in the [`Client`] and nobody looks after them: one that has ended, or has
//! been idle for half a minute, is closed when the next request looks for one, and all are with the last clone of the
//! client. A connection belongs to the runtime in which it was made, so use a client in one runtime; when that ends, the
//! next request makes a new one.
//!
//! # What happens to a request
//!
//! It is sent once. When something goes wrong, the machine hears of it and decides whether to try again. Redirects are
//! not followed, no more of an answer is read than the machine allows, and its time limit holds for everything from
//! looking up the name to the last byte. An answer that announces no length counts when the connection was closed properly
//! behind it, over TLS with `close_notify`; none is asked for in a content coding, and one that has any is not read. HTTP/1.1 only: one small request every few seconds has no use for more.
//!
//! TLS is rustls over ring. Certificates are judged by the platform's trust store and by what
//! [`ClientBuilder::root_certificates_pem`] adds; where there is no trust store, as in a bare container, the latter is
//! trusted alone, and `http` on loopback works all the same. [`Proxy`] tells how proxies are found.
//!
//! Sleeps last half a minute at most before the clock is looked at again, so that a code that ran out while a laptop was
//! asleep is noticed soon after.
//!
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod client;
mod clock;
mod connection;
mod connections;
mod connector;
mod driver;
mod exchange;
mod failure;
mod pending;

pub use builder::ClientBuilder;
pub use client::Client;
pub use clock::TokioClock;
#[cfg(feature = "proxy")]
pub use device_flow_transport::Proxy;
pub use device_flow_transport::{ClientError, Clock, Error, PemError, Remote, SystemClock, VirtualClock};
pub use pending::Pending;
