//! A proxy that opens tunnels and writes down who asked.

mod socks;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A proxy on loopback for `CONNECT` and SOCKS 5. Every tunnel leads to one server, whatever name was asked for, so that tests can
/// use names that no resolver knows. It stops when dropped.
#[derive(Debug)]
pub struct RecordingProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// A request for a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The request line; of a SOCKS proxy `SOCKS` and what was asked for.
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

/// What a proxy does about a request for a tunnel.
#[derive(Debug)]
enum Conduct {
    /// Opens one to this server after a while.
    Open { to: SocketAddr, after: Duration },
    /// Answers so, with a pause after each byte, and closes.
    Answer { bytes: Vec<u8>, pause: Duration },
}

#[derive(Debug)]
struct Shared {
    conduct: Conduct,
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
        Self::slow(target, Duration::ZERO)
    }

    /// Starts a proxy whose tunnels lead to `target` and take this long to open.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn slow(target: SocketAddr, delay: Duration) -> io::Result<Self> {
        Self::start(Conduct::Open { to: target, after: delay })
    }

    /// Starts a proxy that opens no tunnel and answers so.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn answering(answer: &[u8]) -> io::Result<Self> {
        Self::dripping(answer, Duration::ZERO)
    }

    /// Starts a proxy that opens no tunnel and answers so, byte by byte with a pause between them.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn dripping(answer: &[u8], pause: Duration) -> io::Result<Self> {
        Self::start(Conduct::Answer { bytes: answer.to_vec(), pause })
    }

    fn start(conduct: Conduct) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { conduct, tunnels: Mutex::default(), is_stopped: AtomicBool::new(false) });
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

    /// Its address as the URL of a SOCKS proxy that looks names up.
    pub fn socks_url(&self) -> String {
        format!("socks5h://{}", self.address)
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
        let mut first = [0];
        client.peek(&mut first)?;
        let (tunnel, granted): (_, &[u8]) = if first == [socks::VERSION] {
            (socks::negotiate(client)?, &socks::GRANTED)
        } else {
            (request(client)?, CONNECT_GRANTED)
        };
        self.tunnels.lock().unwrap_or_else(PoisonError::into_inner).push(tunnel);
        let mut client_writer = client;
        let (to, after) = match &self.conduct {
            Conduct::Open { to, after } => (to, after),
            Conduct::Answer { bytes, pause } => return say(client, bytes, *pause),
        };
        thread::sleep(*after);
        let server = TcpStream::connect(to)?;
        server.set_read_timeout(Some(Duration::from_secs(20)))?;
        client_writer.write_all(granted)?;
        let (upstream, downstream) = (server.try_clone()?, client.try_clone()?);
        let back = thread::spawn(move || copy(&server, &downstream));
        copy(client, &upstream);
        back.join().ok();
        Ok(())
    }
}

const CONNECT_GRANTED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

fn say(mut client: &TcpStream, bytes: &[u8], pause: Duration) -> io::Result<()> {
    if pause.is_zero() {
        return client.write_all(bytes);
    }
    client.set_nodelay(true)?;
    for byte in bytes {
        client.write_all(&[*byte])?;
        thread::sleep(pause);
    }
    Ok(())
}

/// Reads a request as HTTP has it.
fn request(client: &TcpStream) -> io::Result<Tunnel> {
    let mut reader = BufReader::new(client);
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
    Ok(Tunnel {
        request_line: lines.first().cloned().unwrap_or_default(),
        headers: lines.into_iter().skip(1).collect(),
    })
}

/// Copies until one side ends, and ends the other.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    io::copy(&mut from, &mut to).ok();
    to.shutdown(Shutdown::Both).ok();
}
