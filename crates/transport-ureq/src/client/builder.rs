//! What can be set about a client.

use super::Client;
use crate::agents::Agents;
use crate::error::ClientError;
use crate::proxy::{Proxies, Proxy};
use crate::tls;
use core::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use ureq::http::HeaderValue;
use zeroize::Zeroizing;

/// Settings of a [`Client`], checked as a whole by [`build`](Self::build). `Debug` shows no key and no proxy.
///
/// ```
/// use std::time::Duration;
/// use transport_ureq::{Client, Proxy};
///
/// let client = Client::builder()
///     .user_agent("my-television/2.1")
///     .connect_timeout(Duration::from_secs(5))
///     .proxy(Proxy::None)
///     .build()?;
/// # Ok::<(), transport_ureq::ClientError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    roots: Vec<Vec<u8>>,
    identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    user_agent: String,
    connect_timeout: Duration,
    proxy: Proxy,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            roots: Vec::new(),
            identity: None,
            user_agent: concat!("device-flow/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            proxy: Proxy::default(),
        }
    }
}

impl ClientBuilder {
    /// Trusts these certificate authorities too, one or several in PEM, beside those that the platform trusts. May be
    /// called more than once.
    pub fn root_certificates_pem(mut self, pem: &[u8]) -> Self {
        self.roots.push(pem.to_vec());
        self
    }

    /// Shows this certificate to servers that ask for one (mutual TLS, RFC 8705): the chain in PEM, the client's own
    /// certificate first, and its key in PEM as PKCS#8, PKCS#1 or SEC1.
    pub fn client_certificate_pem(mut self, chain: &[u8], key: &[u8]) -> Self {
        self.identity = Some((chain.to_vec(), Zeroizing::new(key.to_vec())));
        self
    }

    /// The `User-Agent` header. Default: `device-flow/` and this crate's version.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.user_agent);
        self
    }

    /// How long looking up the host's name may take, and then connecting, with the TLS handshake and the proxy.
    /// Default: 10 s each. The time limit of the whole exchange is the machine's and counts too.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Which proxy to use. Default: what the environment says.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Makes the client. Reads the environment and certificates; opens no connection.
    ///
    /// A machine without any trust store is no error here: `http` on loopback and servers under
    /// [`root_certificates_pem`](Self::root_certificates_pem) can still be reached, others fail at the handshake.
    ///
    /// # Errors
    ///
    /// A [`ClientError`] that names the setting that cannot work.
    pub fn build(self) -> Result<Client, ClientError> {
        let mut roots = Vec::new();
        for pem in &self.roots {
            roots.extend(tls::roots(pem)?);
        }
        let identity = self.identity.as_ref().map(|(chain, key)| tls::identity(chain, key)).transpose()?;
        HeaderValue::try_from(&self.user_agent).map_err(|_| ClientError::UserAgent)?;
        Ok(Client {
            agents: Arc::new(Agents {
                tls: tls::config(&roots, identity),
                user_agent: self.user_agent,
                connect_timeout: self.connect_timeout,
                proxies: Proxies::new(&self.proxy)?,
                direct: OnceLock::new(),
                through_http_proxy: OnceLock::new(),
                through_https_proxy: OnceLock::new(),
                last_failure: Arc::new(Mutex::new(None)),
            }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("roots", &self.roots.len())
            .field("has_identity", &self.identity.is_some())
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("proxy", &self.proxy)
            .finish()
    }
}
