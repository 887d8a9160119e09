//! One connection, used for one request at a time.
//!
//! Whoever uses a connection also looks after it, so nothing is spawned: an exchange that is dropped takes its connection along.

use crate::failure;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use device_flow_core::{HttpCause, TransportFailure};
use device_flow_transport::asynchronous::{Stream, Wire};
use device_flow_transport::{Answer, MAX_FIELDS, MAX_HEAD, append, host, keep_alive};
use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use zeroize::Zeroizing;

type Work = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

/// An open connection.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` when the connection has come to its end.
    work: Option<Pin<Box<Work>>>,
    /// How many bytes of interim answers have come.
    interim: Arc<AtomicUsize>,
    /// What a proxy wants to be shown that takes requests as they are.
    for_proxy: Option<HeaderMap>,
    /// How long the server keeps the connection when it is idle, if it says so.
    pub(crate) life: Option<Duration>,
}

impl Connection {
    pub(crate) async fn open(wire: Wire) -> Result<Self, TransportFailure> {
        let (sender, work) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_FIELDS)
            .max_header_size(MAX_HEAD)
            // What curl takes, too.
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(wire.stream))
            .await
            .map_err(|it| failure::sent(&it))?;
        Ok(Self { sender, work: Some(Box::pin(work)), interim: Arc::default(), for_proxy: wire.for_proxy, life: None })
    }

    /// Sends a request, once, and waits for all of the answer.
    pub(crate) async fn exchange(
        &mut self,
        mut request: Request<Full<Bytes>>,
        max_body: usize,
    ) -> Result<Answer, TransportFailure> {
        self.address(&mut request).ok_or(TransportFailure::Other)?;
        let (head, body) = self.send(request).await?.into_parts();
        self.life = head.headers.get("keep-alive").and_then(|it| keep_alive(it.as_bytes()));
        #[cfg(feature = "proxy")]
        if self.for_proxy.is_some() && head.status == http::StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(device_flow_transport::refused(&head.headers));
        }
        Answer::check_head(&head)?;
        let body = self.read(body, max_body).await?;
        Answer::new(head, body, max_body)
    }

    /// Addresses a request as the other end wants it: a proxy the whole address (RFC 9112 section 3.2.2), a server the path
    /// alone (section 3.2.1); both the host in a header.
    fn address(&self, request: &mut Request<Full<Bytes>>) -> Option<()> {
        let host = host(request.uri())?;
        request.headers_mut().insert(HOST, host);
        if let Some(headers) = &self.for_proxy {
            request.headers_mut().extend(headers.clone());
        } else {
            let mut parts = core::mem::take(request.uri_mut()).into_parts();
            (parts.scheme, parts.authority) = (None, None);
            parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
            *request.uri_mut() = Uri::from_parts(parts).ok()?;
        }
        Some(())
    }

    /// Sends a request and waits for the head of its answer, and for no more interim answers (RFC 9110 section 15.2) than one
    /// head may be long.
    async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, TransportFailure> {
        self.interim.store(0, Ordering::Relaxed);
        let interim = Arc::clone(&self.interim);
        hyper::ext::on_informational(&mut request, move |answer| {
            let fields = answer.headers().iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()));
            // The status line counts, too.
            interim.fetch_add(fields.fold(20, usize::saturating_add), Ordering::Relaxed);
        });
        let response = self.sender.send_request(request);
        self.alongside(response).await
    }

    async fn read(&mut self, mut body: Incoming, max: usize) -> Result<Zeroizing<Vec<u8>>, TransportFailure> {
        // An announced length is believed without reading up to the limit first.
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > max {
            return Err(TransportFailure::BodyTooLarge);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(announced));
        while let Some(frame) = self.alongside(async { body.frame().await.transpose() }).await? {
            // Anything else is trailers.
            let Ok(piece) = frame.into_data() else { continue };
            if bytes.len().saturating_add(piece.len()) > max {
                return Err(TransportFailure::BodyTooLarge);
            }
            append(&mut bytes, &piece);
        }
        Ok(bytes)
    }

    /// Does some work that waits for this connection, and looks after the connection meanwhile.
    async fn alongside<T>(&mut self, work: impl Future<Output = hyper::Result<T>>) -> Result<T, TransportFailure> {
        let mut work = pin!(work);
        poll_fn(|context| {
            // What has arrived with something else is there without another look at the socket.
            if let Poll::Ready(result) = work.as_mut().poll(context) {
                return Poll::Ready(result.map_err(|it| failure::sent(&it)));
            }
            // What ends it is told to the work, which waits for it.
            self.advance(context);
            if self.interim.load(Ordering::Relaxed) > MAX_HEAD {
                return Poll::Ready(Err(TransportFailure::Http(Some(HttpCause::HeadTooLarge))));
            }
            work.as_mut().poll(context).map_err(|it| failure::sent(&it))
        })
        .await
    }

    fn advance(&mut self, context: &mut Context<'_>) {
        self.work.take_if(|it| it.as_mut().poll(context).is_ready());
    }

    /// Whether it can be kept for another request: mostly it came to rest with the end of the answer.
    pub(crate) fn is_at_rest(&mut self) -> bool {
        (self.work.is_some() && self.sender.is_ready()) || self.is_usable()
    }

    /// Whether another request can be sent. Nobody is woken when that changes.
    pub(crate) fn is_usable(&mut self) -> bool {
        self.advance(&mut Context::from_waker(Waker::noop()));
        self.work.is_some() && self.sender.is_ready()
    }
}
