//! Reading certificates and keys in PEM.

use crate::error::{ClientError, PemError};
use rustls::InconsistentKeys;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// All certificates of a PEM text, of which there must be one at least.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| pem_error(&error))?;
    if certificates.is_empty() { Err(PemError::Missing) } else { Ok(certificates) }
}

/// Reads a certificate and its key and checks that they belong together.
pub(super) fn identity(chain: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<CertifiedKey, ClientError> {
    let chain = certificates(chain).map_err(ClientError::ClientCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| ClientError::ClientKey(pem_error(&error)))?;
    let key = provider.key_provider.load_private_key(key).map_err(|_| ClientError::ClientKey(PemError::Unusable))?;
    let identity = CertifiedKey::new(chain, key);
    match identity.keys_match() {
        // A key that cannot tell its public half is found out by the server.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(identity),
        Err(rustls::Error::InconsistentKeys(_)) => Err(ClientError::ClientKeyMismatch),
        Err(_) => Err(ClientError::ClientCertificate(PemError::Unusable)),
    }
}

const fn pem_error(error: &pem::Error) -> PemError {
    match error {
        pem::Error::NoItemsFound => PemError::Missing,
        _ => PemError::Malformed,
    }
}
