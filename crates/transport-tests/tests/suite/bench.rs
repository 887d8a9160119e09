//! What many cases need.

use core::ops::ControlFlow;
use device_flow_core::{Config, ErrorCode, Failure, Machine, TransportFailure};
use device_flow_testserver::{Answer, Approval, Endpoint, Fault, Options, Request, Script, Server};
use device_flow_transport::Remote;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use transport_tests::{Ending, Settings, Transport};

/// "At once" on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(2);

/// Longer than a case may take: what hangs for this long was not waited for.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(20);

/// A client with default settings and no proxy.
pub(crate) fn client<T: Transport>() -> T {
    T::build(&Settings::default()).unwrap()
}

/// Settings of a server that wants a poll every second, the shortest interval there is, and decides nothing by itself.
pub(crate) fn options() -> Options {
    Options::new()
        .interval(Duration::from_millis(50))
        .approval(Approval::Manual)
        // A sign-in that goes wrong ends all the same.
        .expires_in(FOR_EVER)
}

/// Settings of a server that approves before the first poll.
pub(crate) fn approving() -> Options {
    options().approval(Approval::AfterPolls(0))
}

/// The same, with access tokens that live three seconds.
pub(crate) fn fleeting() -> Options {
    approving().token_lifetime(Duration::from_secs(3))
}

pub(crate) fn start(options: Options) -> Server {
    Server::start(options).unwrap()
}

/// A server whose first code has this script.
pub(crate) fn polled(script: Script) -> Server {
    polled_by(options(), script)
}

/// The same, with settings of its own.
pub(crate) fn polled_by(options: Options, script: Script) -> Server {
    start(options.code(script))
}

/// A server that spoils the answer to the first device authorization request.
pub(crate) fn faulty(fault: Fault) -> Server {
    scripted(Script::new().fault(fault))
}

/// A server that answers the first device authorization request so.
pub(crate) fn answering(answer: Answer) -> Server {
    scripted(Script::new().answer(answer))
}

pub(crate) fn scripted(script: Script) -> Server {
    start(options().script(Endpoint::DeviceAuthorization, script))
}

/// Polls at the interval without the usual margin, to save time.
pub(crate) fn config(server: &Server) -> Config {
    Config::new("television", server.device_authorization_endpoint(), server.token_endpoint()).interval_margin(0)
}

/// A configuration whose endpoints are both at this address.
pub(crate) fn config_at(base: &str) -> Config {
    Config::new("television", format!("{base}/device_authorization"), format!("{base}/token"))
}

/// Drives a machine until it ends or `on_event` breaks off, and returns all that it told. What hangs is cancelled.
pub(crate) fn told<T: Transport, M: Machine<Event: Send> + Send>(
    client: &T,
    machine: &mut M,
    remote: &Remote,
    mut on_event: impl FnMut(&M::Event) -> ControlFlow<()> + Send,
) -> Vec<M::Event> {
    let (ended, has_ended) = channel::<()>();
    let far = remote.clone();
    let mut told = Vec::new();
    thread::scope(|scope| {
        scope.spawn(move || {
            if has_ended.recv_timeout(FOR_EVER) == Err(RecvTimeoutError::Timeout) {
                far.cancel();
            }
        });
        client.drive(machine, remote, &mut |event| {
            if on_event(&event).is_break() {
                remote.cancel();
            }
            told.push(event);
        });
        drop(ended);
    });
    told
}

/// What `on_event` of [`told`] returns: whether that was enough.
pub(crate) const fn until(is_enough: bool) -> ControlFlow<()> {
    if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The refresh requests so far.
pub(crate) fn refreshes(server: &Server) -> Vec<Request> {
    let mut requests = server.requests_to("/token");
    requests.retain(|it| it.parameter("grant_type") == Some("refresh_token"));
    requests
}

/// Asserts that the server refused with this error.
pub(crate) fn assert_refused<R: core::fmt::Debug>(result: Result<R, Ending>, code: &ErrorCode) {
    match result {
        Err(Ending::Failed(Failure::Server(error))) if error.code() == code => {}
        other => panic!("wanted {code}, not {other:?}"),
    }
}

/// Asserts that one exchange fails so, that it does so soon, and that the server heard of it no more than once.
pub(crate) fn assert_fails<T: Transport>(server: &Server, config: Config, expected: TransportFailure) {
    let started = Instant::now();
    let result = client::<T>().exchange(config);
    assert_eq!(result, Err(expected));
    assert!(started.elapsed() < SOON, "took {:?}", started.elapsed());
    assert_eq!(server.requests().len(), 1, "sent exactly once");
}

/// Gives a connection the moment it needs to get from its last answer back to where it is reused from: an async client
/// does that on another thread.
pub(crate) fn let_connection_settle() {
    thread::sleep(Duration::from_millis(100));
}

/// A server below HTTP: does the same for every connection, and counts them.
#[derive(Debug)]
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl RawServer {
    /// Accepts and says nothing for a long time.
    pub(crate) fn silent() -> Self {
        Self::start(|_| thread::sleep(FOR_EVER))
    }

    /// Accepts, reads a little, and closes.
    pub(crate) fn closing() -> Self {
        Self::start(|mut stream| {
            let _ = stream.read(&mut [0; 1024]);
        })
    }

    /// Accepts, reads a little, says this, and closes.
    pub(crate) fn saying(text: &'static str) -> Self {
        Self::start(move |mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(text.as_bytes());
        })
    }

    /// Accepts, reads a little, says what this makes of the connection's number piece by piece, and closes.
    pub(crate) fn in_pieces(pieces: impl Fn(usize) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let number = AtomicUsize::new(0);
        Self::start(move |mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            // Else small pieces are kept back and sent together.
            let _ = stream.set_nodelay(true);
            for piece in pieces(number.fetch_add(1, Ordering::SeqCst)) {
                let _ = stream.write_all(&piece);
                thread::sleep(Duration::from_millis(1));
            }
        })
    }

    fn start(serve: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(stream));
            }
        });
        Self { address, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// An address on loopback where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap()
}
