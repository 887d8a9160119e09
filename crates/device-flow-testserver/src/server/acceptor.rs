//! From a listener to connections that are served.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::connection::{self, Service};
use crate::connections::{Connections, Seat};

/// Accepts the connections of one listener.
pub(crate) struct Acceptor<S> {
    pub(crate) service: Arc<S>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) accepted: Arc<AtomicU64>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<tokio_rustls::TlsAcceptor>,
}

impl<S: Service> Acceptor<S> {
    /// Accepts until it is dropped.
    pub(crate) async fn run(self, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            return;
        };
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                // Out of file descriptors, most likely.
                if !self.connections.dismiss_one() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                // What was dismissed ends here.
                tokio::task::yield_now().await;
                continue;
            };
            let number = self.accepted.fetch_add(1, Ordering::SeqCst).saturating_add(1);
            let mut seat = self.connections.seat().await;
            let dismissal = seat.dismissal();
            let serving = self.serve(number, seat, socket);
            tokio::spawn(dismissal.or(serving));
        }
    }

    fn serve(&self, number: u64, seat: Seat, socket: TcpStream) -> impl Future<Output = ()> + Send + use<S> {
        let service = Arc::clone(&self.service);
        #[cfg(feature = "tls")]
        let tls = self.tls.clone();
        async move {
            // Small answers must not wait for more to send; without the option they are only slower.
            let _ = socket.set_nodelay(true);
            #[cfg(feature = "tls")]
            if let Some(tls) = tls {
                let handshake = tokio::time::timeout(service.read_timeout(), tls.accept(socket)).await;
                if let Ok(Ok(socket)) = handshake {
                    connection::serve(service, number, seat, socket).await;
                }
                return;
            }
            connection::serve(service, number, seat, socket).await;
        }
    }
}
