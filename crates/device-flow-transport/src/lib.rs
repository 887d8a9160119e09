//! What every transport of [`device_flow_core`] needs and none has to itself.
//!
//! `transport-ureq` and `transport-hyper` are an exchange and a wait on top of this crate, and share its types: an application
//! that offers both has one [`Error`], one [`Remote`] and one [`Proxy`] setting. Who writes another transport finds here:
//!
//! - [`Error`], [`ClientError`], [`PemError`]: what can go wrong for a caller; [`tokens`] and [`outcome`], which make an error
//!   of what a machine has come to, and [`with_nonce`].
//! - [`Clock`]: the real one, and one for tests.
//! - [`Remote`] and [`Orders`], its end at the driver.
//! - [`head`] and [`Answer`]: from a machine's request to the types of the `http` crate, and back.
//! - [`known_addresses`] and [`in_turns`]: where to connect to, in which order.
//! - [`failure`]: what an error of a socket or of rustls comes down to.
//! - `Tls`: whom to trust and who to be, with the feature `tls`.
//! - `asynchronous`: connections and sleep for a transport on tokio, with the feature `asynchronous`.
//! - `blocking`: connections for a transport that blocks, with the feature `blocking`.
//! - `Proxies`: which proxy a request goes through, with the feature `proxy`.
//!
//! ```
//! use device_flow_core::{Config, Discovery, Failure, Input, Machine, Misuse, Timestamp};
//! use device_flow_transport::{Orders, Remote};
//!
//! let remote = Remote::new();
//! remote.cancel(); // as a handler of Ctrl-C would, from another thread
//!
//! let mut machine = Discovery::new("https://as.example")?;
//! Orders::new(Some(&remote)).apply(&mut machine, Timestamp::ZERO); // as a driver does before it asks for the next step
//! assert!(matches!(machine.outcome(), Some(Err(Failure::Cancelled))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod addresses;
mod answer;
#[cfg(feature = "asynchronous")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;
mod cause;
mod clock;
mod coding;
mod destination;
mod ending;
mod error;
mod head;
#[cfg(feature = "proxy")]
mod proxy;
mod remote;
#[cfg(feature = "tls")]
mod tls;

pub use addresses::{in_turns, known_addresses};
pub use answer::{Answer, append};
pub use cause::{Caused, Phase, failure, find};
pub use clock::{Clock, SystemClock, VirtualClock};
pub use ending::{outcome, tokens, with_nonce};
pub use error::{ClientError, Error, PemError};
pub use head::{MAX_FIELDS, MAX_HEAD, add_header, head, host, keep_alive};
#[cfg(feature = "proxy")]
pub use proxy::{Protocol, Proxies, Proxy, ProxyAddress, Reply, Socks, SocksStep, refused};
pub use remote::{Orders, Remote};
#[cfg(feature = "tls")]
pub use tls::Tls;
