//! Proof Key for Code Exchange (RFC 7636), which a few servers ask of the device grant too (Keycloak, Dex).

use crate::secret::SecretString;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A code verifier: the device authorization request carries its hash, and every poll the verifier itself.
///
/// ```
/// use device_flow_core::{Config, PkceVerifier};
///
/// let random = [7; 32]; // from the operating system in earnest, and fresh for every sign-in
/// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token")
///     .pkce(PkceVerifier::new(&random));
/// ```
#[derive(Clone, Debug)]
pub struct PkceVerifier(SecretString);

impl PkceVerifier {
    /// A verifier of 43 characters, made of 32 random bytes (RFC 7636 section 4.1) that the caller takes from a
    /// cryptographic generator: the core has no randomness of its own.
    pub fn new(random: &[u8; 32]) -> Self {
        Self(SecretString::from(URL_SAFE_NO_PAD.encode(random)))
    }

    /// Put together again from what was stored; `None` when it is none (RFC 7636 section 4.1).
    pub(crate) fn restored(text: &str) -> Option<Self> {
        let is_verifier = (43..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
        is_verifier.then(|| Self(SecretString::from(text)))
    }

    /// The verifier itself: 43 to 128 characters (RFC 7636 section 4.1).
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The challenge of the method `S256`: 43 characters.
    pub(crate) fn challenge(&self) -> SecretString {
        let hash = hmac_sha256::Hash::hash(self.expose().as_bytes());
        SecretString::from(URL_SAFE_NO_PAD.encode(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let verifier = PkceVerifier::restored("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(verifier.challenge().expose(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_has_43_characters_or_more() {
        assert_eq!(PkceVerifier::new(&[0; 32]).expose().len(), 43);
        assert!(PkceVerifier::restored("short").is_none());
        assert!(PkceVerifier::restored(&"ä".repeat(43)).is_none());
    }
}
