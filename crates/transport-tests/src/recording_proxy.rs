//! A proxy that opens tunnels and writes down who asked.

mod socks;

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A proxy on loopback for `CONNECT`, plain HTTP in absolute form, and SOCKS 5. Everything leads to one server, whatever name
/// was asked for, so that tests can use names that no resolver knows. It stops when dropped.
#[derive(Debug)]
pub struct RecordingProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// A request to the proxy: for a tunnel, or to pass on.
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

    fn is_connect(&self) -> bool {
        self.request_line.starts_with("CONNECT ")
    }

    /// The head as it goes to the server: the path alone in the request line, and nothing that is for the proxy.
    fn as_server_knows_it(&self) -> String {
        let mut words = self.request_line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = target.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        let headers = self.headers.iter().filter(|it| !it.to_ascii_lowercase().starts_with("proxy-"));
        let headers: String = headers.flat_map(|it| [it.as_str(), "\r\n"]).collect();
        format!("{method} /{path} HTTP/1.1\r\n{headers}\r\n")
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

    /// The requests so far, of which each is for a tunnel or one to pass on.
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
        if first == [socks::VERSION] {
            let tunnel = socks::negotiate(client)?;
            return self.tunnel(client, &[], tunnel, &socks::GRANTED);
        }
        let mut reader = BufReader::new(client);
        let tunnel = request(&mut reader)?;
        if tunnel.is_connect() {
            let early = reader.buffer().to_vec();
            return self.tunnel(client, &early, tunnel, CONNECT_GRANTED);
        }
        self.pass_on(client, reader, tunnel)
    }

    fn note(&self, tunnel: Tunnel) {
        self.tunnels.lock().unwrap_or_else(PoisonError::into_inner).push(tunnel);
    }

    /// Opens a tunnel, or answers as it was told to.
    fn tunnel(&self, client: &TcpStream, early: &[u8], tunnel: Tunnel, granted: &[u8]) -> io::Result<()> {
        self.note(tunnel);
        let Some(server) = self.connect(client)? else { return Ok(()) };
        let mut client_writer = client;
        client_writer.write_all(granted)?;
        (&server).write_all(early)?;
        let (upstream, downstream) = (server.try_clone()?, client.try_clone()?);
        let back = thread::spawn(move || copy(&server, &downstream));
        copy(client, &upstream);
        back.join().ok();
        Ok(())
    }

    /// Hands one request after the other to the server, in the form that servers know, and its answers back.
    fn pass_on(&self, client: &TcpStream, mut reader: BufReader<&TcpStream>, first: Tunnel) -> io::Result<()> {
        self.note(first.clone());
        let Some(server) = self.connect(client)? else { return Ok(()) };
        let (upstream, downstream) = (server.try_clone()?, client.try_clone()?);
        let back = thread::spawn(move || copy(&server, &downstream));
        let mut request_to_pass = first;
        while !request_to_pass.request_line.is_empty() {
            (&upstream).write_all(request_to_pass.as_server_knows_it().as_bytes())?;
            let length = request_to_pass.header("content-length").and_then(|it| it.parse().ok()).unwrap_or_default();
            io::copy(&mut (&mut reader).take(length), &mut &upstream)?;
            request_to_pass = request(&mut reader)?;
            if !request_to_pass.request_line.is_empty() {
                self.note(request_to_pass.clone());
            }
        }
        upstream.shutdown(Shutdown::Both).ok();
        back.join().ok();
        Ok(())
    }

    /// Connects to the server, or answers the client in its stead.
    fn connect(&self, client: &TcpStream) -> io::Result<Option<TcpStream>> {
        let (to, after) = match &self.conduct {
            Conduct::Open { to, after } => (to, after),
            Conduct::Answer { bytes, pause } => return say(client, bytes, *pause).map(|()| None),
        };
        thread::sleep(*after);
        let server = TcpStream::connect(to)?;
        server.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Some(server))
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

/// Reads the head of a request as HTTP has it; without a request line at the end of the connection.
fn request(reader: &mut impl BufRead) -> io::Result<Tunnel> {
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
