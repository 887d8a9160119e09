//! One exchange: a request out, a whole answer or a failure back.

use crate::connection::Connection;
use crate::idle::{Idle, Place};
use core::pin::Pin;
use core::time::Duration;
use device_flow_core::{Request, TransportFailure};
use device_flow_transport::asynchronous::Dialler;
use device_flow_transport::{Answer, Clock, head};
use http::HeaderMap;
use http_body_util::Full;
use hyper::body::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// An exchange under way. Dropping it hangs up.
pub(crate) type Exchange = Pin<Box<dyn Future<Output = Result<Answer, TransportFailure>> + Send>>;

/// What the clones of a client share.
pub(crate) struct Http {
    dialler: Dialler,
    /// What every request says unless the machine says otherwise.
    pub(crate) headers: HeaderMap,
    idle: Mutex<Idle<Connection>>,
    /// Each connection in use holds a clone.
    lease: Arc<()>,
}

impl Http {
    pub(crate) fn new(dialler: Dialler, headers: HeaderMap, max_idle: usize) -> Self {
        Self { dialler, headers, idle: Mutex::new(Idle::new(max_idle)), lease: Arc::default() }
    }

    /// The clock that machines are driven by.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.dialler.clock
    }

    /// Sends `request`, once, and waits for all of the answer. The driver has `rested` for so long before.
    ///
    /// The future owns what it needs, so that the machine is free while it runs.
    pub(crate) fn exchange(self: &Arc<Self>, request: &Request<'_>, rested: Duration) -> Exchange {
        let max_body = request.max_body();
        // Wiped when the last part of it has been sent, or given up.
        let body = Bytes::from_owner(Zeroizing::new(request.body().to_owned()));
        let request = head(request, &self.headers).map(|it| it.map(|()| Full::new(body)));
        let http = Arc::clone(self);
        Box::pin(async move { http.send(request.ok_or(TransportFailure::Other)?, max_body, rested).await })
    }

    async fn send(
        &self,
        request: http::Request<Full<Bytes>>,
        max_body: usize,
        rested: Duration,
    ) -> Result<Answer, TransportFailure> {
        let authority = request.uri().authority().ok_or(TransportFailure::Other)?;
        let place = [request.uri().scheme_str().unwrap_or_default(), "://", authority.as_str()].concat().into();
        let _lease = Arc::clone(&self.lease);
        let mut connection = match self.reuse(&place, rested).await {
            Some(connection) => connection,
            None => Connection::open(self.dialler.open(request.uri()).await?).await?,
        };
        let answer = connection.exchange(request, max_body).await?;
        if connection.is_at_rest() {
            let life = connection.life.unwrap_or(Duration::MAX);
            // Closed when the lock is open again.
            let _one_too_many = self.idle().put(place, connection, life, self.clock().now());
        }
        Ok(answer)
    }

    /// An idle connection that leads there.
    async fn reuse(&self, place: &Place, rested: Duration) -> Option<Connection> {
        let now = self.clock().now();
        let in_use = Arc::strong_count(&self.lease).saturating_sub(1);
        let _old = self.idle().begin_use(in_use, now);
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

    fn idle(&self) -> MutexGuard<'_, Idle<Connection>> {
        // No code that can panic runs under this lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
