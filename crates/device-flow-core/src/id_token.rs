//! The ID token: reading its claims, and the checks that a client makes of one that came straight from the token
//! endpoint (OpenID Connect Core section 3.1.3.7).
//!
//! Such a token arrived over TLS from the issuer itself, so its signature need not be checked (rule 6), and is not.

mod error;
mod expectation;

pub use error::IdTokenError;
pub use expectation::IdTokenExpectation;

use crate::config::Config;
use crate::secret::SecretString;
use crate::text::clean;
use crate::token_response::TokenResponse;
use crate::wire::Claims;
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core::time::Duration;

/// Longest issuer that is repeated in an error, in characters.
const MAX_SHOWN: usize = 200;

/// An ID token, taken apart. Its claims are to be had from [`check`](Self::check) alone: what has not been checked says
/// nothing. They are personal, so `Debug` shows none.
///
/// ```
/// use core::time::Duration;
/// use device_flow_core::{IdToken, IdTokenExpectation};
///
/// // {"alg":"none"} . {"iss":"https://as.example","aud":"tv","sub":"u1","exp":2000000000,"iat":1999999000}
/// let jwt = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJhdWQiOiJ0diIsInN1YiI6InUxIiwiZXhwIjoyMDAwMDAwMDAwLCJpYXQiOjE5OTk5OTkwMDB9.";
/// let token = IdToken::decode(jwt)?;
/// let claims = token.check(&IdTokenExpectation::new("https://as.example", "tv", Duration::from_secs(1_999_999_100)))?;
/// assert_eq!(claims.text("sub").as_deref(), Some("u1"));
/// # Ok::<(), device_flow_core::IdTokenError>(())
/// ```
#[derive(Clone, Debug)]
pub struct IdToken {
    header: Claims,
    claims: Claims,
}

impl IdToken {
    /// Takes a token apart.
    ///
    /// # Errors
    ///
    /// [`IdTokenError::Malformed`] when it is no JSON Web Token with JSON claims. An encrypted one is none.
    pub fn decode(jwt: &str) -> Result<Self, IdTokenError> {
        let mut parts = jwt.split('.');
        let (header, claims) = (parts.next(), parts.next());
        let (Some(header), Some(claims), Some(signature), None) = (header, claims, parts.next(), parts.next()) else {
            return Err(IdTokenError::Malformed);
        };
        // It is not checked, but a token with anything else in it is not what a server signed.
        let is_base64url = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
        if !signature.bytes().all(is_base64url) {
            return Err(IdTokenError::Malformed);
        }
        let part = |encoded| object(encoded).ok_or(IdTokenError::Malformed);
        Ok(Self { header: part(header)?, claims: part(claims)? })
    }

    /// The algorithm that it is signed with, such as `RS256`.
    pub fn algorithm(&self) -> Option<String> {
        self.header.text("alg")
    }

    /// Checks issuer, audience and authorized party, expiry, issue time, nonce, and the access token's hash when there
    /// is one (OpenID Connect Core section 3.1.3.7, rules 2 to 5, 9 to 11, and 3.1.3.8), and gives the claims.
    ///
    /// Of several audiences the others are taken on trust (rule 3 leaves whom to trust to the client), and no `azp` is
    /// asked for since the second set of errata; one that names another client is refused (rules 4 and 5). The hash of an
    /// access token that cannot be compared, as in an unsigned token, is refused.
    ///
    /// # Errors
    ///
    /// An [`IdTokenError`] that names the first rule that is broken.
    pub fn check(&self, expected: &IdTokenExpectation<'_>) -> Result<&Claims, IdTokenError> {
        self.check_issuer(expected)?;
        self.check_audience(expected)?;
        self.check_times(expected)?;
        if let Some(nonce) = expected.nonce {
            match self.text_if_any("nonce")? {
                Some(found) if found.expose() == nonce => {}
                Some(_) => return Err(IdTokenError::Nonce),
                None if expected.is_nonce_required => {
                    return Err(IdTokenError::MissingClaim { name: "nonce" });
                }
                None => {}
            }
        }
        self.check_access_token(expected)?;
        Ok(&self.claims)
    }

    fn check_issuer(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        let issuer = self.text("iss")?;
        if issuer != expected.issuer {
            return Err(IdTokenError::Issuer { found: clean(&issuer, MAX_SHOWN).unwrap_or_default().into_owned() });
        }
        self.text("sub").map(drop)
    }

