//! Access and refresh tokens (RFC 6749 §5.1, §6; RFC 7009).

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::{Map, Value};

use crate::id_token::{Claims, id_token};
use crate::oauth_error::OAuthError;
use crate::options::{Options, RefreshTokens};
use crate::random;

/// How many grants, and access tokens of a grant, are kept; the oldest give way.
const GRANTS_KEPT: usize = 1024;
const ACCESS_TOKENS_KEPT: usize = 16;

/// What a person has approved.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    pub(crate) nonce: Option<String>,
}

struct Issued {
    grant: Grant,
    access_tokens: VecDeque<(String, Option<Instant>)>,
    refresh_token: Option<String>,
}

#[derive(Default)]
pub(crate) struct Tokens {
    issued: VecDeque<Issued>,
}

/// What is the same for every token.
pub(crate) struct Issuing<'a> {
    pub(crate) options: &'a Options,
    pub(crate) issuer: &'a str,
    pub(crate) now: Instant,
}

impl Tokens {
    /// Issues the tokens for a device code and returns the body of the answer.
    pub(crate) fn issue(
        &mut self,
        grant: Grant,
        issuing: &Issuing<'_>,
    ) -> Result<Value, OAuthError> {
        let access_token = random::secret()?;
        let refresh_token = match issuing.options.refresh_tokens {
            RefreshTokens::None => None,
            RefreshTokens::Keep | RefreshTokens::Rotate => Some(random::secret()?),
        };
        let body = issuing.body(&grant, &access_token, refresh_token.as_deref());
        let access_tokens = VecDeque::from([(access_token, issuing.end())]);
        if self.issued.len() >= GRANTS_KEPT {
            self.issued.pop_front();
        }
        self.issued.push_back(Issued {
            grant,
            access_tokens,
            refresh_token,
        });
        Ok(body)
    }

    /// Exchanges a refresh token and returns the body of the answer.
    pub(crate) fn refresh(
        &mut self,
        refresh_token: &str,
        client_id: &str,
        scope: Option<&str>,
        issuing: &Issuing<'_>,
    ) -> Result<Value, OAuthError> {
        let issued = self
            .issued
            .iter_mut()
            .find(|issued| issued.refresh_token.as_deref() == Some(refresh_token));
        let issued = issued.ok_or(OAuthError::invalid_grant(
            "unknown, rotated or revoked refresh token",
        ))?;
        if issued.grant.client_id != client_id {
            return Err(OAuthError::invalid_grant(
                "the refresh token belongs to another client",
            ));
        }
        let mut narrowed = issued.grant.clone();
        if let Some(scope) = scope {
            let granted: Vec<&str> = issued
                .grant
                .scope
                .iter()
                .flat_map(|scope| scope.split(' '))
                .collect();
            if !scope.split(' ').all(|wanted| granted.contains(&wanted)) {
                return Err(OAuthError::new(
                    "invalid_scope",
                    "a refresh cannot widen the scope",
                ));
            }
            narrowed.scope = Some(scope.to_owned());
        }
        let access_token = random::secret()?;
        let rotated = match issuing.options.refresh_tokens {
            RefreshTokens::None | RefreshTokens::Keep => None,
            RefreshTokens::Rotate => Some(random::secret()?),
        };
        let body = issuing.body(&narrowed, &access_token, rotated.as_deref());
        if rotated.is_some() {
            issued.refresh_token = rotated;
        }
        if issued.access_tokens.len() >= ACCESS_TOKENS_KEPT {
            issued.access_tokens.pop_front();
        }
        issued
            .access_tokens
            .push_back((access_token, issuing.end()));
        Ok(body)
    }

    /// Revokes a token: with a refresh token its access tokens go too (RFC 7009 §2.1). Says whether there was one.
    pub(crate) fn revoke(&mut self, token: &str, client_id: &str) -> Result<bool, OAuthError> {
        let Some(index) = self.issued.iter().position(|issued| issued.holds(token)) else {
            return Ok(false);
        };
        let Some(issued) = self.issued.get_mut(index) else {
            return Ok(false);
        };
        if issued.grant.client_id != client_id {
            return Err(OAuthError::invalid_grant(
                "the token belongs to another client",
            ));
        }
        if issued.refresh_token.as_deref() == Some(token) {
            self.issued.remove(index);
        } else {
            issued
                .access_tokens
                .retain(|(access_token, _)| access_token != token);
        }
        Ok(true)
    }

    pub(crate) fn is_active(&self, token: &str, now: Instant) -> bool {
        self.issued.iter().any(|issued| {
            let is_access = |(access, end): &(String, Option<Instant>)| {
                access == token && end.is_none_or(|end| now < end)
            };
            issued.refresh_token.as_deref() == Some(token)
                || issued.access_tokens.iter().any(is_access)
        })
    }

    /// Makes every access token expire now; refresh tokens live on.
    pub(crate) fn expire_access_tokens(&mut self) {
        for issued in &mut self.issued {
            issued.access_tokens.clear();
        }
    }
}

impl Issued {
    fn holds(&self, token: &str) -> bool {
        self.refresh_token.as_deref() == Some(token)
            || self.access_tokens.iter().any(|(access, _)| access == token)
    }
}

impl Issuing<'_> {
    fn end(&self) -> Option<Instant> {
        self.now.checked_add(self.options.token_lifetime)
    }

    fn body(&self, grant: &Grant, access_token: &str, refresh_token: Option<&str>) -> Value {
        let mut body = Map::new();
        body.insert("access_token".to_owned(), access_token.into());
        body.insert("token_type".to_owned(), "Bearer".into());
        body.insert(
            "expires_in".to_owned(),
            self.options.token_lifetime.as_secs().into(),
        );
        if let Some(refresh_token) = refresh_token {
            body.insert("refresh_token".to_owned(), refresh_token.into());
        }
        if let Some(scope) = &grant.scope {
            body.insert("scope".to_owned(), scope.as_str().into());
            if scope.split(' ').any(|scope| scope == "openid") {
                let claims = Claims {
                    issuer: self.issuer,
                    subject: &self.options.subject,
                    audience: &grant.client_id,
                    nonce: grant.nonce.as_deref(),
                    lifetime: self.options.token_lifetime,
                };
                body.insert("id_token".to_owned(), id_token(&claims).into());
            }
        }
        Value::Object(body)
    }
}
