//! A thread that accepts connections until it is stopped.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::acceptor::Acceptor;
use crate::connection::Service;
use crate::connections::Connections;

/// The thread, its runtime and its connections; dropping it stops them at once.
pub(crate) struct Running {
    address: SocketAddr,
    accepted: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<Duration>>,
    thread: Option<JoinHandle<()>>,
}

/// What a thread is started with.
pub(crate) struct Start<'a, S> {
    pub(crate) name: &'a str,
    pub(crate) listener: TcpListener,
    pub(crate) service: Arc<S>,
    pub(crate) most_connections: usize,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<tokio_rustls::TlsAcceptor>,
}

impl Running {
    pub(crate) fn start<S: Service>(start: Start<'_, S>) -> io::Result<Self> {
        let address = start.listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let accepted = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel::<Duration>();
        let connections = Connections::new(start.most_connections);
        let acceptor = Acceptor {
            service: start.service,
            connections: Arc::clone(&connections),
            accepted: Arc::clone(&accepted),
            #[cfg(feature = "tls")]
            tls: start.tls,
        };
        let listener = start.listener;
        let thread = std::thread::Builder::new().name(start.name.to_owned()).spawn(move || {
            runtime.block_on(async move {
                let accepting = tokio::spawn(acceptor.run(listener));
                // A sender that is dropped grants no time.
                let limit = stopped.await.unwrap_or_default();
                accepting.abort();
                // Whether all were answered or the time is over, this is the end.
                let _ = tokio::time::timeout(limit, connections.answered()).await;
            });
            // Here the runtime is dropped and with it every connection.
        })?;
        Ok(Self { address, accepted, stop: Some(stop), thread: Some(thread) })
    }

    /// The address listened on.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Stops, but lets requests that have arrived be answered for `limit` at most.
    pub(crate) fn finish(&mut self, limit: Duration) {
        if let Some(stop) = self.stop.take() {
            // A thread that has ended has nothing to finish.
            let _ = stop.send(limit);
        }
        // A server that is dropped by its own observer cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            // Its panic, if any, was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.finish(Duration::ZERO);
    }
}
