//! How connections are made: dialled, through a proxy where there is one, and over TLS where the server speaks it.

use crate::connection::{Connection, ForProxy, judge};
use crate::dial::dial;
use crate::line::Line;
use crate::stream::Stream;
use core::time::Duration;
use device_flow_core::TransportFailure;
use device_flow_transport::Caused;
use http::Uri;
use http::uri::Scheme;
use socket2::Socket;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

/// What connections are made by.
#[derive(Clone, Debug)]
pub(crate) struct Dialler {
    pub(crate) connect_timeout: Duration,
    #[cfg(unix)]
    pub(crate) path: Option<std::path::PathBuf>,
    #[cfg(feature = "proxy")]
    pub(crate) proxies: Arc<device_flow_transport::Proxies>,
    #[cfg(feature = "tls")]
    pub(crate) tls: device_flow_transport::Tls,
}

/// Where a request is to go.
pub(crate) struct Target<'a> {
    pub(crate) authority: &'a str,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) is_secure: bool,
}

/// A connection that is being made.
pub(crate) struct Attempt<'a> {
    pub(crate) line: &'a Line,
    pub(crate) until: Instant,
}

impl Default for Dialler {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            #[cfg(unix)]
            path: None,
            #[cfg(feature = "proxy")]
            proxies: Arc::default(),
            #[cfg(feature = "tls")]
            tls: device_flow_transport::Tls::default(),
        }
    }
}

impl Connector for Dialler {
    type Out = Connection;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Connection>, Error> {
        // Nobody uses this connector but exchanges, and they are on a line.
        let line = Line::current().ok_or(Error::ConnectionFailed)?;
        match self.open(details.uri, &line) {
            Ok((stream, for_proxy)) => Ok(Some(Connection::new(stream, line, for_proxy))),
            Err(error) => Err(Error::Other(Box::new(Caused(judge(&error, &line))))),
        }
    }
}

impl Dialler {
    /// Whether all connections lead to a socket in the file system.
    #[cfg(feature = "proxy")]
    pub(crate) const fn has_path(&self) -> bool {
        #[cfg(unix)]
        return self.path.is_some();
        #[cfg(not(unix))]
        return false;
    }

    fn open(&self, uri: &Uri, line: &Line) -> io::Result<(Stream, Option<ForProxy>)> {
        let limit = Instant::now().checked_add(self.connect_timeout);
        let attempt = Attempt { line, until: limit.map_or(line.deadline, |limit| limit.min(line.deadline)) };
        let target = Target::of(uri).ok_or(Caused(TransportFailure::Other))?;
        let (stream, for_proxy) = self.reach(uri, &target, &attempt)?;
        if !target.is_secure {
            return Ok((stream, for_proxy));
        }
        #[cfg(feature = "tls")]
        return Ok((stream.secured(target.host, &self.tls)?, None));
        #[cfg(not(feature = "tls"))]
        return Err(Caused(TransportFailure::Tls(None)).into());
    }

    /// A stream to the server, or to a proxy that passes requests on.
    fn reach(&self, uri: &Uri, target: &Target<'_>, attempt: &Attempt<'_>) -> io::Result<(Stream, Option<ForProxy>)> {
        #[cfg(unix)]
        if let Some(path) = &self.path {
            return Ok((attempt.begin(crate::dial::dial_path(path)?)?, None));
        }
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxies.route(uri) {
            return crate::through::through(proxy, target, attempt, self);
        }
        let _ = uri;
        Ok((attempt.begin(dial(target.host, target.port, attempt.line, attempt.until)?)?, None))
    }
}

impl<'a> Target<'a> {
    fn of(uri: &'a Uri) -> Option<Self> {
        let is_secure = uri.scheme()? == &Scheme::HTTPS;
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Some(Self { authority: uri.authority()?.as_str(), host: uri.host()?, port, is_secure })
    }
}

impl Attempt<'_> {
    /// Begins a stream that ends when whoever waits for it hangs up.
    pub(crate) fn begin(&self, socket: Socket) -> io::Result<Stream> {
        let socket = Arc::new(socket);
        self.line.connect(&socket)?;
        Ok(Stream::new(socket, self.until))
    }
}

/// Answers for ureq, which wants every name looked up before it looks into its pool. Names are looked up by [`Dialler`].
#[derive(Debug)]
pub(crate) struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        Ok(addresses)
    }
}
