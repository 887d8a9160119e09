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
//!   over TLS with `close_notify`. None is asked for in a content coding; gzip is read all the same (feature `gzip`).
//! - **Limits hold**: no more of an answer is read than the request allows, no head of more than 64 KiB or 256 fields, and
//!   the time limit is for the whole exchange, from looking up the name to the last byte.
//! - **What went wrong has a name**: a [`TransportFailure`](device_flow_core::TransportFailure) knows its cause.
//! - **TLS** is rustls with ring (feature `tls`); the platform decides whom to trust (feature `platform-verifier`), beside
//!   authorities of one's own. Client certificates work, and so does a whole `rustls::ClientConfig`.
//! - **Proxies** are taken from the environment by curl's rules, scheme by scheme (feature `proxy`).
//! - **One thread is enough.** Requests are made on the thread that drives, but for a driver with a [`Remote`]: that one
//!   pauses, resumes and cancels at once, and a request that is given up is hung up on, so that the server sees it.
//! - **Connections** are shared by a client and its clones, and last from one poll to the next. A host with several addresses
//!   is tried at the next one when the first does not answer within 250 ms (RFC 8305). There is no HTTP/2.
//! - **A log at level `trace`** has secrets in it: what ureq sends and receives, as `ureq_proto`. Keep that at `debug`, where none
//!   are, if somebody else can read the log.
//!
//! # The loop
//!
//! [`Client::drive`] drives any [`Machine`](device_flow_core::Machine), and [`Pending::wait`] is that with a flow inside:
//!
//! 1. If the answer to the request under way has arrived, hand it in: `Input::Response` or `Input::Failure`.
//! 2. Pass on what the [`Remote`] said, if there is one: `Input::Pause`, `Input::Resume` or `Input::Cancel`.
//! 3. Ask `poll_output` what to do now.
//!    - `Send`: make the request and hand its answer in; with a remote, let another thread make it. Go on at 1.
//!    - `Event`: call `on_event`, go on at 1.
//!    - `WaitUntil`: sleep until then, until the answer is there or until the remote speaks; go on at 1.
//!    - `Done`: return.
//!
//! A [`Session`](device_flow_core::Session) that is cancelled while its refresh is out is driven on until the answer is there,
//! because it may carry a rotated refresh token.
//!
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628
//! [ureq]: https://docs.rs/ureq
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod connection;
mod connector;
mod current;
mod driver;
mod exchange;
mod failure;
mod flight;
mod pending;

pub use client::{Client, ClientBuilder};
#[cfg(feature = "proxy")]
pub use device_flow_transport::Proxy;
pub use device_flow_transport::{ClientError, Clock, Error, PemError, Remote, SystemClock, VirtualClock};
pub use pending::Pending;
pub use ureq;

#[cfg(test)]
mod tests {
    use super::{Client, ClientBuilder, Pending};
    use static_assertions::assert_impl_all;

    assert_impl_all!(Client: Clone, Send, Sync, core::fmt::Debug);
    assert_impl_all!(ClientBuilder: Clone, Send, Sync, core::fmt::Debug);
    assert_impl_all!(Pending: Send, Sync, core::fmt::Debug);
}
