//! Connections: those in use, and those that are idle and kept for the next request to the same place.

mod idle;

use crate::connection::Connection;
use crate::connector::Connector;
use core::time::Duration;
use device_flow_core::TransportFailure;
use http::Uri;
use idle::Idle;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Makes connections and keeps those that are idle.
pub(crate) struct Connections {
    pub(crate) connector: Connector,
    idle: Mutex<Idle<Connection>>,
    /// Each connection in use holds a clone.
    lease: Arc<()>,
}

/// Where connections lead: scheme and authority.
pub(crate) type Place = Arc<str>;

/// A connection in use. Dropping it hangs up.
pub(crate) struct Lent {
    pub(crate) connection: Connection,
    place: Place,
    lease: Arc<()>,
}

impl Connections {
    pub(crate) fn new(connector: Connector, max_idle: usize) -> Self {
        Self { connector, idle: Mutex::new(Idle::new(max_idle)), lease: Arc::default() }
    }

    /// A connection to where `uri` leads, for somebody whose last request was so long ago: an idle one, or a new one.
    pub(crate) async fn open(&self, uri: &Uri, rested: Duration) -> Result<Lent, TransportFailure> {
        let authority = uri.authority().ok_or(TransportFailure::Other)?.as_str();
        let place = Place::from([uri.scheme_str().unwrap_or_default(), "://", authority].concat());
        let lease = Arc::clone(&self.lease);
        let connection = match self.reuse(&place, rested).await {
            Some(connection) => connection,
            None => Connection::open(self.connector.connect(uri).await?).await?,
        };
        Ok(Lent { connection, place, lease })
    }

    async fn reuse(&self, place: &Place, rested: Duration) -> Option<Connection> {
        let now = self.connector.clock.now();
        let in_use = Arc::strong_count(&self.lease).saturating_sub(1);
        // Closed when the lock is open again.
        let _stale = self.idle().begin_use(in_use, now);
        if !self.idle().has(place) {
            return None;
        }
        // Lets the runtime hear what the sockets have to say: a connection that ended while the program was busy elsewhere is
        // then known to have, and no poll is lost with it.
        tokio::task::yield_now().await;
        loop {
            let mut connection = self.idle().take(place, now, rested)?;
            if connection.is_usable() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection over which a whole answer has arrived, if it can be used again.
    pub(crate) fn keep(&self, lent: Lent) {
        let Lent { mut connection, place, lease } = lent;
        if connection.is_usable() {
            let now = self.connector.clock.now();
            let life = connection.life().unwrap_or(Duration::MAX);
            let _one_too_many = self.idle().put(place, connection, life, now);
        }
        drop(lease);
    }

    fn idle(&self) -> MutexGuard<'_, Idle<Connection>> {
        // No code that can panic runs under this lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
