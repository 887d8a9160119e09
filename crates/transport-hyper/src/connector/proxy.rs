//! The way through a proxy.

use super::{ForwardProxy, Security, Stream, Wire, is_https, port, tcp};
use core::future::{Ready, ready};
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use device_flow_core::{ConnectCause, ProxyCause, TransportFailure};
use device_flow_transport::{Protocol, ProxyAddress, Reply};
use http::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::rt::TokioIo;
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower_service::Service;

/// Reaches the destination through a proxy, or a proxy that takes requests for the destination.
pub(super) async fn reach(
    destination: &Uri,
    proxy: &ProxyAddress,
    security: &Security,
) -> Result<Wire, TransportFailure> {
    let stream = connect(proxy, security).await.map_err(|failure| match failure {
        TransportFailure::Connect(_) => TransportFailure::Proxy(Some(ProxyCause::NoConnection)),
        other => other,
    })?;
    if proxy.protocol().is_http() && !is_https(destination) {
        let proxy = Some(ForwardProxy { authorization: proxy.authorization() });
        return Ok(Wire { stream, proxy });
    }
    let (host, port) = (destination.host().unwrap_or_default(), port(destination));
    let tunnel = match proxy.protocol() {
        Protocol::Http | Protocol::Https => {
            let request = proxy.connect_request(&format!("{host}:{port}"));
            ask(stream, &request).await.map_err(|it| TransportFailure::Proxy(Some(it)))
        }
        Protocol::Socks4 => negotiate_v4(stream, &look_up(host, port, IpAddr::is_ipv4).await?).await,
        Protocol::Socks4a => negotiate_v4(stream, &format!("{host}:{port}")).await,
        Protocol::Socks5 => negotiate_v5(stream, &look_up(host, port, |_| true).await?, proxy).await,
        Protocol::Socks5h => negotiate_v5(stream, &format!("{host}:{port}"), proxy).await,
    };
    tunnel.map(Wire::direct)
}

async fn connect(proxy: &ProxyAddress, security: &Security) -> Result<Stream, TransportFailure> {
    let stream = tcp::connect(proxy.host(), proxy.port()).await?;
    match proxy.protocol() {
        Protocol::Https => security.secure(stream, proxy.host()).await,
        _ => Ok(stream),
    }
}

/// Asks for a tunnel (RFC 9110 section 9.3.6). What the proxy sends before the client has said something is no part of the
/// tunnel, and is passed over.
async fn ask(stream: Stream, request: &[u8]) -> Result<Stream, ProxyCause> {
    let not_http = |_| ProxyCause::NotHttp;
    let mut connection = TokioIo::new(stream);
    connection.write_all(request).await.map_err(not_http)?;
    connection.flush().await.map_err(not_http)?;
    let mut answer = Vec::new();
    loop {
        match Reply::read(&answer) {
            Reply::Granted => return Ok(connection.into_inner()),
            Reply::Refused(cause) => return Err(cause),
            Reply::Partial => {}
        }
        if connection.read_buf(&mut answer).await.map_err(not_http)? == 0 {
            return Err(ProxyCause::NotHttp);
        }
    }
}

/// The first address of the host that will do, as it stands in a URI.
async fn look_up(host: &str, port: u16, will_do: impl Fn(&IpAddr) -> bool) -> Result<String, TransportFailure> {
    let addresses = tcp::look_up(host, port).await?;
    let found = addresses.iter().find(|it| will_do(&it.ip())).map(SocketAddr::to_string);
    found.ok_or(TransportFailure::Connect(Some(ConnectCause::HostNotFound)))
}

async fn negotiate_v4(stream: Stream, place: &str) -> Result<Stream, TransportFailure> {
    let tunnel = SocksV4::new(Uri::default(), Connected(Some(stream))).call(socks_destination(place)?).await;
    tunnel.map_err(|_| REFUSED)
}

async fn negotiate_v5(stream: Stream, place: &str, proxy: &ProxyAddress) -> Result<Stream, TransportFailure> {
    let mut socks = SocksV5::new(Uri::default(), Connected(Some(stream)));
    if let Some((name, password)) = proxy.credentials() {
        socks = socks.with_auth(name.to_owned(), password.to_owned());
    }
    socks.call(socks_destination(place)?).await.map_err(|_| REFUSED)
}

const REFUSED: TransportFailure = TransportFailure::Proxy(Some(ProxyCause::SocksRefused));

fn socks_destination(place: &str) -> Result<Uri, TransportFailure> {
    Uri::try_from(place).map_err(|_| TransportFailure::Other)
}

/// A connection that is there already, for those who want to make it themselves.
struct Connected(Option<Stream>);

impl Service<Uri> for Connected {
    type Response = Stream;
    type Error = io::Error;
    type Future = Ready<io::Result<Stream>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}
