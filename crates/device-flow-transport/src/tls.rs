//! Whom to trust, and who to be.

mod failure;
mod pem;

pub(crate) use failure::failure;

use crate::error::ClientError;
use core::fmt;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};

/// The TLS settings of a client, rustls over ring. Certificates and keys are read when they are given, the platform's trust
/// store when a server is first reached over TLS.
#[derive(Clone)]
pub struct Tls {
    roots: Vec<CertificateDer<'static>>,
    is_platform_trusted: bool,
    identity: Option<Arc<CertifiedKey>>,
    /// Somebody else's settings, before which nothing counts of the ones above.
    given: Option<Arc<ClientConfig>>,
    config: OnceLock<Arc<ClientConfig>>,
    /// The same for proxies, where that is another one.
    config_for_proxies: OnceLock<Arc<ClientConfig>>,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            roots: Vec::new(),
            is_platform_trusted: true,
            identity: None,
            given: None,
            config: OnceLock::new(),
            config_for_proxies: OnceLock::new(),
        }
    }
}

impl Tls {
    /// Settings that are somebody else's, but for the protocol above: transports speak HTTP/1.1 (RFC 7301). They take the place
    /// of all that is said here about trust and identity.
    pub fn given(mut config: Arc<ClientConfig>) -> Self {
        if !config.alpn_protocols.is_empty() {
            Arc::make_mut(&mut config).alpn_protocols = vec![b"http/1.1".to_vec()];
        }
        Self { given: Some(config), ..Self::default() }
    }

    /// Trusts these authorities too, one or more certificates in PEM.
    ///
    /// # Errors
    ///
    /// [`ClientError::RootCertificates`] when there is none, or one that cannot vouch for others.
    pub fn add_roots(&mut self, pem: &[u8]) -> Result<(), ClientError> {
        let roots = pem::certificates(pem).map_err(ClientError::RootCertificates)?;
        store(&roots)?;
        self.roots.extend(roots);
        self.forget_configs();
        Ok(())
    }

    /// Trusts the authorities that were added and nobody else.
    pub fn trust_added_roots_only(&mut self) {
        self.is_platform_trusted = false;
        self.forget_configs();
    }

    /// Shows this certificate to servers that ask for one, and to no proxy: the chain in PEM, the client's own certificate first,
    /// and its key in PEM, not encrypted.
    ///
    /// # Errors
    ///
    /// [`ClientError::ClientCertificate`], [`ClientError::ClientKey`], or [`ClientError::ClientKeyMismatch`] when the two do
    /// not belong together.
    pub fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<(), ClientError> {
        self.identity = Some(Arc::new(pem::identity(chain, key, &provider())?));
        self.forget_configs();
        Ok(())
    }

    /// The settings as rustls takes them, made when first asked for.
    ///
    /// # Errors
    ///
    /// [`ClientError::Tls`] when rustls refuses them, which is not expected to happen.
    pub fn config(&self) -> Result<Arc<ClientConfig>, ClientError> {
        self.made(&self.config, self.identity.as_ref())
    }

    /// The settings towards a proxy that is reached over TLS. Who the client is, is the server's business.
    #[cfg(all(feature = "proxy", any(feature = "asynchronous-tls", feature = "blocking")))]
    pub(crate) fn config_for_proxies(&self) -> Result<Arc<ClientConfig>, ClientError> {
        if self.identity.is_none() { self.config() } else { self.made(&self.config_for_proxies, None) }
    }

    fn made(
        &self,
        config: &OnceLock<Arc<ClientConfig>>,
        identity: Option<&Arc<CertifiedKey>>,
    ) -> Result<Arc<ClientConfig>, ClientError> {
        if let Some(config) = self.given.as_ref().or(config.get()) {
            return Ok(Arc::clone(config));
        }
        let made = Arc::new(self.build(identity)?);
        Ok(Arc::clone(config.get_or_init(|| made)))
    }

    fn forget_configs(&mut self) {
        (self.config, self.config_for_proxies) = Default::default();
    }

