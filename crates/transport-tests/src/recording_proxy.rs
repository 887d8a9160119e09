//! A proxy that opens tunnels and writes down who asked.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A proxy on loopback for `CONNECT`. Every tunnel leads to one server, whatever name was asked for, so that tests can
/// use names that no resolver knows. It stops when dropped.
#[derive(Debug)]
pub struct RecordingProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// A request for a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The request line.
    pub request_line: String,
    /// The header lines, as sent.
    pub headers: Vec<String>,
}

impl Tunnel {
    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[derive(Debug)]
struct Shared {
    /// Where tunnels lead; none are opened without.
    target: Option<SocketAddr>,
    tunnels: Mutex<Vec<Tunnel>>,
    is_stopped: AtomicBool,
}

impl RecordingProxy {
    /// Starts a proxy whose tunnels lead to `target`.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn to(target: SocketAddr) -> io::Result<Self> {
        Self::start(Some(target))
    }

    /// Starts a proxy that opens no tunnel and answers 407.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn refusing() -> io::Result<Self> {
        Self::start(None)
    }

    fn start(target: Option<SocketAddr>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target,
            tunnels: Mutex::default(),
            is_stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.is_stopped.load(Ordering::Acquire) {
                    return;
                }
                let Ok(client) = client else { continue };
                let serving = Arc::clone(&accepting);
                // A client that hangs up is no error of the proxy's.
                thread::spawn(move || serving.serve(&client).ok());
            }
        });
        Ok(Self { address, shared })
    }

    /// Its address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address as a URL with a name and a password, as they stand in one.
    pub fn url_with_credentials(&self, credentials: &str) -> String {
        format!("http://{credentials}@{}", self.address)
    }

    /// The tunnels that were asked for.
    pub fn tunnels(&self) -> Vec<Tunnel> {
        let tunnels = self.shared.tunnels.lock();
        tunnels.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for RecordingProxy {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Release);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        // A test that goes wrong must not leave a thread behind for ever.
        client.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut reader = BufReader::new(client.try_clone()?);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            lines.push(line.to_owned());
        }
        let request_line = lines.first().cloned().unwrap_or_default();
        let headers = lines.into_iter().skip(1).collect();
        self.tunnels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Tunnel {
                request_line,
                headers,
            });
        let mut client_writer = client;
        let Some(target) = self.target else {
            return client_writer.write_all(
                b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
            );
        };
        let server = TcpStream::connect(target)?;
        server.set_read_timeout(Some(Duration::from_secs(20)))?;
        client_writer.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let (upstream, downstream) = (server.try_clone()?, client.try_clone()?);
        let back = thread::spawn(move || copy(&server, &downstream));
        copy(client, &upstream);
        back.join().ok();
        Ok(())
    }
}

/// Copies until one side ends, and ends the other.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    io::copy(&mut from, &mut to).ok();
    to.shutdown(Shutdown::Both).ok();
}
