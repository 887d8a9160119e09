//! What can be set about a client.

use super::{Client, Shared};
use crate::connector::{Dialler, Nowhere};
use crate::workers::Workers;
use core::fmt;
#[cfg(feature = "tls")]
use device_flow_transport::Tls;
use device_flow_transport::{ClientError, Clock, SystemClock, add_header};
#[cfg(feature = "proxy")]
use device_flow_transport::{Proxies, Proxy};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
#[cfg(feature = "tls")]
use zeroize::Zeroizing;

/// How long a connection may be idle and still be used: longer than the pause between two polls of a patient server. One that
/// the server has closed meanwhile is noticed.
const MAX_IDLE: Duration = Duration::from_secs(300);

/// Settings of a [`Client`], checked as a whole by [`build`](Self::build). `Debug` shows no key, no header's value and no
/// proxy's address.
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
#[must_use]
pub struct ClientBuilder {
    user_agent: String,
    headers: Vec<(String, String)>,
    connect_timeout: Duration,
    max_idle_connections: usize,
    clock: Arc<dyn Clock>,
    agent: Option<Agent>,
    #[cfg(unix)]
    path: Option<std::path::PathBuf>,
    #[cfg(feature = "proxy")]
    proxy: Proxy,
    #[cfg(feature = "tls")]
    tls: TlsSettings,
}

#[cfg(feature = "tls")]
#[derive(Clone, Default)]
struct TlsSettings {
    roots: Vec<Vec<u8>>,
    has_only_added_roots: bool,
    identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    config: Option<Arc<rustls::ClientConfig>>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            user_agent: concat!("device-flow/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            max_idle_connections: usize::MAX,
            clock: Arc::new(SystemClock),
            agent: None,
            #[cfg(unix)]
            path: None,
            #[cfg(feature = "proxy")]
            proxy: Proxy::default(),
            #[cfg(feature = "tls")]
            tls: TlsSettings::default(),
        }
    }
}

