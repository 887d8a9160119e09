//! The authorization server of the benches: `server INTERVAL PENDING [dead]`.
//!
//! Every code is polled PENDING times in vain and then brings tokens; nothing else is looked at. It tells its port on
//! standard output, serves until standard input ends, and then tells how many connections it took.
//!
//! With `dead` the same port of `::1` is taken too by somebody who never accepts and whose queue is full: what is sent
//! there is met with silence.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use transport_benches::answers;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|it| it.parse().ok());
    let (interval, pending) = number(0).zip(number(1)).expect("usage: server INTERVAL PENDING [dead]");
    let server = Arc::new(Server::new(interval, pending));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let _silence = runtime.block_on(async {
        let listener = listen("127.0.0.1:0", 4_096)?;
        let address = listener.local_addr()?;
        let silence =
            if arguments.iter().any(|it| it == "dead") { Some(Silence::at(address.port()).await?) } else { None };
        tokio::spawn(Arc::clone(&server).serve(listener));
        println!("{}", address.port());
        io::Result::Ok(silence)
    })?;
    io::stdin().read_to_end(&mut Vec::new())?;
    // Not everybody waits for it.
    let _ = writeln!(io::stdout(), "{}", server.accepted.load(Ordering::Relaxed));
    runtime.shutdown_background();
    Ok(())
}

fn listen(address: &str, backlog: u32) -> io::Result<TcpListener> {
    let address = address.parse().map_err(io::Error::other)?;
    let socket =
        if matches!(address, std::net::SocketAddr::V4(_)) { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(address)?;
    socket.listen(backlog)
}

/// A listener whose queue is full.
struct Silence {
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Silence {
    async fn at(port: u16) -> io::Result<Self> {
        let listener = listen(&format!("[::1]:{port}"), 0)?;
        let mut queue = Vec::new();
        // The system rounds the length of a queue up as it likes; whoever finds no room waits.
        while let Ok(stream) = tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(("::1", port))).await
        {
            queue.push(stream?);
        }
        Ok(Self { _listener: listener, _queue: queue })
    }
}

struct Server {
    interval: u32,
    pending: u32,
    issued: AtomicU64,
    /// How often each code was polled.
    polls: Mutex<HashMap<u64, u32>>,
    waits: Vec<u8>,
    tokens: Vec<u8>,
    accepted: AtomicUsize,
}

impl Server {
    fn new(interval: u32, pending: u32) -> Self {
        Self {
            interval,
            pending,
            issued: AtomicU64::new(0),
            polls: Mutex::default(),
            waits: answer("400 Bad Request", answers::PENDING),
            tokens: answer("200 OK", &answers::tokens()),
            accepted: AtomicUsize::new(0),
        }
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // There may be no descriptors left for a while.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            self.accepted.fetch_add(1, Ordering::Relaxed);
            let server = Arc::clone(&self);
            tokio::spawn(async move {
                // A client may hang up whenever it likes.
                let _ = server.converse(stream).await;
            });
        }
    }

    async fn converse(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut received = Vec::with_capacity(1_024);
        while stream.read_buf(&mut received).await? > 0 {
            if let Some((path, body)) = request(&received) {
                match path {
                    "/device" => stream.write_all(&self.codes()).await?,
                    _ => stream.write_all(self.poll(body)).await?,
                }
                received.clear();
            }
        }
        Ok(())
    }

    fn codes(&self) -> Vec<u8> {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        answer(
            "200 OK",
            &format!(
                r#"{{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNku{number:010}","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?user_code=WDJB-MJHT","expires_in":1800,"interval":{}}}"#,
                self.interval
            ),
        )
    }

    fn poll(&self, body: &str) -> &[u8] {
        let code = body.split('&').find_map(|it| it.strip_prefix("device_code="));
        let number = code.and_then(|it| it.get(it.len().checked_sub(10)?..)?.parse().ok());
        let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = polls.entry(number.expect("a code that was given out")).or_default();
        *polled += 1;
        if *polled > self.pending { &self.tokens } else { &self.waits }
    }
}

/// The path and the body of a request that is there as a whole.
fn request(received: &[u8]) -> Option<(&str, &str)> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(received).expect("a request") {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return None,
    };
    let length = request.headers.iter().find(|it| it.name.eq_ignore_ascii_case("content-length"));
    let length: usize = std::str::from_utf8(length?.value).ok()?.parse().ok()?;
    let body = received.get(head..)?.get(..length)?;
    Some((request.path?, std::str::from_utf8(body).ok()?))
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncache-control: no-store\r\npragma: no-cache\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
