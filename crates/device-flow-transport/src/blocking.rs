//! Connections for transports that block: made, proxied and secured here, so that whoever waits for an answer can hang up.
//!
//! A [`Dialler`] looks the host's name up, races its addresses (RFC 8305), goes through a proxy where there is one, and speaks
//! TLS where the server does. What it gives is a [`Stream`] that never blocks for longer than it may; the [`Line`] that it is
//! made on can be hung up from any thread. A [`Channel`] is such a stream as HTTP libraries use it.
//!
//! ```
//! use device_flow_transport::blocking::{Dialler, Line};
//! use std::io::{Read as _, Write as _};
//! use std::time::Duration;
//!
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let address = listener.local_addr()?;
//! # std::thread::spawn(move || -> std::io::Result<()> {
//! #     let (mut client, _) = listener.accept()?;
//! #     client.read(&mut [0; 1024])?;
//! #     client.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
//! # });
//! let line = Line::new(Duration::from_secs(30));
//! let (mut stream, _) = Dialler::default().open(&format!("http://{address}/").parse()?, &line)?;
//! line.begin_to_send()?; // from now on the server may act on the request
//! stream.write_all(b"GET / HTTP/1.1\r\nhost: as.example\r\nconnection: close\r\n\r\n")?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?; // `line.hang_up()` in another thread would end this
//! assert!(answer.starts_with("HTTP/1.1 204 "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod buffers;
mod channel;
mod dial;
mod dialler;
mod head;
mod line;
mod stream;
#[cfg(feature = "proxy")]
mod through;
mod wire;
mod worker;

pub use body::read_body;
pub use channel::Channel;
pub use dialler::{Dialler, ForProxy};
pub use line::Line;
pub use stream::Stream;
pub use worker::{Work, Worker};
