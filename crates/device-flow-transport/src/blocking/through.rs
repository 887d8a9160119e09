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
    let socket =
        dial(proxy.host(), proxy.port(), attempt.line, attempt.until).map_err(|error| unreachable(error, attempt))?;
    let mut stream = attempt.begin(socket)?;
    if proxy.protocol() == Protocol::Https {
        #[cfg(feature = "tls")]
        (stream = stream.secured(proxy.host(), &dialler.tls)?);
        #[cfg(not(feature = "tls"))]
        return Err(Caused(TransportFailure::Tls(None)).into());
    }
    let _ = dialler;
    if !proxy.protocol().is_http() {
        socks(&mut stream, proxy, target, attempt)?;
    } else if target.is_secure {
        tunnel(&mut stream, proxy, target)?;
    } else {
        return Ok((stream, Some(for_proxy(proxy, target))));
    }
    Ok((stream, None))
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
    stream.write_all(&proxy.connect_request(&format!("{}:{}", target.host, target.port)))?;
    stream.flush()?;
    let mut heard = Vec::new();
    loop {
        let mut more = [0; 1024];
        let amount = match stream.read(&mut more) {
            Err(error) if error.kind() == ErrorKind::TimedOut => return Err(error),
            // Cut off in the middle of what it says.
            Ok(0) | Err(_) => return Err(no_way(ProxyCause::NotHttp)),
            Ok(amount) => amount,
        };
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
        stream.write_all(&step.words)?;
        stream.flush()?;
        heard.resize(step.answer_length, 0);
        stream.read_exact(&mut heard)?;
    }
    Ok(())
}
