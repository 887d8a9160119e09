//! How connections are made: dialled, through a proxy where there is one, and over TLS where the server speaks it.

use super::clock::within;
use super::tcp;
#[cfg(feature = "proxy")]
use super::through;
use crate::cause::{Phase, failure};
use crate::clock::{Clock, SystemClock};
use crate::destination::{is_https, port};
use core::error::Error;
use core::fmt;
use core::pin::Pin;
use core::time::Duration;
use device_flow_core::{ConnectCause, Timestamp, TransportFailure};
use http::{HeaderMap, Uri};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// A way to a server or a proxy, on which each layer may put another.
pub type Stream = Box<dyn Io>;

/// What can be read and written.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection to where requests are sent.
pub struct Wire {
    /// The connection itself.
    pub stream: Stream,
    /// What a proxy wants to be shown that takes requests as they are, and passes them on (RFC 9112 section 3.2.2). `None` for
    /// a server.
    pub for_proxy: Option<HeaderMap>,
}

/// A connection that is being made.
pub type Dialling = Pin<Box<dyn Future<Output = Result<Stream, Box<dyn Error + Send + Sync>>> + Send>>;

/// A caller's own way to connect to where an address leads.
pub type Dial = Arc<dyn Fn(Uri) -> Dialling + Send + Sync>;

/// A way that leads to a socket of the file system, whatever the address.
#[cfg(unix)]
pub fn to_unix_socket(path: std::path::PathBuf) -> Dial {
    let path = Arc::<std::path::Path>::from(path);
    Arc::new(move |_| {
        let path = Arc::clone(&path);
        Box::pin(async move { Ok(Box::new(tokio::net::UnixStream::connect(path).await?) as Stream) })
    })
}

/// What connections are made by.
#[derive(Clone)]
pub struct Dialler {
    /// The caller's own way, on which no proxy is asked.
    pub dial: Option<Dial>,
    /// Whom to trust, and who to be.
    #[cfg(feature = "asynchronous-tls")]
    pub tls: crate::Tls,
    /// The proxies on the way.
    #[cfg(feature = "proxy")]
    pub proxies: crate::Proxies,
    /// How long connecting may take, from looking up the name to the end of the TLS handshake.
    pub connect_timeout: Duration,
    /// The clock that tells how long that is.
    pub clock: Arc<dyn Clock>,
}

impl Default for Dialler {
    fn default() -> Self {
        Self {
            dial: None,
            #[cfg(feature = "asynchronous-tls")]
            tls: crate::Tls::default(),
            #[cfg(feature = "proxy")]
            proxies: crate::Proxies::default(),
            connect_timeout: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Dialler {
    /// Makes a connection for a request to this address.
    ///
    /// # Errors
    ///
    /// What the server, the proxy or the way there made of it.
    pub async fn open(&self, destination: &Uri) -> Result<Wire, TransportFailure> {
        let deadline = self.clock.now().saturating_add(self.connect_timeout);
        let mut wire = self.reach(destination, deadline).await?;
        if is_https(destination) {
            let host = destination.host().unwrap_or_default();
            wire.stream = self.in_time(deadline, self.secure(wire.stream, host, Peer::Server)).await?;
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
        let (host, port) = (destination.host().unwrap_or_default(), port(destination));
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxies.route(destination) {
            let stream = self.reach_proxy(proxy, deadline).await?;
            if proxy.protocol().is_http() && !is_https(destination) {
                return Ok(Wire { stream, for_proxy: Some(through::headers(proxy)) });
            }
            return self.in_time(deadline, through::tunnel(stream, proxy, host, port)).await.map(direct);
        }
        self.in_time(deadline, tcp::connect(host, port)).await.map(direct)
    }

    pub(super) async fn in_time<T>(
        &self,
        deadline: Timestamp,
        work: impl Future<Output = Result<T, TransportFailure>>,
    ) -> Result<T, TransportFailure> {
        let done = within(&self.clock, deadline, work).await;
        done.unwrap_or(Err(TransportFailure::Connect(Some(ConnectCause::TooSlow))))
    }

    /// Speaks TLS with `host`, an IPv6 address in brackets, over this connection.
    #[cfg(feature = "asynchronous-tls")]
    pub(super) async fn secure(&self, stream: Stream, host: &str, peer: Peer) -> Result<Stream, TransportFailure> {
        let unusable = TransportFailure::Tls(None);
        let config = match peer {
            Peer::Server => self.tls.config(),
            #[cfg(feature = "proxy")]
            Peer::Proxy => self.tls.config_for_proxies(),
        };
        let config = config.map_err(|_| unusable)?;
        let name = host.trim_matches(['[', ']']).to_owned().try_into().map_err(|_| unusable)?;
        let stream = tokio_rustls::TlsConnector::from(config).connect(name, stream).await;
        Ok(Box::new(stream.map_err(|it| connecting(&it))?))
    }

    /// This crate was built without TLS.
    #[cfg(not(feature = "asynchronous-tls"))]
    #[expect(clippy::unused_async, reason = "its counterpart waits for the server")]
    pub(super) async fn secure(&self, _: Stream, _: &str, _: Peer) -> Result<Stream, TransportFailure> {
        Err(TransportFailure::Tls(None))
    }
}

/// With whom TLS is spoken.
#[derive(Clone, Copy)]
pub(super) enum Peer {
    Server,
    #[cfg(feature = "proxy")]
    Proxy,
}

/// What an error comes down to before the request was sent.
pub(super) fn connecting(error: &(dyn Error + 'static)) -> TransportFailure {
    failure(error, Phase::Connecting).unwrap_or(TransportFailure::Connect(None))
}

impl fmt::Debug for Dialler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Dialler");
        f.field("connect_timeout", &self.connect_timeout).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("for_proxy", &self.for_proxy).finish_non_exhaustive()
    }
}
