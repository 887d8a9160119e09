//! Fresh values for every code, made of one secret.

use crate::config::Config;
use crate::nonce::nonce;
use crate::pkce::PkceVerifier;
use core::fmt;
use zeroize::Zeroizing;

/// A secret, and how many codes had values made of it.
pub(super) struct Seed {
    secret: Zeroizing<[u8; 32]>,
    used: u64,
}

impl Seed {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Self { secret: Zeroizing::new(*secret), used: 0 }
    }

    /// The configuration with a nonce and a verifier that no code had before, if it sends such.
    pub(super) fn refreshed(&mut self, config: Config) -> Config {
        self.used = self.used.saturating_add(1);
        let is_nonce_sent = config.sent_nonce().is_some() || config.needs_nonce();
        let has_verifier = config.code_verifier().is_some();
        let config = if is_nonce_sent {
            let bytes = self.bytes(b"nonce");
            let mut random = Zeroizing::new([0; 24]);
            random.iter_mut().zip(*bytes).for_each(|(to, from)| *to = from);
            config.nonce(nonce(&random))
        } else {
            config
        };
        if has_verifier { config.pkce(PkceVerifier::new(&self.bytes(b"code_verifier"))) } else { config }
    }

    /// Thirty-two bytes that nobody can guess who does not know the secret, others for every name and every code.
    fn bytes(&self, name: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut mac = hmac_sha256::HMAC::new(*self.secret);
        mac.update(self.used.to_be_bytes());
        mac.update(name);
        Zeroizing::new(mac.finalize())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed").field("used", &self.used).finish_non_exhaustive()
    }
}
