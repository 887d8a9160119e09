//! One grant with its tokens.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::{Map, Value};

use crate::id_token::{Claims, id_token};
use crate::oauth_error::OAuthError;
use crate::options::{Options, RefreshTokens};
use crate::random;
use crate::unix_time::unix_time;

/// How many access tokens and rotated refresh tokens of a grant are kept; the oldest give way.
pub(super) const ACCESS_TOKENS_KEPT: usize = 16;
pub(super) const ROTATED_KEPT: usize = 16;

/// What a person has approved.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    pub(crate) nonce: Option<String>,
}

/// An access token as it was issued.
pub(crate) struct AccessToken {
    pub(super) token: String,
    /// A refresh may have narrowed it.
    pub(super) scope: Option<String>,
    pub(super) end: Option<Instant>,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
}

pub(super) struct Issued {
    pub(super) grant: Grant,
    pub(super) access_tokens: VecDeque<AccessToken>,
    pub(super) refresh_token: Option<String>,
    /// Refresh tokens that were exchanged for a newer one.
    pub(super) rotated: VecDeque<String>,
}

/// What is the same for every token.
pub(crate) struct Issuing<'a> {
    pub(crate) options: &'a Options,
    pub(crate) issuer: &'a str,
    pub(crate) now: Instant,
}

/// What there is to say about a valid token.
pub(crate) struct Status<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) scope: Option<&'a str>,
    /// `None` for a refresh token.
    pub(crate) access_token: Option<&'a AccessToken>,
}

impl Status<'_> {
    /// Whether the token was granted this scope.
    pub(crate) fn has_scope(&self, wanted: &str) -> bool {
        has_scope(self.scope, wanted)
    }
}

/// A refresh that was granted.
pub(super) struct Exchange {
    pub(super) body: Map<String, Value>,
    /// Tokens that are so old that they are not kept any more.
    pub(super) forgotten: Vec<String>,
}

impl Issued {
    pub(super) fn refresh(&mut self, scope: Option<&str>, issuing: &Issuing<'_>) -> Result<Exchange, OAuthError> {
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

    /// About how many bytes the grant takes up; every token is an entry of the index too.
    pub(super) fn size(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let tokens = self.names().map(|token| token.len().saturating_mul(2).saturating_add(size_of::<AccessToken>()));
        let scopes = self.access_tokens.iter().map(|access| length(&access.scope));
        let grant = [self.grant.client_id.len(), length(&self.grant.scope), length(&self.grant.nonce)];
        tokens.chain(scopes).chain(grant).fold(size_of::<Self>(), usize::saturating_add)
    }

    /// Every token that leads here.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let access_tokens = self.access_tokens.iter().map(|access| access.token.as_str());
        access_tokens.chain(self.refresh_token.as_deref()).chain(self.rotated.iter().map(String::as_str))
    }

    pub(super) fn status(&self, token: &str, now: Instant) -> Option<Status<'_>> {
        let client_id = self.grant.client_id.as_str();
        if self.refresh_token.as_deref() == Some(token) {
            return Some(Status { client_id, scope: self.grant.scope.as_deref(), access_token: None });
        }
        let access_token =
            self.access_tokens.iter().find(|access| access.token == token && access.end.is_none_or(|end| now < end))?;
        Some(Status { client_id, scope: access_token.scope.as_deref(), access_token: Some(access_token) })
    }

    pub(super) fn holds(&self, token: &str) -> bool {
        self.refresh_token.as_deref() == Some(token) || self.access_tokens.iter().any(|access| access.token == token)
    }

    /// Whether this is its refresh token, or was before a rotation.
    pub(super) fn knows_refresh_token(&self, token: &str) -> bool {
        self.refresh_token.as_deref() == Some(token) || self.rotated.iter().any(|rotated| rotated == token)
    }
}

fn has_scope(granted: Option<&str>, wanted: &str) -> bool {
    granted.is_some_and(|granted| granted.split(' ').any(|scope| scope == wanted))
}

impl Issuing<'_> {
    pub(super) fn access_token(&self, scope: Option<String>) -> Result<AccessToken, OAuthError> {
        let issued_at = unix_time();
        Ok(AccessToken {
            token: random::secret()?,
            scope,
            end: self.now.checked_add(self.options.token_lifetime),
            issued_at,
            expires_at: issued_at.saturating_add(self.options.token_lifetime.as_secs()),
        })
    }

    pub(super) fn body(
        &self,
        grant: &Grant,
        access_token: &AccessToken,
        refresh_token: Option<&str>,
    ) -> Map<String, Value> {
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
