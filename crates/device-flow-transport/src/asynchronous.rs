//! Connections for transports on tokio: made, proxied and secured here, and given up when their future is dropped.
//!
//! A [`Dialler`] looks the host's name up, races its addresses (RFC 8305), goes through a proxy where there is one, and speaks
//! TLS where the server does. [`sleep_until`], [`within`] and
//! [`last_look`] wait by a client's clock.
//!
//! ```
//! use device_flow_transport::asynchronous::Dialler;
//! use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let address = listener.local_addr()?;
//! # tokio::spawn(async move {
//! #     let (mut client, _) = listener.accept().await?;
//! #     client.read(&mut [0; 1024]).await?;
//! #     client.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await
//! # });
//! let mut wire = Dialler::default().open(&format!("http://{address}/").parse()?).await.map_err(|it| it.to_string())?;
//! wire.stream.write_all(b"GET / HTTP/1.1\r\nhost: as.example\r\nconnection: close\r\n\r\n").await?;
//! let mut answer = String::new();
//! wire.stream.read_to_string(&mut answer).await?;
//! assert!(answer.starts_with("HTTP/1.1 204 "));
//! # Ok(()) }
//! ```

mod clock;
mod dialler;
mod tcp;
#[cfg(feature = "proxy")]
mod through;

pub use clock::{TokioClock, last_look, sleep_until, within};
#[cfg(unix)]
pub use dialler::to_unix_socket;
pub use dialler::{Dial, Dialler, Dialling, Io, Stream, Wire};
