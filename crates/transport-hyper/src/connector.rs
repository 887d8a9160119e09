//! Making a connection: directly, through a proxy or as the caller likes, with TLS on top, within a time limit.

mod own;
#[cfg(feature = "proxy")]
mod proxy;
mod secure;
mod tcp;

pub(crate) use own::Own;
#[cfg(unix)]
pub(crate) use own::UnixSocket;
pub(crate) use secure::Security;

use crate::clock;
use core::error::Error;
use core::time::Duration;
use device_flow_core::{ConnectCause, TransportFailure};
use device_flow_transport::{Clock, Phase, failure};
use http::uri::Scheme;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, Write};
use std::sync::Arc;

/// A way to a server or a proxy, on which each layer may put another.
pub(crate) type Stream = Box<dyn Io>;

pub(crate) trait Io: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Io for T {}

/// A connection to where requests are sent.
pub(crate) struct Wire {
    pub(crate) stream: Stream,
    /// Set when a proxy at the other end takes requests as they are, and passes them on.
    pub(crate) proxy: Option<ForwardProxy>,
}

/// A proxy that requests are addressed to, with what it wants to be shown.
pub(crate) struct ForwardProxy {
    pub(crate) authorization: Option<HeaderValue>,
}

/// Makes connections.
pub(crate) struct Connector {
    /// The caller's way to connect, if it has one. No proxy is asked then.
    pub(crate) own: Option<Own>,
    pub(crate) security: Security,
    #[cfg(feature = "proxy")]
    pub(crate) proxies: device_flow_transport::Proxies,
    /// How long it may take, everything included.
    pub(crate) timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Connector {
    pub(crate) async fn connect(&self, destination: &Uri) -> Result<Wire, TransportFailure> {
        let deadline = self.clock.now().saturating_add(self.timeout);
        let connected = clock::within(&self.clock, deadline, self.connect_with_tls(destination)).await;
        connected.unwrap_or(Err(TransportFailure::Connect(Some(ConnectCause::TooSlow))))
    }

    async fn connect_with_tls(&self, destination: &Uri) -> Result<Wire, TransportFailure> {
        let mut wire = self.reach(destination).await?;
        if is_https(destination) {
            let host = destination.host().unwrap_or_default();
            wire.stream = self.security.secure(wire.stream, host).await?;
        }
        Ok(wire)
    }

    /// Reaches the destination itself, or a proxy that takes requests for it.
    async fn reach(&self, destination: &Uri) -> Result<Wire, TransportFailure> {
        if let Some(own) = &self.own {
            let stream = own.connect(destination.clone()).await;
            return stream.map(Wire::direct).map_err(|it| connecting(&*it));
        }
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxies.route(destination) {
            return proxy::reach(destination, proxy, &self.security).await;
        }
        tcp::connect(destination.host().unwrap_or_default(), port(destination)).await.map(Wire::direct)
    }
}

impl Wire {
    const fn direct(stream: Stream) -> Self {
        Self { stream, proxy: None }
    }
}

pub(crate) fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

/// The port of an address, that of its scheme when it names none.
fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if is_https(uri) { 443 } else { 80 })
}

/// What an error comes down to before the request was sent.
fn connecting(error: &(dyn Error + 'static)) -> TransportFailure {
    failure(error, Phase::Connecting).unwrap_or(TransportFailure::Connect(None))
}
