//! Making a connection: directly or through a proxy, with TLS on top, within a time limit.

use crate::proxy::{Protocol, Proxies, Route, address};
use crate::tunnel;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use std::error::Error;
use std::io;
use std::net::IpAddr;
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
type Tcp = HttpsConnector<HttpConnector>;
/// With TLS when the destination speaks it.
pub(crate) type Stream = MaybeHttpsStream<Inner>;

/// Connects within `timeout`, everything included.
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
        // Shared out among the addresses of a host, so that one that is silent does not use it all up.
        tcp.set_connect_timeout(Some(timeout));
        let dialler = Dialler { tcp: HttpsConnector::from((tcp, Arc::clone(&tls))), proxies: Arc::new(proxies) };
        Self { inner: HttpsConnector::from((dialler, tls)), timeout }
    }

    pub(crate) async fn connect(&self, destination: Uri) -> Result<Stream, BoxError> {
        let connecting = self.inner.clone().call(destination);
        tokio::time::timeout(self.timeout, connecting)
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "connecting took too long"))?
    }
}

/// Reaches the destination itself; the layer above does the TLS with it.
#[derive(Clone)]
struct Dialler {
    tcp: Tcp,
    proxies: Arc<Proxies>,
}

impl Service<Uri> for Dialler {
    type Response = Inner;
    type Error = BoxError;
    type Future = BoxFuture<Inner>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let route = self.proxies.route(&destination);
        let mut tcp = self.tcp.clone();
        Box::pin(async move {
            let destination = Destination::of(&destination)?;
            match route {
                None => tcp.call(destination.uri()?).await,
                Some(route) => through(tcp, route, destination).await,
            }
        })
    }
}

async fn through(mut tcp: Tcp, route: Route, destination: Destination) -> Result<Inner, BoxError> {
    let proxy = route.address.clone();
    match route.protocol {
        Protocol::Http | Protocol::Https => {
            let connection = tcp.call(proxy).await?;
            tunnel::open(connection, &route, &destination.place()).await
        }
        Protocol::Socks4 => {
            let destination = destination.looked_up(IpAddr::is_ipv4).await?;
            Ok(SocksV4::new(proxy, tcp).call(destination).await?)
        }
        Protocol::Socks4a => Ok(SocksV4::new(proxy, tcp).call(destination.uri()?).await?),
        Protocol::Socks5 | Protocol::Socks5h => {
            let destination = match route.protocol {
                Protocol::Socks5 => destination.looked_up(|_| true).await?,
                _ => destination.uri()?,
            };
            let mut socks = SocksV5::new(proxy, tcp);
            if let Some((name, password)) = route.credentials {
                socks = socks.with_auth(name, password);
            }
            Ok(socks.call(destination).await?)
        }
    }
}

/// Host and port to reach.
struct Destination {
    host: String,
    port: u16,
}

impl Destination {
    /// The proxies' connectors take 443 for the port that is missing, so none may be.
    fn of(uri: &Uri) -> Result<Self, io::Error> {
        let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let port = match uri.port_u16() {
            Some(port) => port,
            None if uri.scheme() == Some(&Scheme::HTTPS) => 443,
            None => 80,
        };
        Ok(Self { host, port })
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Under `http`, whatever comes later: this is about the connection below.
    fn uri(&self) -> Result<Uri, io::Error> {
        let uri = address(Scheme::HTTP, &self.host, self.port);
        uri.ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }

    /// The same with the host's first address that will do in place of its name.
    async fn looked_up(&self, will_do: impl Fn(&IpAddr) -> bool) -> Result<Uri, io::Error> {
        let host = self.host.trim_matches(['[', ']']);
        let mut addresses = tokio::net::lookup_host((host, self.port)).await?;
        let found = addresses.find(|it| will_do(&it.ip())).ok_or(io::ErrorKind::AddrNotAvailable)?;
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(found.to_string()).path_and_query("/").build();
        uri.map_err(|_| io::ErrorKind::InvalidInput.into())
    }
}