    fn check_audience(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        let audience: Vec<String> = self.claims.texts("aud").ok_or(IdTokenError::MissingClaim { name: "aud" })?;
        if !audience.iter().any(|it| it == expected.client_id) {
            return Err(IdTokenError::Audience);
        }
        match self.text_if_any("azp")? {
            Some(party) if party.expose() != expected.client_id => Err(IdTokenError::AuthorizedParty),
            _ => Ok(()),
        }
    }

    fn check_times(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let (now, leeway) = (seconds(expected.now), seconds(expected.leeway));
        let moment = |name| self.claims.seconds(name).ok_or(IdTokenError::MissingClaim { name });
        if now >= moment("exp")?.saturating_add(leeway) {
            return Err(IdTokenError::Expired);
        }
        if moment("iat")? > now.saturating_add(leeway) {
            return Err(IdTokenError::IssuedInTheFuture);
        }
        Ok(())
    }

    fn check_access_token(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        let Some(access_token) = expected.access_token else {
            return Ok(());
        };
        let Some(hash) = self.text_if_any("at_hash")? else {
            return Ok(());
        };
        let algorithm = self.algorithm().unwrap_or_default();
        match half_hash(&algorithm, access_token.as_bytes()) {
            Some(ours) if ours == hash => Ok(()),
            Some(_) => Err(IdTokenError::AccessTokenHash),
            None => Err(IdTokenError::UnknownAlgorithm),
        }
    }

    /// A claim that may be left out, be null or empty. One that is there and cannot be read is no absent one: it would
    /// pass for a check that was made.
    fn text_if_any(&self, name: &'static str) -> Result<Option<SecretString>, IdTokenError> {
        let text = self.claims.secret(name);
        let is_absent = || {
            let member = self.claims.member(name);
            member.is_none_or(|it| matches!(it.expose(), "" | "null"))
        };
        if text.is_some() || is_absent() { Ok(text) } else { Err(IdTokenError::MissingClaim { name }) }
    }

    fn text(&self, name: &'static str) -> Result<String, IdTokenError> {
        self.claims.text(name).ok_or(IdTokenError::MissingClaim { name })
    }
}

impl Config {
    /// Who signed in: the claims of the ID token that came with these tokens, after all checks of [`IdToken::check`]
    /// against this configuration. `now` is the present time since 1970.
    ///
    /// The nonce is compared if the ID token has one: RFC 8628 knows none, and several servers take none in the device
    /// grant. Who insists on it builds an [`IdTokenExpectation`].
    ///
    /// # Errors
    ///
    /// An [`IdTokenError`] when there is no ID token, when its issuer is not known, or that names the first rule that is
    /// broken.
    pub fn identity(&self, tokens: &TokenResponse, now: Duration) -> Result<Claims, IdTokenError> {
        let id_token = tokens.id_token().ok_or(IdTokenError::Missing)?;
        let issuer = self.expected_issuer().ok_or(IdTokenError::UnknownIssuer)?;
        let access_token = tokens.access_token().expose();
        let expected = IdTokenExpectation::new(issuer, self.client_id(), now).access_token(access_token);
        let expected = match self.sent_nonce() {
            Some(nonce) => expected.nonce_if_present(nonce.expose()),
            None => expected,
        };
        IdToken::decode(id_token.expose())?.check(&expected).cloned()
    }
}

fn object(encoded: &str) -> Option<Claims> {
    let bytes = zeroize::Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
    Claims::from_json(core::str::from_utf8(&bytes).ok()?)
}

/// The left half of the hash that goes with a signature algorithm, encoded (OpenID Connect Core section 3.1.3.6).
fn half_hash(algorithm: &str, text: &[u8]) -> Option<SecretString> {
    let encoded = match algorithm.get(algorithm.len().checked_sub(3)?..)? {
        "256" | "56K" => URL_SAFE_NO_PAD.encode(hmac_sha256::Hash::hash(text).get(..16)?),
        "384" => URL_SAFE_NO_PAD.encode(hmac_sha512::sha384::Hash::hash(text).get(..24)?),
        "512" | "DSA" | "519" => URL_SAFE_NO_PAD.encode(hmac_sha512::Hash::hash(text).get(..32)?),
        _ => return None,
    };
    Some(SecretString::from(encoded))
}
