//! The way through a proxy.

use super::dial::{dial, look_up};
use super::dialler::{Attempt, Dialler, ForProxy, Target};
use super::stream::Stream;
use crate::cause::{Caused, failure};
use crate::proxy::{Protocol, ProxyAddress, Reply, Socks};
use device_flow_core::{ProxyCause, TransportFailure};
use std::io::{self, ErrorKind, Read as _, Write as _};
use zeroize::Zeroizing;

/// A stream through this proxy: a tunnel to the server, or for plain `http` the proxy itself, which passes requests on.
pub(super) fn through(
    proxy: &ProxyAddress,
    target: &Target<'_>,
    attempt: &Attempt<'_>,
    dialler: &Dialler,
) -> io::Result<(Stream, Option<ForProxy>)> {
    let mut stream = reach(proxy, attempt, dialler).map_err(|error| unreachable(error, attempt))?;
    if !proxy.protocol().is_http() {
        socks(&mut stream, proxy, target, attempt)?;
    } else if target.is_secure {
        tunnel(&mut stream, proxy, target)?;
    } else {
        return Ok((stream, Some(for_proxy(proxy, target))));
    }
    Ok((stream, None))
}

/// A stream to the proxy itself.
fn reach(proxy: &ProxyAddress, attempt: &Attempt<'_>, dialler: &Dialler) -> io::Result<Stream> {
    let stream = attempt.begin(dial(proxy.host(), proxy.port(), attempt.line, attempt.until)?)?;
    if proxy.protocol() != Protocol::Https {
        return Ok(stream);
    }
    let _ = dialler;
    #[cfg(feature = "tls")]
    return stream.secured(proxy.host(), dialler.tls.config_for_proxies());
    #[cfg(not(feature = "tls"))]
    return Err(Caused(TransportFailure::Tls(None)).into());
}

/// The proxy, not the server, is what cannot be reached; unless there was no time left for anything.
fn unreachable(error: io::Error, attempt: &Attempt<'_>) -> io::Error {
    match failure(&error, attempt.line.phase()) {
        Some(TransportFailure::Connect(_)) if !attempt.line.is_over() => no_way(ProxyCause::NoConnection),
        _ => error,
    }
}

fn no_way(cause: ProxyCause) -> io::Error {
    Caused(TransportFailure::Proxy(Some(cause))).into()
}

/// Asks for a tunnel (RFC 9110 section 9.3.6).
fn tunnel(stream: &mut Stream, proxy: &ProxyAddress, target: &Target<'_>) -> io::Result<()> {
    say(stream, &proxy.connect_request(&format!("{}:{}", target.host, target.port)))
        .map_err(|error| cut_off(error, ProxyCause::NotHttp))?;
    let mut heard = Vec::new();
    loop {
        let mut more = [0; 1024];
        let amount = stream.read(&mut more).map_err(|error| cut_off(error, ProxyCause::NotHttp))?;
        if amount == 0 {
            return Err(no_way(ProxyCause::NotHttp));
        }
        heard.extend_from_slice(more.get(..amount).unwrap_or_default());
        match Reply::read(&heard) {
            Reply::Partial => {}
            Reply::Granted => return Ok(()),
            Reply::Refused(cause) => return Err(no_way(cause)),
        }
    }
}

fn for_proxy(proxy: &ProxyAddress, target: &Target<'_>) -> ForProxy {
    let origin = format!("http://{}", target.authority);
    let mut fields = Zeroizing::new(Vec::new());
    if let Some(value) = proxy.authorization() {
        *fields = [b"proxy-authorization: ", value.as_bytes(), b"\r\n"].concat();
    }
    ForProxy { origin, fields }
}

/// Negotiates with a SOCKS proxy.
fn socks(stream: &mut Stream, proxy: &ProxyAddress, target: &Target<'_>, attempt: &Attempt<'_>) -> io::Result<()> {
    let address = if matches!(proxy.protocol(), Protocol::Socks4 | Protocol::Socks5) {
        let found = look_up(target.host, target.port, attempt.line, attempt.until)?;
        // SOCKS 4 knows no IPv6.
        found.into_iter().find(|it| it.is_ipv4() || proxy.protocol() == Protocol::Socks5)
    } else {
        None
    };
    let mut negotiation = Socks::new(proxy, target.host, target.port, address);
    let mut heard = Vec::new();
    while let Some(step) = negotiation.next(&heard).map_err(no_way)? {
        heard.resize(step.answer_length, 0);
        let answered = say(stream, &step.words).and_then(|()| stream.read_exact(&mut heard));
        answered.map_err(|error| cut_off(error, ProxyCause::SocksRefused))?;
    }
    Ok(())
}

fn say(stream: &mut Stream, words: &[u8]) -> io::Result<()> {
    stream.write_all(words)?;
    stream.flush()
}

/// A proxy that breaks off in the middle of a negotiation has refused; one that takes too long has not.
fn cut_off(error: io::Error, cause: ProxyCause) -> io::Error {
    if error.kind() == ErrorKind::TimedOut { error } else { no_way(cause) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocking::Line;
    use crate::{Proxies, Proxy};
    use core::time::Duration;
    use std::sync::Arc;

    #[test]
    fn a_proxy_that_says_nothing_when_tls_begins_is_one_that_cannot_be_reached() {
        let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let proxy = format!("https://{}", silent.local_addr().unwrap());
        let proxies = Arc::new(Proxies::new(&Proxy::Url(proxy)).unwrap());
        let dialler = Dialler { proxies, connect_timeout: Duration::from_millis(50), ..Dialler::default() };
        let line = Line::new(Duration::from_secs(20));
        let error = dialler.open(&http::Uri::from_static("https://as.example/"), &line).unwrap_err();
        assert_eq!(line.judge(&error), TransportFailure::Proxy(Some(ProxyCause::NoConnection)));
    }
}
