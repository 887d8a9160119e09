//! Making a connection: directly, through a proxy or as the caller likes, with TLS on top, within a time limit.

pub(crate) mod dial;
#[cfg(feature = "proxy")]
mod proxy;
mod tcp;

use crate::clock;
use core::error::Error;
use core::time::Duration;
use device_flow_core::{ConnectCause, Timestamp, TransportFailure};
use device_flow_transport::{Clock, Phase, SystemClock, failure};
use dial::Dial;
use http::uri::Scheme;
use http::{HeaderMap, Uri};
use hyper::rt::{Read, Write};
use std::sync::Arc;

/// A way to a server or a proxy, on which each layer may put another.
pub(crate) type Stream = Box<dyn Io>;

pub(crate) trait Io: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Io for T {}

/// A connection to where requests are sent.
pub(crate) struct Wire {
    pub(crate) stream: Stream,
    /// What a proxy wants to be shown that takes requests as they are, and passes them on. `None` for a server.
    pub(crate) for_proxy: Option<HeaderMap>,
}

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Connector {
    /// The caller's own way, on which no proxy is asked.
    pub(crate) dial: Option<Dial>,
    #[cfg(feature = "tls")]
    pub(crate) tls: device_flow_transport::Tls,
    #[cfg(feature = "proxy")]
    pub(crate) proxies: device_flow_transport::Proxies,
    /// How long it may take, everything included.
    pub(crate) timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Default for Connector {
    fn default() -> Self {
        Self {
            dial: None,
            #[cfg(feature = "tls")]
            tls: device_flow_transport::Tls::default(),
            #[cfg(feature = "proxy")]
            proxies: device_flow_transport::Proxies::default(),
            timeout: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Connector {
    pub(crate) async fn connect(&self, destination: &Uri) -> Result<Wire, TransportFailure> {
        let deadline = self.clock.now().saturating_add(self.timeout);
        let mut wire = self.reach(destination, deadline).await?;
        if is_https(destination) {
            let host = destination.host().unwrap_or_default();
            wire.stream = self.in_time(deadline, self.secure(wire.stream, host)).await?;
        }
        Ok(wire)
    }

    /// Reaches the destination itself, or a proxy that takes requests for it.
    async fn reach(&self, destination: &Uri, deadline: Timestamp) -> Result<Wire, TransportFailure> {
        let direct = |stream| Wire { stream, for_proxy: None };
        if let Some(dial) = &self.dial {
            let dialling = async { dial(destination.clone()).await.map_err(|it| connecting(&*it)) };
            return self.in_time(deadline, dialling).await.map(direct);
        }
        let (host, port) = (destination.host().unwrap_or_default(), destination.port_u16());
        let port = port.unwrap_or(default_port(destination));
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxies.route(destination) {
            let stream = self.reach_proxy(proxy, deadline).await?;
            if proxy.protocol().is_http() && !is_https(destination) {
                return Ok(Wire { stream, for_proxy: Some(proxy::headers(proxy)) });
            }
            return self.in_time(deadline, proxy::tunnel(stream, proxy, host, port)).await.map(direct);
        }
        self.in_time(deadline, tcp::connect(host, port)).await.map(direct)
    }

    async fn in_time<T>(
        &self,
        deadline: Timestamp,
        work: impl Future<Output = Result<T, TransportFailure>>,
    ) -> Result<T, TransportFailure> {
        let done = clock::within(&self.clock, deadline, work).await;
        done.unwrap_or(Err(TransportFailure::Connect(Some(ConnectCause::TooSlow))))
    }

    /// Speaks TLS with `host`, an IPv6 address in brackets, over this connection.
    #[cfg(feature = "tls")]
    async fn secure(&self, stream: Stream, host: &str) -> Result<Stream, TransportFailure> {
        use hyper_util::rt::TokioIo;

        let unusable = TransportFailure::Tls(None);
        let config = self.tls.config().map_err(|_| unusable)?;
        let name = host.trim_matches(['[', ']']).to_owned().try_into().map_err(|_| unusable)?;
        let stream = tokio_rustls::TlsConnector::from(config).connect(name, TokioIo::new(stream)).await;
        Ok(Box::new(TokioIo::new(stream.map_err(|it| connecting(&it))?)))
    }

    /// This crate was built without TLS.
    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "its counterpart waits for the server")]
    async fn secure(&self, _: Stream, _: &str) -> Result<Stream, TransportFailure> {
        Err(TransportFailure::Tls(None))
    }
}

pub(crate) fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

pub(crate) fn default_port(uri: &Uri) -> u16 {
    if is_https(uri) { 443 } else { 80 }
}

/// What an error comes down to before the request was sent.
fn connecting(error: &(dyn Error + 'static)) -> TransportFailure {
    failure(error, Phase::Connecting).unwrap_or(TransportFailure::Connect(None))
}