impl ClientBuilder {
    /// The `User-Agent` header. Default: `device-flow/` and this crate's version.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.user_agent);
        self
    }

    /// A header for every request that has none of this name from its machine. May be called more than once.
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How long connecting may take: looking up the host's name, the proxy and the TLS handshake included. Default: 10 s.
    /// The time limit of the whole exchange is the machine's and counts too.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How many connections are kept for later requests at most. Default: as many as were ever in use at once. Each is kept
    /// for five minutes at most, so that a sign-in needs one, whatever interval its server asks for.
    pub fn max_idle_connections(mut self, count: usize) -> Self {
        self.max_idle_connections = count;
        self
    }

    /// The clock that machines are driven by. Default: the [`SystemClock`]. With a
    /// [`VirtualClock`](crate::VirtualClock) nothing waits between two requests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sends requests with this agent of ureq's.
    ///
    /// Connections are then the agent's: proxies, names, whom to trust, the limits of connecting and of its pool are what it
    /// was made with, and what this builder says about them is not looked at. What machines rely on is still set request by
    /// request: the time limit, no redirects, and answers whatever their status. An agent's middleware and cookies are its
    /// owner's affair. A request that is given up goes on in the background until its time limit, because ureq cannot hang up
    /// on one request alone.
    pub fn agent(mut self, agent: Agent) -> Self {
        self.agent = Some(agent);
        self
    }

    /// Sends requests over this socket in the file system, whatever host they are for: to an agent on the same machine, say.
    /// It takes the place of proxies.
    #[cfg(unix)]
    pub fn unix_socket(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Which proxy to use. Default: what the environment says.
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Trusts these certificate authorities too, one or several in PEM, beside those that the platform trusts. May be
    /// called more than once.
    #[cfg(feature = "tls")]
    pub fn root_certificates_pem(mut self, pem: &[u8]) -> Self {
        self.tls.roots.push(pem.to_vec());
        self
    }

    /// Trusts the authorities of [`root_certificates_pem`](Self::root_certificates_pem) and nobody else.
    #[cfg(feature = "tls")]
    pub fn only_added_roots(mut self) -> Self {
        self.tls.has_only_added_roots = true;
        self
    }

    /// Shows this certificate to servers that ask for one (mutual TLS, RFC 8705): the chain in PEM, the client's own
    /// certificate first, and its key in PEM as PKCS#8, PKCS#1 or SEC1.
    #[cfg(feature = "tls")]
    pub fn client_certificate_pem(mut self, chain: &[u8], key: &[u8]) -> Self {
        self.tls.identity = Some((chain.to_vec(), Zeroizing::new(key.to_vec())));
        self
    }

    /// Speaks TLS by these settings, in place of all others about trust and certificates.
    #[cfg(feature = "tls")]
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls.config = Some(config);
        self
    }

    /// Makes the client. Reads the environment and certificates; opens no connection.
    ///
    /// A machine without any trust store is no error here: `http` on loopback and servers under authorities that were added
    /// can still be reached, others fail at the handshake.
    ///
    /// # Errors
    ///
    /// A [`ClientError`] that names the setting that cannot work.
    pub fn build(self) -> Result<Client, ClientError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            add_header(&mut headers, name, value)?;
        }
        let user_agent = HeaderValue::try_from(&self.user_agent).map_err(|_| ClientError::UserAgent)?;
        headers.entry(USER_AGENT).or_insert(user_agent);
        #[cfg(feature = "tls")]
        let tls = self.tls.build()?;
        let is_agent_given = self.agent.is_some();
        #[cfg(feature = "proxy")]
        let proxies = Arc::new(Proxies::new(if self.has_own_way() { &Proxy::None } else { &self.proxy })?);
        let agent = self.agent.unwrap_or_else(|| {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .proxy(None)
                .max_idle_age(MAX_IDLE)
                .max_idle_connections(self.max_idle_connections)
                .max_idle_connections_per_host(self.max_idle_connections)
                .build();
            let dialler = Dialler {
                connect_timeout: self.connect_timeout,
                #[cfg(unix)]
                path: self.path,
                #[cfg(feature = "proxy")]
                proxies: Arc::clone(&proxies),
                #[cfg(feature = "tls")]
                tls,
            };
            Agent::with_parts(config, dialler, Nowhere)
        });
        Ok(Client {
            shared: Arc::new(Shared {
                agent,
                is_agent_given,
                #[cfg(feature = "proxy")]
                proxies,
                headers,
                clock: self.clock,
                workers: Workers::default(),
            }),
        })
    }

    /// Whether no proxy stands on the way of requests.
    #[cfg(feature = "proxy")]
    fn has_own_way(&self) -> bool {
        #[cfg(unix)]
        return self.agent.is_some() || self.path.is_some();
        #[cfg(not(unix))]
        return self.agent.is_some();
    }
}

#[cfg(feature = "tls")]
impl TlsSettings {
    fn build(&self) -> Result<Tls, ClientError> {
        let mut tls = self.config.clone().map_or_else(Tls::default, Tls::given);
        for pem in &self.roots {
            tls.add_roots(pem)?;
        }
        if self.has_only_added_roots {
            tls.trust_added_roots_only();
        }
        if let Some((chain, key)) = &self.identity {
            tls.set_identity(chain, key)?;
        }
        Ok(tls)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        let mut debug = f.debug_struct("ClientBuilder");
        debug
            .field("user_agent", &self.user_agent)
            .field("headers", &names)
            .field("connect_timeout", &self.connect_timeout)
            .field("max_idle_connections", &self.max_idle_connections)
            .field("clock", &self.clock)
            .field("has_agent", &self.agent.is_some());
        #[cfg(feature = "proxy")]
        debug.field("proxy", &self.proxy);
        #[cfg(feature = "tls")]
        debug.field("roots", &self.tls.roots.len()).field("has_identity", &self.tls.identity.is_some());
        debug.finish_non_exhaustive()
    }
}
