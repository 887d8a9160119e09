//! Access and refresh tokens (RFC 6749 §5.1, §6; RFC 7009).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use serde_json::{Map, Value};

use crate::id_token::{Claims, id_token};
use crate::oauth_error::OAuthError;
use crate::options::{Options, RefreshTokens};
use crate::random;
use crate::unix_time::unix_time;

/// How many access tokens and rotated refresh tokens of a grant are kept; the oldest give way.
const ACCESS_TOKENS_KEPT: usize = 16;
const ROTATED_KEPT: usize = 16;

/// What a person has approved.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    pub(crate) nonce: Option<String>,
}

/// An access token as it was issued.
pub(crate) struct AccessToken {
    token: String,
    /// A refresh may have narrowed it.
    scope: Option<String>,
    end: Option<Instant>,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
}

struct Issued {
    grant: Grant,
    access_tokens: VecDeque<AccessToken>,
    refresh_token: Option<String>,
    /// Refresh tokens that were exchanged for a newer one.
    rotated: VecDeque<String>,
}

/// All grants with their tokens, found by any of them.
#[derive(Default)]
pub(crate) struct Tokens {
    issued: BTreeMap<u64, Issued>,
    /// Access tokens, refresh tokens, and those that were rotated.
    by_token: HashMap<String, u64>,
    next: u64,
}

/// What is the same for every token.
pub(crate) struct Issuing<'a> {
    pub(crate) options: &'a Options,
    pub(crate) issuer: &'a str,
    pub(crate) now: Instant,
}

/// What came of a refresh token.
pub(crate) enum Refreshed {
    /// The body of the answer.
    Tokens(Map<String, Value>),
    /// It had been rotated before, so somebody holds a copy: the whole grant is revoked (RFC 9700 §4.14.2).
    Reused,
}

/// What there is to say about a valid token.
pub(crate) struct Status<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) scope: Option<&'a str>,
    /// `None` for a refresh token.
    pub(crate) access_token: Option<&'a AccessToken>,
}

impl Tokens {
    /// Issues the tokens for a device code and returns the body of the answer.
    pub(crate) fn issue(&mut self, grant: Grant, issuing: &Issuing<'_>) -> Result<Map<String, Value>, OAuthError> {
        let access_token = issuing.access_token(grant.scope.clone())?;
        let refresh_token = match issuing.options.refresh_tokens {
            RefreshTokens::None => None,
            RefreshTokens::Keep | RefreshTokens::Rotate => Some(random::secret()?),
        };
        let body = issuing.body(&grant, &access_token, refresh_token.as_deref());
        let oldest = self.issued.keys().next().copied();
        if let Some(oldest) = oldest.filter(|_| self.issued.len() >= issuing.options.most_codes) {
            self.forget(oldest);
        }
        let issued =
            Issued { grant, access_tokens: VecDeque::from([access_token]), refresh_token, rotated: VecDeque::new() };
        self.next = self.next.saturating_add(1);
        self.by_token.extend(issued.names().map(|token| (token.to_owned(), self.next)));
        self.issued.insert(self.next, issued);
        Ok(body)
    }

    /// Exchanges a refresh token.
    pub(crate) fn refresh(
        &mut self,
        refresh_token: &str,
        client_id: &str,
        scope: Option<&str>,
        issuing: &Issuing<'_>,
    ) -> Result<Refreshed, OAuthError> {
        const UNKNOWN: OAuthError = OAuthError::invalid_grant("unknown, rotated or revoked refresh token");
        let serial = *self.by_token.get(refresh_token).ok_or(UNKNOWN)?;
        let issued = self.issued.get_mut(&serial).filter(|issued| issued.knows_refresh_token(refresh_token));
        let issued = issued.ok_or(UNKNOWN)?;
        if issued.grant.client_id != client_id {
            return Err(OAuthError::invalid_grant("the refresh token belongs to another client"));
        }
        if issued.refresh_token.as_deref() == Some(refresh_token) {
            let Exchange { body, forgotten } = issued.refresh(scope, issuing)?;
            let newer = issued.refresh_token.iter().chain(issued.access_tokens.back().map(|access| &access.token));
            self.by_token.extend(newer.map(|token| (token.clone(), serial)));
            for token in forgotten {
                self.by_token.remove(&token);
            }
            return Ok(Refreshed::Tokens(body));
        }
        if !issuing.options.is_reuse_detected {
            return Err(UNKNOWN);
        }
        self.forget(serial);
        Ok(Refreshed::Reused)
    }

    /// Revokes a token: with a refresh token its access tokens go too (RFC 7009 §2.1). Says whether there was one.
    pub(crate) fn revoke(&mut self, token: &str, client_id: &str) -> Result<bool, OAuthError> {
        let serial = self.by_token.get(token).copied().unwrap_or_default();
        let Some(issued) = self.issued.get_mut(&serial).filter(|issued| issued.holds(token)) else {
            return Ok(false);
        };
        if issued.grant.client_id != client_id {
            return Err(OAuthError::invalid_grant("the token belongs to another client"));
        }
        if issued.refresh_token.as_deref() == Some(token) {
            self.forget(serial);
        } else {
            issued.access_tokens.retain(|access| access.token != token);
            self.by_token.remove(token);
        }
        Ok(true)
    }

