//! Drives the machines of `device-flow-core` over [ureq], blocking.

mod agents;
mod client;
mod clock;
mod driver;
mod error;
mod exchange;
mod failure;
mod pending;
mod proxy;
mod remote;
mod tls;

pub use client::{Client, ClientBuilder};
pub use error::{ClientError, Error, PemError};
pub use pending::Pending;
pub use proxy::Proxy;
pub use remote::Remote;
