//! Whom to trust, and who to be.

use crate::client_error::ClientError;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
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
        self.identity = Some(Identity {
            chain: chain.to_owned(),
            key: Zeroizing::new(key.to_owned()),
        });
    }

    pub(crate) fn client_config(&self) -> Result<ClientConfig, ClientError> {
        // Named, because a program with two providers in it has no default one.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|_| ClientError::Tls)?;
        let roots = self.extra_roots()?;
        let builder = match platform_verifier(&roots, provider) {
            Some(verifier) => builder
                .dangerous()
                .with_custom_certificate_verifier(verifier),
            // No trust store, as in a bare container: nobody is trusted but the extra authorities.
            None => builder.with_root_certificates(store(&roots)?),
        };
        let Some(identity) = &self.identity else {
            return Ok(builder.with_no_client_auth());
        };
        let (chain, key) = (identity.chain()?, identity.key()?);
        builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => ClientError::ClientIdentity,
                rustls::Error::InvalidCertificate(_) => ClientError::ClientCertificate,
                _ => ClientError::ClientKey,
            })
    }

    fn extra_roots(&self) -> Result<Vec<CertificateDer<'static>>, ClientError> {
        let mut roots = Vec::new();
        for pem in &self.roots {
            roots.extend(certificates(pem).ok_or(ClientError::RootCertificates)?);
        }
        // Each has to be one that can sign, whatever the platform's verifier makes of it.
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
    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, ClientError> {
        certificates(&self.chain).ok_or(ClientError::ClientCertificate)
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>, ClientError> {
        PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| ClientError::ClientKey)
    }
}

/// All certificates of a PEM text, of which there must be one at least.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .ok()?;
    (!certificates.is_empty()).then_some(certificates)
}

fn store(roots: &[CertificateDer<'static>]) -> Result<RootCertStore, ClientError> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store
            .add(root.clone())
            .map_err(|_| ClientError::RootCertificates)?;
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
