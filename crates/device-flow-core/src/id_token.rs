//! The ID token: reading its claims, and the checks that a client makes of one that came straight from the token
//! endpoint (OpenID Connect Core section 3.1.3.7).
//!
//! Such a token arrived over TLS from the issuer itself, so its signature need not be checked (rule 6), and is not.

use crate::secret::{SecretStr, SecretString};
use crate::text::clean;
use crate::wire::Claims;
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core::fmt;
use core::time::Duration;

/// Longest issuer that is repeated in an error, in characters.
const MAX_SHOWN: usize = 200;

/// An ID token, taken apart. Its claims are personal, so `Debug` shows none.
///
/// ```
/// use core::time::Duration;
/// use device_flow_core::{IdToken, IdTokenExpectation};
///
/// // {"alg":"none"} . {"iss":"https://as.example","aud":"tv","sub":"u1","exp":2000000000,"iat":1999999000}
/// let jwt = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJhdWQiOiJ0diIsInN1YiI6InUxIiwiZXhwIjoyMDAwMDAwMDAwLCJpYXQiOjE5OTk5OTkwMDB9.";
/// let token = IdToken::decode(jwt)?;
/// token.check(&IdTokenExpectation::new("https://as.example", "tv", Duration::from_secs(1_999_999_100)))?;
/// assert_eq!(token.claims().text("sub").as_deref(), Some("u1"));
/// # Ok::<(), device_flow_core::IdTokenError>(())
/// ```
#[derive(Clone, Debug)]
pub struct IdToken {
    header: Claims,
    claims: Claims,
}

/// What an ID token has to say. `Debug` shows neither nonce nor access token.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct IdTokenExpectation<'a> {
    /// The issuer that was discovered or configured.
    pub issuer: &'a str,
    /// This client.
    pub client_id: &'a str,
    /// The nonce that was sent, if one was.
    pub nonce: Option<&'a str>,
    /// Whether an ID token without a nonce is wrong when one was sent.
    pub is_nonce_required: bool,
    /// The access token that came along; its hash is compared when the ID token has one.
    pub access_token: Option<&'a str>,
    /// The present time, since 1970 began.
    pub now: Duration,
    /// How far the clocks may differ. Default: 60 seconds.
    pub leeway: Duration,
}

impl<'a> IdTokenExpectation<'a> {
    /// Expects a token of this issuer for this client, at this time since 1970 began.
    pub const fn new(issuer: &'a str, client_id: &'a str, now: Duration) -> Self {
        Self {
            issuer,
            client_id,
            nonce: None,
            is_nonce_required: true,
            access_token: None,
            now,
            leeway: Duration::from_secs(60),
        }
    }

    /// Expects this nonce, which was sent with the request, as OpenID Connect Core asks (rule 11).
    ///
    /// RFC 8628 knows no nonce, and a few servers take none in the device grant; for those there is
    /// [`nonce_if_present`](Self::nonce_if_present).
    #[must_use]
    pub const fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self.is_nonce_required = true;
        self
    }

    /// Expects this nonce if the ID token has one: another is wrong, none is not.
    #[must_use]
    pub const fn nonce_if_present(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self.is_nonce_required = false;
        self
    }

    /// Expects the hash of this access token, if the ID token has a hash.
    #[must_use]
    pub const fn access_token(mut self, access_token: &'a str) -> Self {
        self.access_token = Some(access_token);
        self
    }

    /// Sets how far the clocks may differ.
    #[must_use]
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }
}

impl fmt::Debug for IdTokenExpectation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdTokenExpectation")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("nonce", &self.nonce.map(SecretStr::new))
            .field("access_token", &self.access_token.map(SecretStr::new))
            .field("now", &self.now)
            .field("leeway", &self.leeway)
            .finish()
    }
}

