//! Proof Key for Code Exchange (RFC 7636) with `S256`, for device codes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::oauth_error::OAuthError;

/// What a device authorization request commits itself to.
#[derive(Clone)]
pub(crate) struct Challenge(String);

impl Challenge {
    /// Reads the two parameters of a request (RFC 7636 §4.3); `None` when it has neither.
    pub(crate) fn read(challenge: Option<String>, method: Option<&str>) -> Result<Option<Self>, OAuthError> {
        let Some(challenge) = challenge else {
            return match method {
                None => Ok(None),
                Some(_) => Err(OAuthError::invalid_request("code_challenge is missing")),
            };
        };
        // Without a method, `plain` is meant, which protects nobody who can be overheard.
        if method != Some("S256") {
            return Err(OAuthError::invalid_request("the only code_challenge_method is S256"));
        }
        let is_hash = URL_SAFE_NO_PAD.decode(&challenge).is_ok_and(|hash| hash.len() == 32);
        if !is_hash {
            return Err(OAuthError::invalid_request("code_challenge is not the encoded SHA-256 of anything"));
        }
        Ok(Some(Self(challenge)))
    }

    /// Checks what a poll brings (RFC 7636 §4.6). A verifier where no challenge was is refused as well, or whoever
    /// took the challenge out of the request would go unnoticed (RFC 9700 §4.8.2).
    pub(crate) fn check(challenge: Option<&Self>, verifier: Option<&str>) -> Result<(), OAuthError> {
        match (challenge, verifier) {
            (None, None) => Ok(()),
            (Some(Self(challenge)), Some(verifier)) if is_verifier(verifier) => {
                let hash = hmac_sha256::Hash::hash(verifier.as_bytes());
                let is_same = URL_SAFE_NO_PAD.encode(hash).as_bytes().ct_eq(challenge.as_bytes());
                if is_same.into() { Ok(()) } else { Err(OAuthError::invalid_grant("the code_verifier is wrong")) }
            }
            (Some(_), Some(_)) => Err(OAuthError::invalid_grant("a code_verifier has 43 to 128 unreserved characters")),
            (Some(_), None) => Err(OAuthError::invalid_grant("code_verifier is missing")),
            (None, Some(_)) => Err(OAuthError::invalid_grant("the device code was asked for without a code_challenge")),
        }
    }
}

/// RFC 7636 §4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_passes_and_any_other_verifier_does_not() {
        let challenge = Challenge::read(Some(CHALLENGE.to_owned()), Some("S256")).unwrap();
        assert_eq!(Challenge::check(challenge.as_ref(), Some(VERIFIER)), Ok(()));
        let long = "a".repeat(129);
        for wrong in [CHALLENGE, &VERIFIER.replace('d', "D"), "short", &long] {
            let error = Challenge::check(challenge.as_ref(), Some(wrong)).unwrap_err();
            assert_eq!(error.code, "invalid_grant", "{wrong}");
        }
    }
}
