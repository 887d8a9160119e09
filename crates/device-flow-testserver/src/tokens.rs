//! Access and refresh tokens (RFC 6749 §5.1, §6; RFC 7009).

mod issued;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use serde_json::{Map, Value};

use crate::oauth_error::OAuthError;
use crate::options::RefreshTokens;
use crate::random;

use issued::{Exchange, Issued};
pub(crate) use issued::{Grant, Issuing, Status};

/// About how many bytes of grants are kept.
const BYTES_KEPT: usize = 128 * 1024 * 1024;

/// All grants with their tokens, found by any of them.
#[derive(Default)]
pub(crate) struct Tokens {
    issued: BTreeMap<u64, Issued>,
    /// Access tokens, refresh tokens, and those that were rotated.
    by_token: HashMap<String, u64>,
    bytes: usize,
    next: u64,
}

/// What came of a refresh token.
pub(crate) enum Refreshed {
    /// The body of the answer.
    Tokens(Map<String, Value>),
    /// It had been rotated before, so somebody holds a copy: the whole grant is revoked (RFC 9700 §4.14.2).
    Reused,
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
        let issued =
            Issued { grant, access_tokens: VecDeque::from([access_token]), refresh_token, rotated: VecDeque::new() };
        self.next = self.next.saturating_add(1);
        self.by_token.extend(issued.names().map(|token| (token.to_owned(), self.next)));
        self.bytes = self.bytes.saturating_add(issued.size());
        self.issued.insert(self.next, issued);
        self.let_old_ones_go(issuing.options.most_codes);
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
            let before = issued.size();
            let Exchange { body, forgotten } = issued.refresh(scope, issuing)?;
            self.bytes = self.bytes.saturating_sub(before).saturating_add(issued.size());
            let newer = issued.refresh_token.iter().chain(issued.access_tokens.back().map(|access| &access.token));
            self.by_token.extend(newer.map(|token| (token.clone(), serial)));
            for token in forgotten {
                self.by_token.remove(&token);
            }
            self.let_old_ones_go(issuing.options.most_codes);
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
            let before = issued.size();
            issued.access_tokens.retain(|access| access.token != token);
            self.bytes = self.bytes.saturating_sub(before).saturating_add(issued.size());
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
        self.bytes = self.issued.values().map(Issued::size).fold(0, usize::saturating_add);
    }

    fn forget(&mut self, serial: u64) {
        let Some(issued) = self.issued.remove(&serial) else { return };
        self.bytes = self.bytes.saturating_sub(issued.size());
        for token in issued.names() {
            self.by_token.remove(token);
        }
    }

    /// Forgets the oldest grants where there are more than `most`, or more than memory is for.
    fn let_old_ones_go(&mut self, most: usize) {
        while self.issued.len() > most || self.bytes > BYTES_KEPT {
            let Some(oldest) = self.issued.keys().next().copied() else { return };
            self.forget(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::issued::{ACCESS_TOKENS_KEPT, ROTATED_KEPT};
    use super::*;
    use crate::options::Options;

    const ISSUER: &str = "http://127.0.0.1";

    fn issue(tokens: &mut Tokens, scope: &str, options: &Options) -> (String, String) {
        let issuing = Issuing { options, issuer: ISSUER, now: Instant::now() };
        let grant = Grant { client_id: "tv".to_owned(), scope: Some(scope.to_owned()), nonce: None };
        let body = tokens.issue(grant, &issuing).unwrap();
        let member = |name: &str| body[name].as_str().unwrap().to_owned();
        (member("access_token"), member("refresh_token"))
    }

    fn refresh(tokens: &mut Tokens, token: &str, options: &Options) -> Option<String> {
        let issuing = Issuing { options, issuer: ISSUER, now: Instant::now() };
        match tokens.refresh(token, "tv", None, &issuing) {
            Ok(Refreshed::Tokens(body)) => Some(body["refresh_token"].as_str().unwrap().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn each_of_many_grants_is_found_by_its_tokens_and_the_oldest_gives_way() {
        let (options, mut tokens) = (Options::new().most_codes(10_000), Tokens::default());
        let issued: Vec<_> = (0..10_001).map(|_| issue(&mut tokens, "a", &options)).collect();
        let now = Instant::now();
        assert!(tokens.status(&issued[0].0, now).is_none() && tokens.status(&issued[0].1, now).is_none());
        for (access_token, refresh_token) in &issued[1..] {
            assert!(tokens.status(access_token, now).is_some());
            assert!(refresh(&mut tokens, refresh_token, &options).is_some());
        }
        assert_eq!(tokens.issued.len(), 10_000);
        // Two access tokens, the refresh token and the one that was rotated.
        assert_eq!(tokens.by_token.len(), 40_000);
    }

    #[test]
    fn what_leaves_takes_its_tokens_and_its_bytes_along() {
        let (options, mut tokens) = (Options::new(), Tokens::default());
        let (access_token, mut refresh_token) = issue(&mut tokens, "a", &options);
        let first = refresh_token.clone();
        for _ in 0..40 {
            refresh_token = refresh(&mut tokens, &refresh_token, &options).unwrap();
        }
        assert_eq!(tokens.by_token.len(), ACCESS_TOKENS_KEPT + ROTATED_KEPT + 1);
        assert!(tokens.status(&access_token, Instant::now()).is_none());
        assert_eq!(refresh(&mut tokens, &first, &options), None, "so old a token is unknown");
        assert_eq!(tokens.issued.len(), 1, "and revokes nothing");
        tokens.expire_access_tokens();
        assert_eq!(tokens.by_token.len(), ROTATED_KEPT + 1);
        assert_eq!(tokens.revoke(&refresh_token, "tv"), Ok(true));
        assert_eq!((tokens.by_token.len(), tokens.bytes), (0, 0));
    }

    #[test]
    fn memory_is_bounded_whatever_scopes_say() {
        let (options, mut tokens) = (Options::new(), Tokens::default());
        let scope = "s".repeat(1024 * 1024);
        let newest = (0..80).map(|_| issue(&mut tokens, &scope, &options)).last().unwrap();
        assert!(tokens.bytes <= BYTES_KEPT && tokens.issued.len() >= 60, "{}", tokens.issued.len());
        assert!(tokens.status(&newest.0, Instant::now()).is_some());
    }
}
