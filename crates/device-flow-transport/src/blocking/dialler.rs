//! How connections are made: dialled, through a proxy where there is one, and over TLS where the server speaks it.

use super::dial::dial;
use super::line::Line;
use super::stream::Stream;
use crate::cause::Caused;
use crate::destination::{is_https, port};
use core::fmt;
use core::time::Duration;
use device_flow_core::TransportFailure;
use http::Uri;
use socket2::Socket;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use zeroize::Zeroizing;

/// What connections are made by.
#[derive(Clone, Debug)]
pub struct Dialler {
    /// How long connecting may take, from looking up the name to the end of the TLS handshake.
    pub connect_timeout: Duration,
    /// A socket in the file system to which all connections lead, past any proxy.
    #[cfg(unix)]
    pub path: Option<std::path::PathBuf>,
    /// The proxies on the way.
    #[cfg(feature = "proxy")]
    pub proxies: Arc<crate::Proxies>,
    /// Whom to trust, and who to be.
    #[cfg(feature = "tls")]
    pub tls: crate::Tls,
}

/// What the head of a request has to have in it when a proxy passes it on (RFC 9112 section 3.2.2). `Debug` shows no field.
pub struct ForProxy {
    /// Scheme, host and port, which stand before the path.
    pub origin: String,
    /// Whole lines for the proxy itself.
    pub fields: Zeroizing<Vec<u8>>,
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
            tls: crate::Tls::default(),
        }
    }
}

impl Dialler {
    /// Whether all connections lead to a socket in the file system.
    pub const fn leads_to_path(&self) -> bool {
        #[cfg(unix)]
        return self.path.is_some();
        #[cfg(not(unix))]
        return false;
    }

    /// Whether requests to this address are handed to a proxy as they are, which may answer in the server's stead.
    pub fn hands_on(&self, uri: &Uri) -> bool {
        #[cfg(feature = "proxy")]
        if !is_https(uri) && !self.leads_to_path() {
            return self.proxies.route(uri).is_some_and(|proxy| proxy.protocol().is_http());
        }
        let _ = uri;
        false
    }

    /// What a proxy said that answered with 407 and this head in the server's stead.
    pub fn refused(headers: &http::HeaderMap) -> TransportFailure {
        #[cfg(feature = "proxy")]
        return crate::refused(headers);
        #[cfg(not(feature = "proxy"))]
        {
            let _ = headers;
            TransportFailure::Proxy(None)
        }
    }

    /// Makes a connection for a request to this address. It may be read and written until the line's deadline.
    ///
    /// # Errors
    ///
    /// What the system, rustls or a proxy says. [`Line::judge`] tells what it comes down to.
    pub fn open(&self, uri: &Uri, line: &Line) -> io::Result<(Stream, Option<ForProxy>)> {
        let limit = Instant::now().checked_add(self.connect_timeout);
        let attempt = Attempt { line, until: limit.map_or(line.deadline(), |limit| limit.min(line.deadline())) };
        let target = Target::of(uri).ok_or(Caused(TransportFailure::Other))?;
        let (mut stream, mut for_proxy) = self.reach(uri, &target, &attempt)?;
        if target.is_secure {
            #[cfg(feature = "tls")]
            ((stream, for_proxy) = (stream.secured(target.host, self.tls.config())?, None));
            #[cfg(not(feature = "tls"))]
            return Err(Caused(TransportFailure::Tls(None)).into());
        }
        stream.set_deadline(line.deadline());
        Ok((stream, for_proxy.take()))
    }

    /// A stream to the server, or to a proxy that passes requests on.
    fn reach(&self, uri: &Uri, target: &Target<'_>, attempt: &Attempt<'_>) -> io::Result<(Stream, Option<ForProxy>)> {
        #[cfg(unix)]
        if let Some(path) = &self.path {
            return Ok((attempt.begin(super::dial::dial_path(path)?)?, None));
        }
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxies.route(uri) {
            return super::through::through(proxy, target, attempt, self);
        }
        let _ = uri;
        Ok((attempt.begin(dial(target.host, target.port, attempt.line, attempt.until)?)?, None))
    }
}

/// Where a request is to go.
pub(super) struct Target<'a> {
    #[cfg(feature = "proxy")]
    pub(super) authority: &'a str,
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) is_secure: bool,
}

impl<'a> Target<'a> {
    fn of(uri: &'a Uri) -> Option<Self> {
        Some(Self {
            #[cfg(feature = "proxy")]
            authority: uri.authority()?.as_str(),
            host: uri.host()?,
            port: port(uri),
            is_secure: is_https(uri),
        })
    }
}

/// A connection that is being made.
pub(super) struct Attempt<'a> {
    pub(super) line: &'a Line,
    pub(super) until: Instant,
}

impl Attempt<'_> {
    /// Begins a stream that ends when whoever waits for it hangs up.
    pub(super) fn begin(&self, socket: Socket) -> io::Result<Stream> {
        let stream = Stream::new(Arc::new(socket), self.until);
        self.line.connect(&stream)?;
        Ok(stream)
    }
}

impl fmt::Debug for ForProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForProxy").field("origin", &self.origin).finish_non_exhaustive()
    }
}
