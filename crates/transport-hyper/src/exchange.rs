//! One exchange: a request out, a whole answer or a failure back.

use crate::connections::Connections;
use core::pin::Pin;
use core::time::Duration;
use device_flow_core::{Request, TransportFailure};
use device_flow_transport::{Answer, Clock, head};
use http::HeaderMap;
use http_body_util::Full;
use hyper::body::Bytes;
use std::sync::Arc;
use zeroize::Zeroizing;

/// An exchange under way. Dropping it hangs up.
pub(crate) type Exchange = Pin<Box<dyn Future<Output = Result<Answer, TransportFailure>> + Send>>;

/// What the clones of a client share.
pub(crate) struct Http {
    pub(crate) connections: Connections,
    /// What every request says unless the machine says otherwise.
    pub(crate) headers: HeaderMap,
}

impl Http {
    /// The clock that machines are driven by.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.connections.connector.clock
    }
}

/// Sends `request`, once, and waits for all of the answer. The one before was so long ago.
///
/// The future owns what it needs, so that the machine is free while it runs.
pub(crate) fn exchange(http: &Arc<Http>, request: &Request<'_>, rested: Duration) -> Exchange {
    let max_body = request.max_body();
    // Wiped when the last part of it has been sent, or given up.
    let body = Bytes::from_owner(Zeroizing::new(request.body().to_owned()));
    let request = head(request, &http.headers).map(|it| it.map(|()| Full::new(body)));
    let http = Arc::clone(http);
    Box::pin(async move {
        let request = request.ok_or(TransportFailure::Other)?;
        let mut lent = http.connections.open(request.uri(), rested).await?;
        let answer = lent.connection.exchange(request, max_body).await?;
        http.connections.keep(lent);
        Ok(answer)
    })
}
