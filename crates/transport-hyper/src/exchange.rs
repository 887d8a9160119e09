//! One exchange: a request out, a whole answer or a failure back.

use crate::clock;
use crate::coding::{self, Codings};
use crate::connections::Connections;
use crate::connector::Connector;
use crate::failure::Trouble;
use crate::proxy::Proxies;
use device_flow_core::{Request, Response, Timestamp, TransportFailure};
use futures_util::future::{Either, select};
use http::header::{ACCEPT_ENCODING, HOST, USER_AGENT};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderName, HeaderValue, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Bytes};
use rustls::ClientConfig;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// An exchange under way. Dropping it hangs up.
pub(crate) type Exchange = Pin<Box<dyn Future<Output = Result<Answer, TransportFailure>> + Send>>;

/// Sends requests. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Http {
    connections: Arc<Connections>,
    user_agent: HeaderValue,
    last_failure: Arc<Mutex<Option<String>>>,
}

impl Http {
    pub(crate) fn new(tls: ClientConfig, proxies: Proxies, connect_timeout: Duration, user_agent: HeaderValue) -> Self {
        let connector = Connector::new(tls, proxies, connect_timeout);
        Self { connections: Arc::new(Connections::new(connector)), user_agent, last_failure: Arc::default() }
    }

    pub(crate) fn last_failure(&self) -> Option<String> {
        let last = self.last_failure.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends `request`, once, and waits for all of the answer. `now` is when the request was lent.
    ///
    /// The future owns what it needs, so that the machine is free while it runs.
    pub(crate) fn exchange(&self, request: &Request<'_>, now: Timestamp) -> Exchange {
        let max_body = request.max_body();
        let give_up_at = now.saturating_add(request.timeout());
        let connections = Arc::clone(&self.connections);
        let request = self.http_request(request);
        let last_failure = Arc::clone(&self.last_failure);
        Box::pin(async move {
            let answer = match request {
                Ok(request) => within(give_up_at, send(&connections, request, max_body)).await,
                Err(_) => Err(Trouble::unsendable()),
            };
            answer.map_err(|trouble| {
                let mut last = last_failure.lock().unwrap_or_else(PoisonError::into_inner);
                *last = Some(trouble.detail);
                trouble.failure
            })
        })
    }

    fn http_request(&self, request: &Request<'_>) -> Result<http::Request<Full<Bytes>>, http::Error> {
        // Wiped when the last part of it has been sent, or given up.
        let body = Bytes::from_owner(Zeroizing::new(request.body().to_owned()));
        let mut built = http::Request::new(Full::new(body));
        *built.method_mut() = request.method().as_str().parse()?;
        *built.uri_mut() = request.url().parse::<Uri>()?;
        let headers = built.headers_mut();
        for (name, value) in request.headers() {
            let mut value = HeaderValue::from_str(value)?;
            value.set_sensitive(true);
            headers.append(HeaderName::from_bytes(name.as_bytes())?, value);
        }
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding::NONE));
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        Ok(built)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("user_agent", &self.user_agent).finish_non_exhaustive()
    }
}

/// Waits for the answer until the clock shows `give_up_at`.
async fn within(
    give_up_at: Timestamp,
    answer: impl Future<Output = Result<Answer, Trouble>>,
) -> Result<Answer, Trouble> {
    let limit = pin!(clock::sleep_until(give_up_at));
    match select(pin!(answer), limit).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Trouble::timeout()),
    }
}

async fn send(
    connections: &Connections,
    mut request: http::Request<Full<Bytes>>,
    max_body: usize,
) -> Result<Answer, Trouble> {
    // Lets the runtime hear what the sockets have to say: a connection that ended while the program was busy elsewhere is
    // then known to have, and no poll is lost with it.
    tokio::task::yield_now().await;
    let mut connection = connections.open(request.uri()).await?;
    address(&mut request).map_err(|_| Trouble::unsendable())?;
    let (head, body) = connection.send(request).await?.into_parts();
    if let Some(codings) = Codings::of(&head.headers) {
        return Err(Trouble::coded(&codings));
    }
    // An announced length is believed without reading up to the limit first.
    if usize::try_from(body.size_hint().lower()).map_or(true, |it| it > max_body) {
        return Err(Trouble::too_large());
    }
    let body = connection.alongside(Limited::new(body, max_body).collect());
    let body = body.await.map_err(|it| Trouble::new(&*it))?.to_bytes();
    connections.keep(connection).await;
    let body = Zeroizing::new(Vec::from(body));
    Ok(Answer { head, body })
}

/// Addresses a request as servers want it (RFC 9112 section 3.2.1): the path in the request line, the host in a header.
fn address(request: &mut http::Request<Full<Bytes>>) -> Result<(), http::Error> {
    let uri = request.uri();
    let host = uri.host().unwrap_or_default();
    let default_port = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let host = match uri.port_u16().filter(|&it| it != default_port) {
        Some(port) => HeaderValue::try_from(format!("{host}:{port}"))?,
        None => HeaderValue::try_from(host)?,
    };
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let path = Uri::try_from(path)?;
    request.headers_mut().insert(HOST, host);
    *request.uri_mut() = path;
    Ok(())
}

/// A whole answer.
pub(crate) struct Answer {
    head: http::response::Parts,
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    pub(crate) fn as_response(&self) -> Response<'_> {
        let response = Response::new(self.head.status.as_u16(), &self.body);
        Response::HEADERS
            .iter()
            .flat_map(|name| {
                let lines = self.head.headers.get_all(*name).into_iter();
                lines.map(|line| (*name, line.as_bytes()))
            })
            .fold(response, |response, (name, line)| response.header(name, line))
    }
}
