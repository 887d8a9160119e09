//! TCP: a name is looked up once, and its addresses race (RFC 8305).

use super::dialler::{Stream, connecting};
use crate::addresses::in_turns;
use core::net::SocketAddr;
use core::time::Duration;
use device_flow_core::{ConnectCause, TransportFailure};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::io;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// How long an address has to itself before the next one is tried beside it (RFC 8305 section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to `host`, as it stands in a URI.
pub(super) async fn connect(host: &str, port: u16) -> Result<Stream, TransportFailure> {
    let addresses = look_up(host, port).await?;
    let stream = race(&in_turns(&addresses)).await.map_err(|it| connecting(&it))?;
    // Without it small requests may wait for an acknowledgement. A socket that refuses works all the same.
    let _ = stream.set_nodelay(true);
    Ok(Box::new(stream))
}

/// The addresses of `host`, in the resolver's order.
pub(super) async fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, TransportFailure> {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    let found = lookup_host((bare, port)).await.map_or_else(|_| Vec::new(), Vec::from_iter);
    if found.is_empty() { Err(TransportFailure::Connect(Some(ConnectCause::HostNotFound))) } else { Ok(found) }
}

/// The first connection that comes about. When there is none, the error of the first address that failed.
async fn race(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut first_error = None;
    loop {
        attempts.extend(waiting.next().map(|it| TcpStream::connect(*it)));
        // The last one has all the time there is.
        let head_start = if waiting.len() > 0 { HEAD_START } else { Duration::MAX };
        match timeout(head_start, attempts.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(error))) => _ = first_error.get_or_insert(error),
            Ok(None) => return Err(first_error.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into())),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers")]
pub(super) mod tests {
    use super::*;
    use std::time::Instant;
    use tokio::net::{TcpListener, TcpSocket};

    /// A listener whose queue is full: who connects now hears nothing.
    pub(in super::super) async fn dead() -> (SocketAddr, TcpListener, Vec<TcpStream>) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let listener = socket.listen(1).unwrap();
        let mut queue = Vec::new();
        while let Ok(Ok(stream)) = timeout(HEAD_START / 2, TcpStream::connect(address)).await {
            queue.push(stream);
        }
        (address, listener, queue)
    }

    // Elsewhere a full queue refuses.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn addresses_that_say_nothing_cost_a_head_start_each() {
        let alive = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (dead, _listener, _queue) = dead().await;
        for count in [1, 2] {
            let mut addresses = vec![dead; count];
            addresses.push(alive.local_addr().unwrap());
            let begun = Instant::now();
            let stream = race(&addresses).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap(), alive.local_addr().unwrap());
            let most = HEAD_START * u32::try_from(count).unwrap() + HEAD_START / 2;
            assert!(begun.elapsed() < most, "{:?}", begun.elapsed());
        }
    }

    #[tokio::test]
    async fn an_address_that_refuses_costs_nothing_and_the_first_error_is_told() {
        let alive = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let begun = Instant::now();
        race(&[refusing, alive.local_addr().unwrap()]).await.unwrap();
        assert!(begun.elapsed() < HEAD_START);
        let error = race(&[refusing, refusing]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(race(&[]).await.unwrap_err().kind(), io::ErrorKind::AddrNotAvailable);
    }
}
