//! Connections: made, used for one request at a time, kept for the next.
//!
//! Whoever uses a connection also looks after it, so nothing is spawned: an exchange that is dropped takes its connection
//! along, and one that is complete puts it back before it returns.

use crate::clock;
use crate::connector::{Connector, Stream};
use crate::failure::Trouble;
use device_flow_core::Timestamp;
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

/// How long a connection is kept for the next request. Servers and the boxes before them close theirs after a minute or
/// so, and a request that meets such an end half-way is a lost poll.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How many connections are kept.
const MAX_IDLE: usize = 64;
/// Most bytes of an answer's head.
const MAX_HEAD: usize = 64 * 1024;

/// Makes connections and keeps those that are idle.
pub(crate) struct Connections {
    connector: Connector,
    /// The one used last comes last.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    since: Timestamp,
    connection: Open,
}

/// Where a connection leads.
#[derive(Clone, PartialEq, Eq)]
struct Place(Scheme, Authority);

impl Connections {
    pub(crate) const fn new(connector: Connector) -> Self {
        Self { connector, idle: Mutex::new(Vec::new()) }
    }

    /// A connection to where `uri` leads: one that is idle, or a new one.
    pub(crate) async fn open(&self, uri: &Uri) -> Result<Open, Trouble> {
        let place = match (uri.scheme(), uri.authority()) {
            (Some(scheme), Some(authority)) => Place(scheme.clone(), authority.clone()),
            _ => return Err(Trouble::unsendable()),
        };
        while let Some(mut idle) = self.take(&place) {
            if idle.is_usable().await {
                return Ok(idle);
            }
        }
        let stream = self.connector.connect(uri.clone()).await;
        let stream = stream.map_err(|it| Trouble::connecting(&*it))?;
        let (sender, connection) =
            Builder::new().max_buf_size(MAX_HEAD).handshake(stream).await.map_err(|it| Trouble::new(&it))?;
        Ok(Open { place, sender, connection: Some(Box::pin(connection)) })
    }

    /// Keeps a connection over which a whole answer has arrived, if it can be used again.
    pub(crate) async fn keep(&self, mut connection: Open) {
        if connection.is_usable().await {
            let mut idle = self.idle();
            if idle.len() >= MAX_IDLE {
                idle.remove(0);
            }
            idle.push(Idle { since: clock::now(), connection });
        }
    }

    /// Takes the connection out that was used last, and closes all that have been idle for too long.
    fn take(&self, place: &Place) -> Option<Open> {
        let now = clock::now();
        let mut idle = self.idle();
        idle.retain(|it| now.saturating_duration_since(it.since) < IDLE_TIMEOUT);
        let index = idle.iter().rposition(|it| it.connection.place == *place)?;
        Some(idle.remove(index).connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        // No code that can panic runs under this lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type ReadsAndWrites = Connection<Stream, Full<Bytes>>;

/// An open connection.
pub(crate) struct Open {
    place: Place,
    sender: SendRequest<Full<Bytes>>,
    /// `None` when it has come to its end.
    connection: Option<Pin<Box<ReadsAndWrites>>>,
}

impl Open {
    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Trouble> {
        let response = self.sender.send_request(request);
        let response = self.alongside(response).await;
        response.map_err(|it| Trouble::new(&it))
    }

    /// Does some work that waits for this connection, and looks after the connection meanwhile.
    pub(crate) async fn alongside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            // What ends it is told to the work, which waits for it.
            self.connection.take_if(|it| it.as_mut().poll(context).is_ready());
            work.as_mut().poll(context)
        })
        .await
    }

    /// Whether another request can be sent. Never waits.
    async fn is_usable(&mut self) -> bool {
        self.alongside(poll_fn(|_| Poll::Ready(()))).await;
        self.connection.is_some() && self.sender.is_ready()
    }
}