/// What is wrong with an ID token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It is no JSON Web Token with JSON claims.
    #[error("the ID token is not a JSON Web Token")]
    Malformed,
    /// A claim that must be there is absent, or one that is there is of the wrong type.
    #[error("the ID token has no usable claim {name:?}")]
    MissingClaim {
        /// The claim's name.
        name: &'static str,
    },
    /// It comes from somebody else.
    #[error("the ID token was issued by {found:?}")]
    Issuer {
        /// Who issued it, cleaned.
        found: String,
    },
    /// It is meant for somebody else.
    #[error("the ID token is meant for another client")]
    Audience,
    /// It was made for several, and this client is not the one that asked (`azp`).
    #[error("the ID token was issued to another client")]
    AuthorizedParty,
    /// It has run out.
    #[error("the ID token has expired; is the clock right?")]
    Expired,
    /// It was issued in the future.
    #[error("the ID token was issued in the future; is the clock right?")]
    IssuedInTheFuture,
    /// It answers another request.
    #[error("the ID token answers another request: its nonce differs")]
    Nonce,
    /// It belongs to another access token.
    #[error("the ID token belongs to another access token")]
    AccessTokenHash,
    /// The access token's hash cannot be compared, because the algorithm is not known.
    #[error(
        "the ID token is signed with an algorithm that is not known, so its access token hash cannot be compared"
    )]
    UnknownAlgorithm,
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
        let (Some(header), Some(claims), Some(_signature), None) =
            (header, claims, parts.next(), parts.next())
        else {
            return Err(IdTokenError::Malformed);
        };
        let part = |encoded| object(encoded).ok_or(IdTokenError::Malformed);
        Ok(Self {
            header: part(header)?,
            claims: part(claims)?,
        })
    }

    /// The claims.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The algorithm that it is signed with, such as `RS256`.
    pub fn algorithm(&self) -> Option<String> {
        self.header.text("alg")
    }

    /// Checks issuer, audience and authorized party, expiry, issue time, nonce, and the access token's hash when there
    /// is one (OpenID Connect Core section 3.1.3.7, rules 2 to 5, 9 to 11, and 3.1.3.8).
    /// Of several audiences the others are taken on trust as long as `azp` names this client.
    ///
    /// # Errors
    ///
    /// An [`IdTokenError`] that names the first rule that is broken.
    pub fn check(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        self.check_issuer(expected)?;
        self.check_audience(expected)?;
        self.check_times(expected)?;
        if let Some(nonce) = expected.nonce {
            match self.text_if_any("nonce")? {
                Some(found) if found == nonce => {}
                Some(_) => return Err(IdTokenError::Nonce),
                None if expected.is_nonce_required => {
                    return Err(IdTokenError::MissingClaim { name: "nonce" });
                }
                None => {}
            }
        }
        self.check_access_token(expected)
    }

    fn check_issuer(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        let issuer = self.text("iss")?;
        if issuer != expected.issuer {
            return Err(IdTokenError::Issuer {
                found: clean(&issuer, MAX_SHOWN).unwrap_or_default().into_owned(),
            });
        }
        self.text("sub").map(drop)
    }

    fn check_audience(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        let audience: Vec<String> = self
            .claims
            .texts("aud")
            .ok_or(IdTokenError::MissingClaim { name: "aud" })?;
        if !audience.iter().any(|it| it == expected.client_id) {
            return Err(IdTokenError::Audience);
        }
        match self.text_if_any("azp")? {
            Some(party) if party != expected.client_id => Err(IdTokenError::AuthorizedParty),
            None if audience.len() > 1 => Err(IdTokenError::AuthorizedParty),
            _ => Ok(()),
        }
    }

    fn check_times(&self, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let (now, leeway) = (seconds(expected.now), seconds(expected.leeway));
        let moment = |name| {
            self.claims
                .seconds(name)
                .ok_or(IdTokenError::MissingClaim { name })
        };
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
            Some(ours) if ours.expose() == hash => Ok(()),
            Some(_) => Err(IdTokenError::AccessTokenHash),
            // An unsigned token has no hash function to name.
            None if algorithm == "none" => Ok(()),
            None => Err(IdTokenError::UnknownAlgorithm),
        }
    }

    /// A claim that may be left out, be null or empty. One that is there and cannot be read is no absent one: it would
    /// pass for a check that was made.
    fn text_if_any(&self, name: &'static str) -> Result<Option<String>, IdTokenError> {
        let text = self.claims.text(name);
        let is_absent = || {
            let member = self.claims.member(name);
            member.is_none_or(|it| matches!(it.expose(), "" | "null"))
        };
        if text.is_some() || is_absent() {
            Ok(text)
        } else {
            Err(IdTokenError::MissingClaim { name })
        }
    }

    fn text(&self, name: &'static str) -> Result<String, IdTokenError> {
        self.claims
            .text(name)
            .ok_or(IdTokenError::MissingClaim { name })
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
