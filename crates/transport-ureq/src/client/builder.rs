//! What can be set about a client.

use super::{Client, Shared};
use crate::connector::{Nowhere, OnLine};
use core::fmt;
use device_flow_transport::blocking::Dialler;
use device_flow_transport::{ClientError, Clock, SystemClock, add_header};
#[cfg(feature = "proxy")]
use device_flow_transport::{Proxies, Proxy};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;

/// How long a connection may be idle and still be used: longer than the pause between two polls of a patient server. One that
/// the server has closed meanwhile is noticed.
const MAX_IDLE: Duration = Duration::from_secs(300);

/// Settings of a [`Client`]. `Debug` shows no key, no header's value and no proxy's address.
///
/// ```
/// use std::time::Duration;
/// use transport_ureq::Client;
///
/// let client = Client::builder()
///     .user_agent("my-television/2.1")
///     .connect_timeout(Duration::from_secs(5))
///     .default_header("X-Room", "kitchen")
///     .build()?;
/// # Ok::<(), transport_ureq::ClientError>(())
/// ```
#[derive(Clone)]
#[must_use = "it makes a client only when it is built"]
pub struct ClientBuilder {
    dialler: Dialler,
    #[cfg(feature = "proxy")]
    proxy: Proxy,
    headers: HeaderMap,
    user_agent: HeaderValue,
    max_idle_connections: usize,
    clock: Arc<dyn Clock>,
    agent: Option<Agent>,
    /// The first setting that cannot work.
    error: Option<ClientError>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            dialler: Dialler::default(),
            #[cfg(feature = "proxy")]
            proxy: Proxy::default(),
            headers: HeaderMap::new(),
            user_agent: HeaderValue::from_static(concat!("device-flow/", env!("CARGO_PKG_VERSION"))),
            max_idle_connections: 10_000,
            clock: Arc::new(SystemClock),
            agent: None,
            error: None,
        }
    }
}

/// Whom to trust, and who to be.
#[cfg(feature = "tls")]
impl ClientBuilder {
    /// Trusts these certificate authorities too, one or several in PEM, beside those that the platform trusts. May be
    /// called more than once.
    pub fn root_certificates_pem(mut self, pem: &[u8]) -> Self {
        let result = self.dialler.tls.add_roots(pem);
        self.note(result)
    }

    /// Trusts the authorities of [`root_certificates_pem`](Self::root_certificates_pem) and nobody else.
    pub fn only_added_roots(mut self) -> Self {
        self.dialler.tls.trust_added_roots_only();
        self
    }

    /// Shows this certificate to servers that ask for one (mutual TLS, RFC 8705), and to no proxy: the chain in PEM, the client's own
    /// certificate first, and its key in PEM as PKCS#8, PKCS#1 or SEC1.
    pub fn client_certificate_pem(mut self, chain: &[u8], key: &[u8]) -> Self {
        let result = self.dialler.tls.set_identity(chain, key);
        self.note(result)
    }

    /// Speaks TLS by these settings, which take the place of all that is said about TLS besides, before or after.
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.dialler.tls = device_flow_transport::Tls::given(config);
        self
    }
}

impl ClientBuilder {
    /// The `User-Agent` header. Default: `device-flow/` and this crate's version.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        let value = HeaderValue::from_str(user_agent).map_err(|_| ClientError::UserAgent);
        let result = value.map(|it| self.user_agent = it);
        self.note(result)
    }

    /// A header for every request that has none of this name from its machine. May be called more than once.
    ///
    /// It goes to every host that a machine asks, one to which a discovery is redirected included. What is for one server alone is
    /// better said with [`Config::header`](device_flow_core::Config::header).
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        let result = add_header(&mut self.headers, name, value);
        self.note(result)
    }

    /// How long connecting may take: looking up the host's name, the proxy and the TLS handshake included. Default: 10 s.
    /// The time limit of the whole exchange is the machine's and counts too.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.dialler.connect_timeout = timeout;
        self
    }

    /// How many idle connections are kept at most. Default: 10,000. There are never more than were in use at once, and none
    /// is used again after five minutes.
    pub fn max_idle_connections(mut self, count: usize) -> Self {
        self.max_idle_connections = count;
        self
    }

    /// Which proxy to use. Default: what the environment says.
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// The clock that machines are driven by. Default: the [`SystemClock`]. With a
    /// [`VirtualClock`](crate::VirtualClock) nobody waits between two requests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sends requests over this socket in the file system, whatever host they are for. No proxy is asked.
    #[cfg(unix)]
    pub fn unix_socket(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.dialler.path = Some(path.into());
        self
    }

    /// Sends requests with this agent of ureq's.
    ///
    /// Connections are then the agent's: proxies, names, whom to trust, the limits of connecting and of its pool are what it
    /// was made with, and what this builder says about them does not apply. What machines rely on is set request by request:
    /// the time limit, no redirects, and answers whatever their status. An agent does not tell how a connection ended, so an answer
    /// that has no length and is no JSON counts as cut off. Middleware and cookies are the caller's affair. A
    /// request that is given up goes on in the background until its time limit, because ureq cannot hang up on one request
    /// alone.
    ///
    /// ```
    /// use transport_ureq::{Client, ureq::Agent};
    ///
    /// let agent = Agent::config_builder().no_delay(true).build().new_agent();
    /// let client = Client::builder().agent(agent).build()?;
    /// # Ok::<(), transport_ureq::ClientError>(())
    /// ```
    pub fn agent(mut self, agent: Agent) -> Self {
        self.agent = Some(agent);
        self
    }

    /// Makes the client. The environment is read here, the platform's trust store when a server is first reached over TLS.
    ///
    /// A machine without any trust store is no error: `http` on loopback and servers under authorities that were added can
    /// still be reached, others fail at the handshake.
    ///
    /// # Errors
    ///
    /// A [`ClientError`] that names the setting that cannot work.
    #[cfg_attr(not(feature = "proxy"), expect(unused_mut, reason = "there are no proxies to set"))]
    pub fn build(mut self) -> Result<Client, ClientError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        // What goes another way does not need the environment to be right.
        #[cfg(feature = "proxy")]
        if self.agent.is_none() && !self.dialler.leads_to_path() {
            self.dialler.proxies = Arc::new(Proxies::new(&self.proxy)?);
        }
        let dialler = Arc::new(self.dialler);
        let mut headers = self.headers;
        headers.entry(USER_AGENT).or_insert(self.user_agent);
        let is_agent_given = self.agent.is_some();
        let agent = self.agent.unwrap_or_else(|| {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .proxy(None)
                .max_idle_age(MAX_IDLE)
                .max_idle_connections(self.max_idle_connections)
                .max_idle_connections_per_host(self.max_idle_connections);
            Agent::with_parts(config.build(), OnLine(Arc::clone(&dialler)), Nowhere)
        });
        let shared = Shared { agent, is_agent_given, dialler, headers, clock: self.clock };
        Ok(Client { shared: Arc::new(shared) })
    }

    fn note(mut self, result: Result<(), ClientError>) -> Self {
        self.error = self.error.or(result.err());
        self
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers may be secrets, and the proxy's address may have one in it.
        f.debug_struct("ClientBuilder")
            .field("dialler", &self.dialler)
            .field("user_agent", &self.user_agent)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
