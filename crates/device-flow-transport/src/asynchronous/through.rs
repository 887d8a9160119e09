//! The way through a proxy.

use super::dialler::{Dialler, Peer, Stream};
use super::tcp;
use crate::proxy::{Protocol, ProxyAddress, Reply, Socks};
use core::net::SocketAddr;
use device_flow_core::{ProxyCause, Timestamp, TransportFailure};
use http::HeaderMap;
use http::header::PROXY_AUTHORIZATION;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

impl Dialler {
    /// Reaches the proxy itself.
    pub(super) async fn reach_proxy(
        &self,
        proxy: &ProxyAddress,
        deadline: Timestamp,
    ) -> Result<Stream, TransportFailure> {
        let connected = async {
            let stream = tcp::connect(proxy.host(), proxy.port()).await?;
            match proxy.protocol() {
                Protocol::Https => self.secure(stream, proxy.host(), Peer::Proxy).await,
                _ => Ok(stream),
            }
        };
        self.in_time(deadline, connected).await.map_err(|failure| match failure {
            TransportFailure::Connect(_) => TransportFailure::Proxy(Some(ProxyCause::NoConnection)),
            other => other,
        })
    }
}

/// What requests have in addition that a proxy is to pass on.
pub(super) fn headers(proxy: &ProxyAddress) -> HeaderMap {
    proxy.authorization().into_iter().map(|it| (PROXY_AUTHORIZATION, it)).collect()
}

/// Asks a proxy for a connection to this host and port.
pub(super) async fn tunnel(
    stream: Stream,
    proxy: &ProxyAddress,
    host: &str,
    port: u16,
) -> Result<Stream, TransportFailure> {
    let address = match proxy.protocol() {
        Protocol::Http | Protocol::Https => {
            let request = proxy.connect_request(&format!("{host}:{port}"));
            return ask(stream, &request).await.map_err(|it| TransportFailure::Proxy(Some(it)));
        }
        Protocol::Socks4a | Protocol::Socks5h => None,
        // Version 4 knows no IPv6.
        Protocol::Socks4 => tcp::look_up(host, port).await?.into_iter().find(SocketAddr::is_ipv4),
        Protocol::Socks5 => tcp::look_up(host, port).await?.into_iter().next(),
    };
    let tunnel = negotiate(stream, Socks::new(proxy, host, port, address)).await;
    tunnel.map_err(|it| TransportFailure::Proxy(Some(it)))
}

/// Asks for a tunnel in HTTP (RFC 9110 section 9.3.6). What the proxy sends before the client has said something is no part of
/// the tunnel, and is passed over.
async fn ask(mut stream: Stream, request: &[u8]) -> Result<Stream, ProxyCause> {
    let cut_off = |_| ProxyCause::NotHttp;
    stream.write_all(request).await.map_err(cut_off)?;
    stream.flush().await.map_err(cut_off)?;
    let mut answer = Vec::new();
    while stream.read_buf(&mut answer).await.map_err(cut_off)? > 0 {
        match Reply::read(&answer) {
            Reply::Granted => return Ok(stream),
            Reply::Refused(cause) => return Err(cause),
            Reply::Partial => {}
        }
    }
    Err(ProxyCause::NotHttp)
}

async fn negotiate(mut stream: Stream, mut socks: Socks<'_>) -> Result<Stream, ProxyCause> {
    let cut_off = |_| ProxyCause::SocksRefused;
    let mut answer = Vec::new();
    while let Some(step) = socks.next(&answer)? {
        stream.write_all(&step.words).await.map_err(cut_off)?;
        stream.flush().await.map_err(cut_off)?;
        answer.resize(step.answer_length, 0);
        stream.read_exact(&mut answer).await.map_err(cut_off)?;
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::{Proxies, Proxy};
    use core::time::Duration;
    use http::Uri;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_proxy_that_says_nothing_is_one_that_cannot_be_reached() {
        let (dead, _listener, _queue) = tcp::tests::dead().await;
        let proxies = Proxies::new(&Proxy::Url(format!("http://{dead}"))).unwrap();
        let dialler = Dialler { proxies, connect_timeout: Duration::from_millis(50), ..Dialler::default() };
        let result = dialler.open(&Uri::from_static("http://as.example/")).await;
        assert_eq!(result.err(), Some(TransportFailure::Proxy(Some(ProxyCause::NoConnection))));
    }
}
