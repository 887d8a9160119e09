//! Whom to trust, and who to be.

use crate::error::{ClientError, PemError};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, InconsistentKeys, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The TLS settings, as they were given.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    roots: Vec<Vec<u8>>,
    identity: Option<Identity>,
}

#[derive(Clone)]
struct Identity {
    chain: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Tls {
    pub(crate) fn add_roots(&mut self, pem: &[u8]) {
        self.roots.push(pem.to_owned());
    }

    pub(crate) fn set_identity(&mut self, chain: &[u8], key: &[u8]) {
        self.identity = Some(Identity { chain: chain.to_owned(), key: Zeroizing::new(key.to_owned()) });
    }

    pub(crate) fn client_config(&self) -> Result<ClientConfig, ClientError> {
        // Named here, so that neither another crate's features nor a process-wide default choose.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = self.extra_roots()?;
        let identity = self.identity.as_ref();
        let identity = identity.map(|it| it.certified_key(&provider)).transpose()?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|_| ClientError::Tls)?;
        let builder = match platform_verifier(&roots, provider) {
            Some(verifier) => builder.dangerous().with_custom_certificate_verifier(verifier),
            // No trust store, as in a bare container: nobody is trusted but the extra authorities.
            None => builder.with_root_certificates(store(&roots)?),
        };
        Ok(match identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
            None => builder.with_no_client_auth(),
        })
    }

    fn extra_roots(&self) -> Result<Vec<CertificateDer<'static>>, ClientError> {
        let mut roots = Vec::new();
        for pem in &self.roots {
            roots.extend(certificates(pem).map_err(ClientError::RootCertificates)?);
        }
        // Each has to be one that can vouch for others, whatever the platform's verifier makes of it.
        store(&roots)?;
        Ok(roots)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("extra_roots", &self.roots.len())
            .field("has_identity", &self.identity.is_some())
            .finish()
    }
}

impl Identity {
    /// Reads certificate and key and checks that they belong together.
    fn certified_key(&self, provider: &CryptoProvider) -> Result<CertifiedKey, ClientError> {
        let chain = certificates(&self.chain).map_err(ClientError::ClientCertificate)?;
        let key =
            PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| ClientError::ClientKey(pem_error(&error)))?;
        let key =
            provider.key_provider.load_private_key(key).map_err(|_| ClientError::ClientKey(PemError::Unusable))?;
        let identity = CertifiedKey::new(chain, key);
        match identity.keys_match() {
            // A key that cannot tell its public half is found out by the server.
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(identity),
            Err(rustls::Error::InconsistentKeys(_)) => Err(ClientError::ClientKeyMismatch),
            Err(_) => Err(ClientError::ClientCertificate(PemError::Unusable)),
        }
    }
}

/// All certificates of a PEM text, of which there must be one at least.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| pem_error(&error))?;
    if certificates.is_empty() {
        return Err(PemError::Missing);
    }
    Ok(certificates)
}

const fn pem_error(error: &pem::Error) -> PemError {
    match error {
        pem::Error::NoItemsFound => PemError::Missing,
        _ => PemError::Malformed,
    }
}

fn store(roots: &[CertificateDer<'static>]) -> Result<RootCertStore, ClientError> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root.clone()).map_err(|_| ClientError::RootCertificates(PemError::Unusable))?;
    }
    Ok(store)
}

/// The platform's trust with the extra authorities beside it; `None` where the platform has none.
#[cfg(not(target_os = "android"))]
fn platform_verifier(
    roots: &[CertificateDer<'static>],
    provider: Arc<CryptoProvider>,
) -> Option<Arc<dyn ServerCertVerifier>> {
    let verifier = Verifier::new_with_extra_roots(roots.iter().cloned(), provider).ok()?;
    Some(Arc::new(verifier))
}

/// Android's verifier takes no extra authorities, so where there are some, only they are trusted.
#[cfg(target_os = "android")]
fn platform_verifier(
    roots: &[CertificateDer<'static>],
    provider: Arc<CryptoProvider>,
) -> Option<Arc<dyn ServerCertVerifier>> {
    if !roots.is_empty() {
        return None;
    }
    Some(Arc::new(Verifier::new(provider).ok()?))
}
