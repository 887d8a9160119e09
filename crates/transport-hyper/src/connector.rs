//! Making a connection: directly or through a proxy, with TLS on top, within a time limit.

use crate::proxy::Proxies;
use http::Uri;
use http::uri::{Authority, Scheme};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;
/// TCP, with TLS when it leads to a proxy that speaks it.
type Inner = MaybeHttpsStream<TokioIo<TcpStream>>;

/// All of it within `timeout`.
#[derive(Clone)]
pub(crate) struct Connector {
    inner: HttpsConnector<Dialler>,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(tls: ClientConfig, proxies: Proxies, timeout: Duration) -> Self {
        let tls = Arc::new(tls);
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeout));
        let dialler = Dialler {
            direct: HttpsConnector::from((tcp, Arc::clone(&tls))),
            proxies: Arc::new(proxies),
        };
        Self {
            inner: HttpsConnector::from((dialler, tls)),
            timeout,
        }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Inner>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connecting = self.inner.call(destination);
        let timeout = self.timeout;
        Box::pin(async move {
            tokio::time::timeout(timeout, connecting)
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        })
    }
}

/// Reaches the destination itself, before any TLS with it.
#[derive(Clone)]
struct Dialler {
    direct: HttpsConnector<HttpConnector>,
    proxies: Arc<Proxies>,
}

impl Service<Uri> for Dialler {
    type Response = Inner;
    type Error = BoxError;
    type Future = BoxFuture<Inner>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let Some(route) = self.proxies.route(&destination) else {
            // Plain TCP: the layer above does the TLS with the destination.
            return match with_scheme(&destination, Scheme::HTTP) {
                Ok(destination) => self.direct.call(destination),
                Err(error) => Box::pin(async move { Err(error.into()) }),
            };
        };
        let mut tunnel = Tunnel::new(route.uri, self.direct.clone());
        if let Some(authorization) = route.authorization {
            tunnel = tunnel.with_auth(authorization);
        }
        match with_scheme(&destination, Scheme::HTTP) {
            Ok(destination) => {
                let tunnelling = tunnel.call(destination);
                Box::pin(async move { Ok(tunnelling.await?) })
            }
            Err(error) => Box::pin(async move { Err(error.into()) }),
        }
    }
}

/// The same host under another scheme, with the port of its own.
fn with_scheme(destination: &Uri, scheme: Scheme) -> Result<Uri, http::Error> {
    let host = destination.host().unwrap_or_default();
    let default = if destination.scheme() == Some(&Scheme::HTTPS) {
        443
    } else {
        80
    };
    let port = destination.port_u16().unwrap_or(default);
    let authority = Authority::try_from(format!("{host}:{port}"))?;
    Uri::builder()
        .scheme(scheme)
        .authority(authority)
        .path_and_query("/")
        .build()
}
