//! Setting up a client.

use crate::client::Client;
use crate::error::ClientError;
use crate::exchange::Http;
use crate::proxy::{Proxies, Proxy};
use crate::tls::Tls;
use http::HeaderValue;
use std::time::Duration;

/// Sets up a [`Client`].
///
/// Certificates are judged by the platform's trust store and by what is added here, with rustls over ring.
///
/// ```
/// use std::time::Duration;
/// use transport_hyper::{Client, Proxy};
///
/// let client = Client::builder()
///     .user_agent("tv-app/2.1")
///     .connect_timeout(Duration::from_secs(5))
///     .proxy(Proxy::Url("http://proxy.example:3128".to_owned()))
///     .build()?;
/// # Ok::<(), transport_hyper::ClientError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it makes a client only when it is built"]
pub struct ClientBuilder {
    tls: Tls,
    user_agent: String,
    connect_timeout: Duration,
    proxy: Proxy,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            tls: Tls::default(),
            user_agent: concat!("device-flow/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            proxy: Proxy::default(),
        }
    }
}

impl ClientBuilder {
    /// Trusts these authorities too: one or more certificates in PEM. May be called again to add more.
    pub fn root_certificates_pem(mut self, pem: &[u8]) -> Self {
        self.tls.add_roots(pem);
        self
    }

    /// Shows this certificate to servers that ask for one (mutual TLS): the chain in PEM, the client's own certificate
    /// first, and its private key in PEM, not encrypted.
    pub fn client_certificate_pem(mut self, chain: &[u8], key: &[u8]) -> Self {
        self.tls.set_identity(chain, key);
        self
    }

    /// What the client calls itself. Default: `device-flow/` and the version of this crate.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.user_agent);
        self
    }

    /// How long it may take to connect, including name resolution, a proxy and the TLS handshake. Default: 10 s. The
    /// machine's limit for the whole exchange applies besides.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Which proxy to go through. Default: [`Proxy::Environment`].
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Makes the client. The environment and the trust store are read here, once.
    ///
    /// # Errors
    ///
    /// A [`ClientError`] that names the setting that cannot be used.
    pub fn build(self) -> Result<Client, ClientError> {
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| ClientError::UserAgent)?;
        let proxies = Proxies::new(&self.proxy)?;
        let tls = self.tls.client_config()?;
        Ok(Client { http: Http::new(tls, proxies, self.connect_timeout, user_agent) })
    }
}
