//! What a connection is made of: a socket, and TLS over it.

use super::wire::Wire;
#[cfg(feature = "tls")]
use crate::error::ClientError;
#[cfg(feature = "tls")]
use rustls::ClientConfig;
use socket2::Socket;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Instant;

/// A stream of bytes to a server, or to a proxy and through it, which never blocks beyond its deadline.
#[derive(Debug)]
pub struct Stream(Layer);

#[derive(Debug)]
enum Layer {
    Plain(Wire),
    #[cfg(feature = "tls")]
    Secure(Box<rustls::StreamOwned<rustls::ClientConnection, Stream>>),
}

impl Stream {
    pub(super) fn new(socket: Arc<Socket>, until: Instant) -> Self {
        Self(Layer::Plain(Wire::new(socket, until)))
    }

    /// Speaks TLS over this stream from now on, by these settings and with somebody of this name.
    #[cfg(feature = "tls")]
    pub(super) fn secured(mut self, name: &str, config: Result<Arc<ClientConfig>, ClientError>) -> io::Result<Self> {
        use rustls::pki_types::ServerName;

        let bare = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name);
        let name = ServerName::try_from(bare).map_err(|_| no_tls())?.to_owned();
        let config = config.map_err(|_| no_tls())?;
        let mut connection = rustls::ClientConnection::new(config, name).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut self)?;
        }
        Ok(Self(Layer::Secure(Box::new(rustls::StreamOwned::new(connection, self)))))
    }

    /// Whether TLS is spoken on it.
    pub const fn is_secure(&self) -> bool {
        !matches!(self.0, Layer::Plain(_))
    }

    /// From when on reading and writing fail with [`ErrorKind::TimedOut`].
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.wire().set_deadline(deadline);
    }

    pub(super) fn socket(&self) -> &Arc<Socket> {
        match &self.0 {
            Layer::Plain(wire) => &wire.socket,
            #[cfg(feature = "tls")]
            Layer::Secure(it) => it.sock.socket(),
        }
    }

    fn wire(&mut self) -> &mut Wire {
        match &mut self.0 {
            Layer::Plain(wire) => wire,
            #[cfg(feature = "tls")]
            Layer::Secure(it) => it.sock.wire(),
        }
    }

    /// Whether nothing has come that nobody asked for, an end least of all. Its deadline is over then.
    pub fn is_quiet(&mut self) -> bool {
        // Time that is over still lets what is there be read.
        self.wire().set_deadline(Instant::now());
        let end = match &mut self.0 {
            Layer::Plain(wire) => wire.read(&mut [0]),
            #[cfg(feature = "tls")]
            Layer::Secure(it) => hear_out(it),
        };
        end.is_err_and(|error| error.kind() == ErrorKind::TimedOut)
    }
}

/// How often an idle connection is listened to before it is used again.
#[cfg(feature = "tls")]
const MOST_READS: usize = 32;

/// Takes what TLS has to say for itself, such as a ticket for the next handshake; ends when there is nothing left to be read,
/// something that is not TLS's own, or too much of it.
#[cfg(feature = "tls")]
fn hear_out(stream: &mut rustls::StreamOwned<rustls::ClientConnection, Stream>) -> io::Result<usize> {
    for _ in 0..MOST_READS {
        if stream.conn.read_tls(&mut stream.sock)? == 0 {
            return Ok(0);
        }
        let state = stream.conn.process_new_packets().map_err(io::Error::other)?;
        if state.peer_has_closed() || state.plaintext_bytes_to_read() > 0 {
            return Ok(state.plaintext_bytes_to_read());
        }
    }
    Ok(0)
}

/// Settings with which no handshake can begin.
#[cfg(feature = "tls")]
fn no_tls() -> io::Error {
    use device_flow_core::TransportFailure;
    crate::Caused(TransportFailure::Tls(None)).into()
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Layer::Plain(wire) => wire.read(buffer),
            #[cfg(feature = "tls")]
            Layer::Secure(it) => it.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Layer::Plain(wire) => wire.write(buffer),
            #[cfg(feature = "tls")]
            Layer::Secure(it) => it.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Layer::Plain(wire) => wire.flush(),
            #[cfg(feature = "tls")]
            Layer::Secure(it) => it.flush(),
        }
    }
}
