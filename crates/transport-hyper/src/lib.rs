//! Async sign-in with the OAuth 2.0 Device Authorization Grant ([RFC 8628]) over hyper.
//!
//! ```
//! use device_flow_core::Config;
//! use device_flow_testserver::{Approval, Options, Server};
//! use std::time::Duration;
//! use transport_hyper::Client;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(0)))?;
//! # let (device_authorization_endpoint, token_endpoint) = (server.device_authorization_endpoint(), server.token_endpoint());
//! let config = Config::new("tv", device_authorization_endpoint, token_endpoint);
//! let pending = Client::new()?.start(config).await?;
//! let prompt = pending.prompt();
//! println!("Visit {} and enter {}", prompt.verification_uri(), prompt.user_code());
//! let token = pending.wait().await?;
//! println!("signed in, and the token is of type {:?}", token.token_type());
//! # Ok(()) }
//! ```
//!
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628

mod builder;
mod client;
mod clock;
mod connector;
mod error;
mod exchange;
mod failure;
mod pending;
mod proxy;
mod remote;
mod tls;

pub use builder::ClientBuilder;
pub use client::Client;
pub use error::{ClientError, Error, PemError};
pub use pending::Pending;
pub use proxy::Proxy;
pub use remote::Remote;
