//! One exchange: a request out, a whole answer or a failure back.

use crate::clock;
use crate::connector::Connector;
use crate::failure::Trouble;
use crate::proxy::Proxies;
use device_flow_core::{Request, Response, Timestamp, TransportFailure};
use futures_util::future::{Either, select};
use http::header::USER_AGENT;
use http::{HeaderName, HeaderValue, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Bytes};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a connection is kept for the next request. Servers and the boxes before them close theirs after a minute or
/// so, and a request that meets such an end half-way is a lost poll.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of an answer's head.
const MAX_HEAD: usize = 64 * 1024;

/// Sends requests. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client<Connector, Full<Bytes>>,
    user_agent: HeaderValue,
    last_failure: Arc<Mutex<Option<String>>>,
}

impl Http {
    pub(crate) fn new(
        tls: ClientConfig,
        proxies: Proxies,
        connect_timeout: Duration,
        user_agent: HeaderValue,
    ) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            // When to send something again is the machine's decision alone.
            .retry_canceled_requests(false)
            .http1_max_buf_size(MAX_HEAD)
            .build(Connector::new(tls, proxies, connect_timeout));
        Self {
            client,
            user_agent,
            last_failure: Arc::default(),
        }
    }

    pub(crate) fn last_failure(&self) -> Option<String> {
        let last = self.last_failure.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends `request`, once, and waits for all of the answer. `now` is when the request was lent.
    ///
    /// The future owns what it needs, so that the machine is free while it runs.
    pub(crate) fn exchange(
        &self,
        request: &Request<'_>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Answer, TransportFailure>> + Send + use<> {
        let max_body = request.max_body();
        let give_up_at = now.saturating_add(request.timeout());
        let client = self.client.clone();
        let request = self.http_request(request);
        let last_failure = Arc::clone(&self.last_failure);
        async move {
            let answer = match request {
                Ok(request) => within(give_up_at, send(client, request, max_body)).await,
                Err(_) => Err(Trouble::unsendable()),
            };
            answer.map_err(|trouble| {
                let mut last = last_failure.lock().unwrap_or_else(PoisonError::into_inner);
                *last = Some(trouble.detail);
                trouble.failure
            })
        }
    }

    fn http_request(
        &self,
        request: &Request<'_>,
    ) -> Result<http::Request<Full<Bytes>>, http::Error> {
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
        headers
            .entry(USER_AGENT)
            .or_insert_with(|| self.user_agent.clone());
        Ok(built)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
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
    client: Client<Connector, Full<Bytes>>,
    request: http::Request<Full<Bytes>>,
    max_body: usize,
) -> Result<Answer, Trouble> {
    let response = client.request(request).await;
    let (head, body) = response.map_err(|it| Trouble::new(&it))?.into_parts();
    // An announced length is believed without reading up to the limit first.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|it| it <= max_body) {
        let body = Limited::new(body, max_body).collect().await;
        let body = body.map_err(|it| Trouble::new(&*it))?.to_bytes();
        Ok(Answer { head, body })
    } else {
        Err(Trouble::too_large())
    }
}

/// A whole answer.
pub(crate) struct Answer {
    head: http::response::Parts,
    body: Bytes,
}

impl Answer {
    pub(crate) fn as_response(&self) -> Response<'_> {
        let response = Response::new(self.head.status.as_u16(), &self.body);
        Response::HEADERS
            .into_iter()
            .filter_map(|name| Some((name, self.head.headers.get(name)?.as_bytes())))
            .fold(response, |response, (name, value)| {
                response.header(name, value)
            })
    }
}
