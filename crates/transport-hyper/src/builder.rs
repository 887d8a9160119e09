//! Setting up a client.

use crate::client::Client;
use crate::dial;
use crate::exchange::Http;
use core::error::Error;
use core::time::Duration;
use device_flow_transport::asynchronous::Dialler;
use device_flow_transport::{ClientError, Clock, add_header};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Uri};
use hyper::rt::{Read, Write};
use std::sync::Arc;
use tower_service::Service;

/// Sets up a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use transport_hyper::Client;
///
/// let client = Client::builder()
///     .user_agent("tv-app/2.1")
///     .default_header("x-tenant", "living-room")
///     .connect_timeout(Duration::from_secs(5))
///     .build()?;
/// # Ok::<(), transport_hyper::ClientError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it makes a client only when it is built"]
pub struct ClientBuilder {
    dialler: Dialler,
    #[cfg(feature = "proxy")]
    proxy: device_flow_transport::Proxy,
    headers: HeaderMap,
    user_agent: HeaderValue,
    max_idle: usize,
    /// The first setting that cannot be used.
    error: Option<ClientError>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            dialler: Dialler::default(),
            #[cfg(feature = "proxy")]
            proxy: device_flow_transport::Proxy::default(),
            headers: HeaderMap::new(),
            user_agent: HeaderValue::from_static(concat!("device-flow/", env!("CARGO_PKG_VERSION"))),
            max_idle: 10_000,
            error: None,
        }
    }
}

/// Whom to trust, and who to be. Certificates are judged by rustls over ring: by the platform's trust store and by what is
/// added here.
#[cfg(feature = "tls")]
impl ClientBuilder {
    /// Trusts these authorities too: one or more certificates in PEM. May be called again to add more.
    pub fn root_certificates_pem(mut self, pem: &[u8]) -> Self {
        let added = self.dialler.tls.add_roots(pem);
        self.note(added)
    }

    /// Trusts the authorities that were [added](Self::root_certificates_pem) and nobody else.
    pub fn only_added_roots(mut self) -> Self {
        self.dialler.tls.trust_added_roots_only();
        self
    }

    /// Shows this certificate to servers that ask for one (mutual TLS), and to no proxy: the chain in PEM, the client's own certificate
    /// first, and its private key in PEM, not encrypted.
    pub fn client_certificate_pem(mut self, chain: &[u8], key: &[u8]) -> Self {
        let set = self.dialler.tls.set_identity(chain, key);
        self.note(set)
    }

    /// Speaks TLS with settings of the caller's own, which take the place of all that is said about TLS besides, before or after. HTTP/1.1 is
    /// all that is offered to servers (ALPN).
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.dialler.tls = device_flow_transport::Tls::given(config);
        self
    }
}

impl ClientBuilder {
    /// What the client calls itself. Default: `device-flow/` and the version of this crate.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        let value = HeaderValue::from_str(user_agent).map_err(|_| ClientError::UserAgent);
        let set = value.map(|it| self.user_agent = it);
        self.note(set)
    }

    /// A header for every request in which the machine names none of that name. May be called again to add more.
    ///
    /// It goes to every host that a machine asks, one to which a discovery is redirected included. What is for one server alone is
    /// better said with [`Config::header`](device_flow_core::Config::header).
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        let added = add_header(&mut self.headers, name, value);
        self.note(added)
    }

    /// How long it may take to connect, including name resolution, a proxy and the TLS handshake. Default: 10 s. The
    /// machine's limit for the whole exchange applies besides.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.dialler.connect_timeout = timeout;
        self
    }

    /// How many idle connections are kept at most. Default: 10,000. There are never more than were in use at once. One that has
    /// been idle for five minutes is not used again, and is closed at the next request or with the client.
    pub fn max_idle_connections(mut self, max: usize) -> Self {
        self.max_idle = max;
        self
    }

    /// Which proxy to go through. Default: [`Proxy::Environment`](crate::Proxy::Environment).
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, proxy: device_flow_transport::Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// The clock that machines are driven by. Default: [`SystemClock`](crate::SystemClock). Sleeping is tokio's all the same, so give one that
    /// goes with tokio's timers, as [`TokioClock`](crate::TokioClock) does.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.dialler.clock = clock;
        self
    }

    /// Connects in a way of the caller's own: the connector is told the address of the request and gives a stream to there,
    /// on which the client speaks TLS if that is `https`. No proxy is asked. What is said about connecting applies.
    ///
    /// ```
    /// use hyper_util::client::legacy::connect::HttpConnector;
    /// use std::net::Ipv4Addr;
    /// use transport_hyper::Client;
    ///
    /// let mut connector = HttpConnector::new();
    /// connector.enforce_http(false);
    /// connector.set_local_address(Some(Ipv4Addr::LOCALHOST.into()));
    /// let client = Client::builder().connector(connector).build()?;
    /// # Ok::<(), transport_hyper::ClientError>(())
    /// ```
    pub fn connector<C>(mut self, connector: C) -> Self
    where
        C: Service<Uri, Response: Read + Write + Send + Unpin + 'static, Future: Send>,
        C: Clone + Send + Sync + 'static,
        C::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        self.dialler.dial = Some(dial::by(connector));
        self
    }

    /// Connects to a socket of the file system, whatever the address of the request. No proxy is asked.
    #[cfg(unix)]
    pub fn unix_socket(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.dialler.dial = Some(device_flow_transport::asynchronous::to_unix_socket(path.into()));
        self
    }

    /// Makes the client. The environment is read here, the platform's trust store when a server is first reached over TLS.
    ///
    /// # Errors
    ///
    /// A [`ClientError`] that names the setting that cannot be used.
    pub fn build(mut self) -> Result<Client, ClientError> {
        self.error.map_or(Ok(()), Err)?;
        // What goes another way does not need the environment to be right.
        #[cfg(feature = "proxy")]
        if self.dialler.dial.is_none() {
            self.dialler.proxies = device_flow_transport::Proxies::new(&self.proxy)?;
        }
        self.headers.entry(USER_AGENT).or_insert(self.user_agent);
        Ok(Client { http: Arc::new(Http::new(self.dialler, self.headers, self.max_idle)) })
    }

    fn note(mut self, result: Result<(), ClientError>) -> Self {
        self.error = self.error.or(result.err());
        self
    }
}