    fn build(&self, identity: Option<&Arc<CertifiedKey>>) -> Result<ClientConfig, ClientError> {
        // Named here, so that neither another crate's features nor a process-wide default choose.
        let provider = provider();
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|_| ClientError::Tls)?;
        let platform = if self.is_platform_trusted { platform::verifier(&self.roots, provider) } else { None };
        let builder = match platform {
            Some(verifier) => builder.dangerous().with_custom_certificate_verifier(verifier),
            // No trust store, as in a bare container: nobody is trusted but the added authorities.
            None => builder.with_root_certificates(store(&self.roots)?),
        };
        Ok(match identity {
            Some(identity) => {
                let identity = CertifiedKey::clone(identity);
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)))
            }
            None => builder.with_no_client_auth(),
        })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("added_roots", &self.roots.len())
            .field("is_platform_trusted", &self.is_platform_trusted)
            .field("has_identity", &self.identity.is_some())
            .finish_non_exhaustive()
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider())))
}

fn store(roots: &[CertificateDer<'static>]) -> Result<RootCertStore, ClientError> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root.clone()).map_err(|_| ClientError::RootCertificates(crate::PemError::Unusable))?;
    }
    Ok(store)
}

/// The platform's trust with the added authorities beside it; `None` where the platform has none.
#[cfg(feature = "platform-verifier")]
mod platform {
    use super::{Arc, CertificateDer, CryptoProvider, OnceLock};
    use rustls::client::danger::ServerCertVerifier;
    use rustls_platform_verifier::Verifier;

    pub(super) fn verifier(
        roots: &[CertificateDer<'static>],
        provider: Arc<CryptoProvider>,
    ) -> Option<Arc<dyn ServerCertVerifier>> {
        static PLAIN: OnceLock<Option<Arc<Verifier>>> = OnceLock::new();
        if roots.is_empty() {
            // Reading a trust store takes longer than a sign-in, so it is read once a process.
            let verifier = PLAIN.get_or_init(|| Verifier::new(provider).ok().map(Arc::new));
            return verifier.clone().map(|it| -> Arc<dyn ServerCertVerifier> { it });
        }
        with_roots(roots, provider)
    }

    #[cfg(not(target_os = "android"))]
    fn with_roots(
        roots: &[CertificateDer<'static>],
        provider: Arc<CryptoProvider>,
    ) -> Option<Arc<dyn ServerCertVerifier>> {
        let verifier = Verifier::new_with_extra_roots(roots.iter().cloned(), provider).ok()?;
        Some(Arc::new(verifier))
    }

    /// Android's verifier takes no added authorities, so where there are some, only they are trusted.
    #[cfg(target_os = "android")]
    fn with_roots(_: &[CertificateDer<'static>], _: Arc<CryptoProvider>) -> Option<Arc<dyn ServerCertVerifier>> {
        None
    }
}

#[cfg(not(feature = "platform-verifier"))]
mod platform {
    use super::{Arc, CertificateDer, CryptoProvider};
    use rustls::client::danger::ServerCertVerifier;

    pub(super) fn verifier(
        _: &[CertificateDer<'static>],
        _: Arc<CryptoProvider>,
    ) -> Option<Arc<dyn ServerCertVerifier>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_after_the_settings_were_asked_for_counts() {
        let mut tls = Tls::default();
        tls.trust_added_roots_only();
        let before = tls.config().unwrap();
        assert!(Arc::ptr_eq(&before, &tls.config().unwrap()));
        tls.trust_added_roots_only();
        assert!(!Arc::ptr_eq(&before, &tls.config().unwrap()));
    }

    #[test]
    fn settings_that_were_given_are_taken_whatever_else_is_said() {
        let given = Tls::default().config().unwrap();
        let mut tls = Tls::given(Arc::clone(&given));
        tls.trust_added_roots_only();
        assert!(Arc::ptr_eq(&given, &tls.config().unwrap()));
    }
}
