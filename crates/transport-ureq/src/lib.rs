//! Signs people in with the OAuth 2.0 Device Authorization Grant ([RFC 8628]) over [ureq]: blocking, without a runtime.
//!
//! ```
//! use device_flow_core::Config;
//! use transport_ureq::Client;
//!
//! # use device_flow_testserver::{Approval, Options, Server};
//! # let options = Options::new().interval(std::time::Duration::from_secs(1)).approval(Approval::AfterPolls(0));
//! # let server = Server::start(options)?;
//! # let issuer = server.issuer();
//! let client = Client::new()?;
//! let endpoints = client.discover(&issuer)?;
//! let config = Config::discovered("television", &endpoints);
//! let pending = client.start(config.scope("offline_access"))?;
//! println!("Go to {} and enter {}", pending.prompt().verification_uri(), pending.prompt().user_code());
//! let token = pending.wait()?;
//! println!("signed in with a {:?} token", token.token_type());
//! # assert!(server.is_active(token.access_token().expose()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does
//!
//! The protocol is `device-flow-core`'s; this crate moves bytes, waits, and sorts what goes wrong.
//!
//! - **Nothing is sent twice** behind the machine's back, and **no redirect is followed**. A connection that closed while
//!   idle is noticed before a request is sent on it.
//! - **An answer counts when it is complete**: one that announces no length ends with a connection that was closed properly,
//!   over TLS with `close_notify`. None is asked for in a content coding, and one that has any is not read.
//! - **Limits hold**: no more of an answer is read than the request allows, and the time limit is for the whole
//!   exchange, from looking up the name to the last byte.
//! - **TLS** is rustls with ring; the platform's trust store decides, beside extra authorities
//!   ([`ClientBuilder::root_certificates_pem`]). Client certificates work. With extra authorities the platform's
//!   certificates are read out of its store and verified here; without any the platform's own verifier is asked.
//! - **Proxies** are taken from the environment by curl's rules, scheme by scheme ([`Proxy`]).
//! - **From another thread** a [`Remote`] pauses, resumes and cancels, at once.
//! - **Connections** are shared by a client and its clones and reused within 15 s. There is no HTTP/2 and no compression.
//!
//! # The loop
//!
//! [`Client::drive`] drives any [`Machine`](device_flow_core::Machine), and [`Pending::wait`] is that with a flow inside:
//!
//! 1. Pass on what the [`Remote`] said: `Input::Pause`, `Input::Resume` or `Input::Cancel`.
//! 2. If the answer to the request under way has arrived, hand it in: `Input::Response` or `Input::Failure`.
//! 3. Ask `poll_output` what to do now.
//!    - `Send`: copy the request, send it on a thread of its own, go on at 1.
//!    - `Event`: call `on_event`, go on at 1.
//!    - `WaitUntil`: sleep until then, until the answer is there or until the remote speaks; go on at 1.
//!    - `Done`: return.
//!
//! The thread of step 3 is what lets the loop leave a request that hangs: a cancelled driver returns at once, and one whose
//! machine gives the request up by its own timer goes on. The thread that was left ends within the request's time limit; if
//! the request had not been sent yet, it never is. A [`Session`](device_flow_core::Session) that is cancelled while its
//! refresh is out is driven on until the answer is there, because it may carry a rotated refresh token.
//!
//! The clock is the system's time since it was started, sleep included, on Linux and Android, and
//! [`Instant`](std::time::Instant) elsewhere.
//!
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628
//! [ureq]: https://docs.rs/ureq

mod agents;
mod client;
mod clock;
mod coding;
mod driver;
mod ends;
mod error;
mod exchange;
mod failure;
mod names;
mod one_write;
mod pending;
mod proxy;
mod remote;
mod tls;

pub use client::{Client, ClientBuilder};
pub use error::{ClientError, Error, PemError};
pub use pending::Pending;
pub use proxy::Proxy;
pub use remote::Remote;

#[cfg(test)]
mod tests {
    use super::{Client, ClientBuilder, ClientError, Error, Pending, Remote};
    use static_assertions::assert_impl_all;

    assert_impl_all!(Client: Clone, Send, Sync, core::fmt::Debug);
    assert_impl_all!(ClientBuilder: Clone, Send, Sync, core::fmt::Debug);
    assert_impl_all!(Pending: Send, Sync, core::fmt::Debug);
    assert_impl_all!(Remote: Clone, Send, Sync, core::fmt::Debug);
    assert_impl_all!(Error: Send, Sync, core::error::Error);
    assert_impl_all!(ClientError: Send, Sync, core::error::Error);
}
