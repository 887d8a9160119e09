//! Whom to trust, and who we are.

use crate::error::{ClientError, PemError};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::sync::Arc;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};

/// Builds the TLS settings: the platform's trust store with the extra roots, and the client certificate.
pub(crate) fn config(extra_roots: &[CertificateDer<'static>], identity: Option<ClientCert>) -> TlsConfig {
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        // Named here, so that neither another crate's features nor a process-wide default choose.
        .unversioned_rustls_crypto_provider(provider())
        .root_certs(trusted(extra_roots))
        .client_cert(identity)
        .build()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The platform decides by its own means unless there are extra roots. ureq cannot give its verifier any, so then the
/// platform's roots are read out and put beside them. Where there is no trust store, the extra roots stand alone.
fn trusted(extra_roots: &[CertificateDer<'static>]) -> RootCerts {
    if extra_roots.is_empty() {
        return RootCerts::PlatformVerifier;
    }
    let platform = rustls_native_certs::load_native_certs().certs;
    let all: Vec<_> = platform.iter().chain(extra_roots).map(owned).collect();
    RootCerts::new_with_certs(&all)
}

fn owned(certificate: &CertificateDer<'_>) -> Certificate<'static> {
    Certificate::from_der(certificate).to_owned()
}

/// Reads root certificates and checks that each can be one.
pub(crate) fn roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let roots = certificates(pem).map_err(ClientError::RootCertificates)?;
    for root in &roots {
        RootCertStore::empty().add(root.clone()).map_err(|_| ClientError::RootCertificates(PemError::Unusable))?;
    }
    Ok(roots)
}

/// Reads a client certificate and its key and checks that they belong together.
pub(crate) fn identity(chain: &[u8], key_pem: &[u8]) -> Result<ClientCert, ClientError> {
    let chain = certificates(chain).map_err(ClientError::ClientCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| ClientError::ClientKey(pem_error(&error)))?;
    let signing_key =
        provider().key_provider.load_private_key(key).map_err(|_| ClientError::ClientKey(PemError::Unusable))?;
    match CertifiedKey::new(chain.clone(), signing_key).keys_match() {
        // A key that cannot tell its public half is found out by the server.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
        Err(rustls::Error::InconsistentKeys(_)) => return Err(ClientError::ClientKeyMismatch),
        Err(_) => return Err(ClientError::ClientCertificate(PemError::Unusable)),
    }
    let chain: Vec<_> = chain.iter().map(owned).collect();
    let key = PrivateKey::from_pem(key_pem).map_err(|_| ClientError::ClientKey(PemError::Unusable))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| pem_error(&error))?;
    if certificates.is_empty() {
        return Err(PemError::Missing);
    }
    Ok(certificates)
}

fn pem_error(error: &rustls::pki_types::pem::Error) -> PemError {
    match error {
        rustls::pki_types::pem::Error::NoItemsFound => PemError::Missing,
        _ => PemError::Malformed,
    }
}
