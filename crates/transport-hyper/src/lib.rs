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
//! - [`ClientBuilder`] sets a client up; [`ClientBuilder::connector`] lets it connect in any other way.
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
//! been idle for five minutes, is closed when the next request looks for one, and all are with the last clone of the
//! client. A request takes one that has been idle for half a minute longer than its driver waited, if the server keeps it so
//! long: polls share one, however far apart they are. There are never more than were in use at once. A connection belongs to
//! the runtime in which it was made, so use a client in one runtime; when that ends, the next request makes a new one.
//!
//! A sign-in that waits has some 2 KiB of memory, its task included, and no connection.
//!
//! # What happens to a request
//!
//! It is sent once. When something goes wrong, the machine hears of it and decides whether to try again; events and errors
//! tell the cause, request by request. Redirects are not followed, no more of an answer is read than the machine allows, and
//! its time limit holds for everything from looking up the name to the last byte. The addresses of a name race (RFC 8305). An
//! answer that announces no length counts when the connection was closed properly behind it, over TLS with `close_notify`. A
//! head has 64 KiB and 256 fields at most; what curl forgives in it is forgiven. No content coding is asked for, and of those
//! that come all the same gzip is read. HTTP/1.1 only: one small request every few seconds has no use for more.
//!
//! TLS is rustls over ring. Certificates are judged by the platform's trust store and by what
//! [`ClientBuilder::root_certificates_pem`] adds; where there is no trust store, as in a bare container, the latter is
//! trusted alone, and `http` on loopback works all the same. [`Proxy`] tells how proxies are found.
//!
//! # Time
//!
//! Machines are driven by the client's [`Clock`], by default the system's, and sleep by tokio's timers. Sleeps last half a
//! minute at most before the clock is looked at again, so that a code that ran out while a laptop was asleep is noticed soon
//! after.
//!
//! With [`TokioClock`] and `start_paused` a sign-in of fifteen minutes is tested in a millisecond. Paused time jumps ahead while
//! a real socket waits, and time limits are over at once; so such a test connects by memory, as the example `fifteen_minutes`
//! does. With another clock paused time makes no sleep shorter.
//!
//! # Features
//!
//! All are on by default. Without `tls` requests to `https` fail as `Tls`; without `platform-verifier` nobody is trusted but
//! authorities that were added; without `proxy` the environment is not looked at; without `gzip` such answers are not read.
//!
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod client;
mod connection;
mod dial;
mod driver;
mod exchange;
mod failure;
mod idle;
mod pending;

pub use builder::ClientBuilder;
pub use client::Client;
#[cfg(feature = "proxy")]
pub use device_flow_transport::Proxy;
pub use device_flow_transport::asynchronous::TokioClock;
pub use device_flow_transport::{ClientError, Clock, Error, PemError, Remote, SystemClock, VirtualClock};
pub use pending::Pending;
