//! Tokens that were put aside, to be taken up again later or elsewhere.

use crate::config::Config;
use crate::time::Timestamp;
use crate::wire::TokenResponse;
use alloc::boxed::Box;
use core::time::Duration;

/// A token set that was put aside: the tokens, whose they are, and what was left of their life.
///
/// It can be stored with [`to_json`](Self::to_json) and read by a later version of this crate, or be made with
/// [`new`](Self::new) of tokens that somebody else stored. `Debug` shows no token.
#[derive(Clone, Debug)]
pub struct StoredSession {
    pub(crate) client_id: Box<str>,
    pub(crate) token_endpoint: Box<str>,
    pub(crate) tokens: TokenResponse,
    pub(crate) remaining: Option<Duration>,
}

impl StoredSession {
    /// A token set put together from its parts; `remaining` is what is left of the access token's life, if anybody
    /// knows. `None` when a token is empty or has characters that no token may have, or the configuration cannot work.
    pub fn new(
        config: &Config,
        access_token: &str,
        refresh_token: Option<&str>,
        remaining: Option<Duration>,
    ) -> Option<Self> {
        let mut config = config.clone();
        config.validate().ok()?;
        let parts = [Some(access_token), None, refresh_token, None, None, None];
        Some(Self {
            tokens: TokenResponse::restored(parts, remaining, Timestamp::ZERO)?,
            client_id: config.client_id,
            token_endpoint: config.token_endpoint,
            remaining,
        })
    }

    /// The tokens.
    pub const fn tokens(&self) -> &TokenResponse {
        &self.tokens
    }

    /// What was left of the access token's life when it was put aside.
    pub const fn remaining(&self) -> Option<Duration> {
        self.remaining
    }

    /// The client that the tokens were granted to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The endpoint that refreshes them.
    pub fn token_endpoint(&self) -> &str {
        &self.token_endpoint
    }
}