    /// Looks a token up, of either kind; `None` unless it is valid now.
    pub(crate) fn status(&self, token: &str, now: Instant) -> Option<Status<'_>> {
        self.issued.get(self.by_token.get(token)?)?.status(token, now)
    }

    /// Makes every access token expire now; refresh tokens live on.
    pub(crate) fn expire_access_tokens(&mut self) {
        for issued in self.issued.values_mut() {
            for access in issued.access_tokens.drain(..) {
                self.by_token.remove(&access.token);
            }
        }
    }

    fn forget(&mut self, serial: u64) {
        let issued = self.issued.remove(&serial);
        for token in issued.iter().flat_map(Issued::names) {
            self.by_token.remove(token);
        }
    }
}

impl Status<'_> {
    /// Whether the token was granted this scope.
    pub(crate) fn has_scope(&self, wanted: &str) -> bool {
        has_scope(self.scope, wanted)
    }
}

/// A refresh that was granted.
struct Exchange {
    body: Map<String, Value>,
    /// Tokens that are so old that they are not kept any more.
    forgotten: Vec<String>,
}

impl Issued {
    fn refresh(&mut self, scope: Option<&str>, issuing: &Issuing<'_>) -> Result<Exchange, OAuthError> {
        let mut narrowed = self.grant.clone();
        // An ID token that comes with a refresh carries no nonce (OpenID Connect Core §12.2).
        narrowed.nonce = None;
        if let Some(scope) = scope {
            let granted = self.grant.scope.as_deref();
            // What repeats a scope could be of any length, and is kept with the token.
            let is_longer = scope.len() > granted.map_or(0, str::len);
            if is_longer || !scope.split(' ').all(|wanted| has_scope(granted, wanted)) {
                return Err(OAuthError::new("invalid_scope", "a refresh cannot widen the scope"));
            }
            narrowed.scope = Some(scope.to_owned());
        }
        let access_token = issuing.access_token(narrowed.scope.clone())?;
        let newer = match issuing.options.refresh_tokens {
            RefreshTokens::None | RefreshTokens::Keep => None,
            RefreshTokens::Rotate => Some(random::secret()?),
        };
        let body = issuing.body(&narrowed, &access_token, newer.as_deref());
        let mut forgotten = Vec::new();
        if let Some(newer) = newer {
            if self.rotated.len() >= ROTATED_KEPT {
                forgotten.extend(self.rotated.pop_front());
            }
            self.rotated.extend(self.refresh_token.replace(newer));
        }
        if self.access_tokens.len() >= ACCESS_TOKENS_KEPT {
            forgotten.extend(self.access_tokens.pop_front().map(|access| access.token));
        }
        self.access_tokens.push_back(access_token);
        Ok(Exchange { body, forgotten })
    }

    /// Every token that leads here.
    fn names(&self) -> impl Iterator<Item = &str> {
        let access_tokens = self.access_tokens.iter().map(|access| access.token.as_str());
        access_tokens.chain(self.refresh_token.as_deref()).chain(self.rotated.iter().map(String::as_str))
    }

    fn status(&self, token: &str, now: Instant) -> Option<Status<'_>> {
        let client_id = self.grant.client_id.as_str();
        if self.refresh_token.as_deref() == Some(token) {
            return Some(Status { client_id, scope: self.grant.scope.as_deref(), access_token: None });
        }
        let access_token =
            self.access_tokens.iter().find(|access| access.token == token && access.end.is_none_or(|end| now < end))?;
        Some(Status { client_id, scope: access_token.scope.as_deref(), access_token: Some(access_token) })
    }

    fn holds(&self, token: &str) -> bool {
        self.refresh_token.as_deref() == Some(token) || self.access_tokens.iter().any(|access| access.token == token)
    }

    /// Whether this is its refresh token, or was before a rotation.
    fn knows_refresh_token(&self, token: &str) -> bool {
        self.refresh_token.as_deref() == Some(token) || self.rotated.iter().any(|rotated| rotated == token)
    }
}

fn has_scope(granted: Option<&str>, wanted: &str) -> bool {
    granted.is_some_and(|granted| granted.split(' ').any(|scope| scope == wanted))
}

impl Issuing<'_> {
    fn access_token(&self, scope: Option<String>) -> Result<AccessToken, OAuthError> {
        let issued_at = unix_time();
        Ok(AccessToken {
            token: random::secret()?,
            scope,
            end: self.now.checked_add(self.options.token_lifetime),
            issued_at,
            expires_at: issued_at.saturating_add(self.options.token_lifetime.as_secs()),
        })
    }

    fn body(&self, grant: &Grant, access_token: &AccessToken, refresh_token: Option<&str>) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("access_token".to_owned(), access_token.token.as_str().into());
        body.insert("token_type".to_owned(), "Bearer".into());
        body.insert("expires_in".to_owned(), self.options.token_lifetime.as_secs().into());
        if let Some(refresh_token) = refresh_token {
            body.insert("refresh_token".to_owned(), refresh_token.into());
        }
        if let Some(scope) = &grant.scope {
            body.insert("scope".to_owned(), scope.as_str().into());
        }
        if has_scope(grant.scope.as_deref(), "openid") {
            let claims = Claims {
                issuer: self.issuer,
                subject: &self.options.subject,
                audience: &grant.client_id,
                nonce: grant.nonce.as_deref(),
                issued_at: access_token.issued_at,
                expires_at: access_token.expires_at,
            };
            let id_token = id_token(&claims, &self.options.id_token_claims);
            body.insert("id_token".to_owned(), id_token.into());
        }
        body
    }
}
