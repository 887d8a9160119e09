//! Making connections: which address of a host answers first.

use super::line::Line;
use super::wire::wait_for_any;
use crate::addresses::in_turns;
use crate::cause::Caused;
use device_flow_core::{ConnectCause, TransportFailure};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long an address may take before the next one is tried beside it (RFC 8305 section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to a host: a name, or an address as it stands in a URI.
pub(super) fn dial(host: &str, port: u16, line: &Line, until: Instant) -> io::Result<Socket> {
    let socket = race(look_up(host, port, line, until)?, line, until)?;
    // The end of a handshake and the request behind it are small and need not wait for each other.
    socket.set_tcp_nodelay(true)?;
    Ok(socket)
}

/// Connects to a socket in the file system.
#[cfg(unix)]
pub(super) fn dial_path(path: &std::path::Path) -> io::Result<Socket> {
    begin(Domain::UNIX, None, &SockAddr::unix(path)?)
}

/// The addresses of a host, in the order in which to try them.
pub(super) fn look_up(host: &str, port: u16, line: &Line, until: Instant) -> io::Result<Vec<SocketAddr>> {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    // The system's resolver knows no time limit, so it is left behind when it takes too long.
    let (sender, receiver) = sync_channel(1);
    let place = (bare.to_owned(), port);
    let thread = thread::Builder::new().name("device-flow look-up".to_owned());
    thread.spawn(move || sender.send(place.to_socket_addrs().map(Vec::from_iter)))?;
    loop {
        match receiver.recv_timeout(line.glance(until)?) {
            Ok(Ok(found)) if !found.is_empty() => return Ok(in_turns(&found)),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => {
                return Err(Caused(TransportFailure::Connect(Some(ConnectCause::HostNotFound))).into());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Tries one address after the other without giving the ones before up; the first that answers counts.
fn race(addresses: Vec<SocketAddr>, line: &Line, until: Instant) -> io::Result<Socket> {
    let mut addresses = addresses.into_iter();
    let mut attempts = Vec::new();
    let mut last_error = io::Error::from(ErrorKind::AddrNotAvailable);
    let mut next_begins = Instant::now();
    loop {
        let glance = line.glance(until)?;
        if attempts.is_empty() || Instant::now() >= next_begins {
            match addresses.next() {
                Some(address) => {
                    let domain = Domain::for_address(address);
                    match begin(domain, Some(Protocol::TCP), &address.into()) {
                        Ok(socket) => attempts.push(socket),
                        Err(error) => last_error = error,
                    }
                    next_begins = Instant::now().checked_add(STAGGER).unwrap_or(until);
                    continue;
                }
                None if attempts.is_empty() => return Err(last_error),
                None => {}
            }
        }
        if let Some(ready) = first_ready(&attempts, glance)? {
            let socket = attempts.swap_remove(ready);
            match socket.take_error()? {
                None => return Ok(socket),
                // Whoever has refused leaves the place to the next.
                Some(error) => (last_error, next_begins) = (error, Instant::now()),
            }
        }
    }
}

/// Begins to connect.
fn begin(domain: Domain, protocol: Option<Protocol>, address: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, protocol)?;
    socket.set_nonblocking(true)?;
    match socket.connect(address) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(socket),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INPROGRESS))
        || (cfg!(windows) && error.kind() == ErrorKind::WouldBlock)
}

/// The first of these whose attempt has come to something.
fn first_ready(attempts: &[Socket], longest: Duration) -> io::Result<Option<usize>> {
    let mut fds: Vec<_> = attempts.iter().map(|it| PollFd::new(it, PollFlags::OUT)).collect();
    if !wait_for_any(&mut fds, longest)? {
        return Ok(None);
    }
    Ok(fds.iter().position(|it| !it.revents().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A listener at which nobody gets through: its queue is full, and what is sent there is met with silence.
    #[cfg(target_os = "linux")]
    fn silent() -> (SocketAddr, Socket, Vec<std::net::TcpStream>) {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let more = || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
        let queue = core::iter::from_fn(more).collect();
        (address, listener, queue)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_dead_first_address_costs_no_more_than_the_turn_of_the_next() {
        let (dead, _listener, _queue) = silent();
        let alive = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let line = Line::new(Duration::from_secs(20));
        let begun = Instant::now();
        let socket = race(vec![dead, alive.local_addr().unwrap()], &line, line.deadline()).unwrap();
        assert_eq!(socket.peer_addr().unwrap().as_socket(), alive.local_addr().ok());
        assert!(begun.elapsed() >= STAGGER && begun.elapsed() < STAGGER * 2, "{:?}", begun.elapsed());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn whoever_hangs_up_while_it_connects_does_not_wait() {
        let (dead, _listener, _queue) = silent();
        let line = Line::new(Duration::from_secs(20));
        let begun = Instant::now();
        thread::scope(|scope| {
            let race = scope.spawn(|| race(vec![dead], &line, line.deadline()));
            thread::sleep(Duration::from_millis(50));
            line.hang_up();
            assert_eq!(race.join().unwrap().unwrap_err().kind(), ErrorKind::ConnectionAborted);
        });
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }

    #[test]
    fn an_address_that_refuses_leaves_the_place_to_the_next_at_once() {
        let refusing = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let alive = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let line = Line::new(Duration::from_secs(20));
        let begun = Instant::now();
        race(vec![refusing, alive.local_addr().unwrap()], &line, line.deadline()).unwrap();
        assert!(begun.elapsed() < STAGGER, "{:?}", begun.elapsed());
        let error = race(vec![refusing], &line, line.deadline()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}
