//! Tokens that were put aside, to be taken up again later or elsewhere.

use crate::config::Config;
use crate::secret::{Packed, SecretString};
use crate::stored::{Member, Stored, StoredFormError, Table, unless_zero};
use crate::time::millis;
use crate::token_response::TokenResponse;
use core::fmt;
use core::time::Duration;

/// A token set that was put aside: the tokens, whose they are, what was left of their life, and where their refresh
/// stood.
///
/// It can be stored with [`to_json`](Self::to_json) and read by a later version of this crate, or be made with
/// [`new`](Self::new) of tokens that somebody else stored. `Debug` shows no token.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSession {
    stored: Stored<10, 10>,
    tokens: TokenResponse,
}

/// The stored form, version 1.
pub(crate) static TABLE: Table<10, 10> = Table {
    version: 1,
    texts: [
        Member::shown("client_id"),
        Member::shown("token_endpoint"),
        Member::silent("access_token"),
        Member::shown("token_type"),
        Member::silent("refresh_token"),
        Member::silent("id_token"),
        Member::shown("scope"),
        Member::silent("extra"),
        Member::shown("full_scope"),
        Member::shown("narrower_scope"),
    ],
    numbers: [
        "life_s",
        "remaining_ms",
        "held_ms",
        "told",
        "phase",
        "next_attempt_in_ms",
        "failures",
        "is_answer_lost",
        "is_paused",
        "hasty",
    ],
};

// Where each is found.
const CLIENT_ID: usize = 0;
const TOKEN_ENDPOINT: usize = 1;
const FULL_SCOPE: usize = 8;
const NARROWER_SCOPE: usize = 9;
const LIFE_S: usize = 0;
const REMAINING_MS: usize = 1;
const IS_ANSWER_LOST: usize = 7;

/// Where a session stood beside its tokens. Each is what [`Session`](crate::Session) calls it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing<'a> {
    pub(crate) full_scope: Option<&'a str>,
    pub(crate) narrower_scope: Option<&'a str>,
    pub(crate) held: Duration,
    pub(crate) told: u64,
    pub(crate) phase: u64,
    pub(crate) next_attempt_in: Duration,
    pub(crate) failures: u32,
    pub(crate) is_answer_lost: bool,
    pub(crate) is_paused: bool,
    pub(crate) hasty: u32,
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
        config.validate_without_device_endpoint().ok()?;
        let parts = [Some(access_token), None, refresh_token, None, None, None];
        let tokens = TokenResponse::restored(parts, remaining)?;
        let (client_id, endpoint) = (&config.client_id, &config.token_endpoint);
        Some(Self::packed(client_id, endpoint, tokens, remaining, Standing::default()))
    }

    pub(crate) fn packed(
        client_id: &str,
        token_endpoint: &str,
        tokens: TokenResponse,
        remaining: Option<Duration>,
        standing: Standing<'_>,
    ) -> Self {
        let [access, kind, refresh, id, scope, extra] = tokens.parts();
        let texts = Packed::new([
            Some(client_id),
            Some(token_endpoint),
            access,
            kind,
            refresh,
            id,
            scope,
            extra,
            standing.full_scope,
            standing.narrower_scope,
        ]);
        let numbers = [
            tokens.expires_in().map(|it| it.as_secs()),
            remaining.map(millis),
            unless_zero(millis(standing.held)),
            unless_zero(standing.told),
            unless_zero(standing.phase),
            unless_zero(millis(standing.next_attempt_in)),
            unless_zero(standing.failures),
            unless_zero(standing.is_answer_lost),
            unless_zero(standing.is_paused),
            unless_zero(standing.hasty),
        ];
        Self { stored: Stored { texts, numbers }, tokens }
    }

    pub(crate) fn standing(&self) -> Standing<'_> {
        let [_, _, held, told, phase, next, failures, lost, paused, hasty] = self.stored.numbers;
        let millis = |it: Option<u64>| Duration::from_millis(it.unwrap_or_default());
        let count = |it: Option<u64>| u32::try_from(it.unwrap_or_default()).unwrap_or(u32::MAX);
        Standing {
            full_scope: self.stored.text(FULL_SCOPE),
            narrower_scope: self.stored.text(NARROWER_SCOPE),
            held: millis(held),
            told: told.unwrap_or_default(),
            phase: phase.unwrap_or_default(),
            next_attempt_in: millis(next),
            failures: count(failures),
            is_answer_lost: lost == Some(1),
            is_paused: paused == Some(1),
            hasty: count(hasty),
        }
    }

    /// This token set after a refresh brought `answer`, as a [`Session`](crate::Session) would keep it: what the server
    /// left out, a refresh token above all, stays as it was. What is left of the access token's life counts from the
    /// moment the request was sent.
    ///
    /// ```
    /// use device_flow_core::{Config, StoredSession, TokenResponse};
    ///
    /// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
    /// let stored = StoredSession::new(&config, "old", Some("r1"), None).unwrap();
    /// let refreshed = stored.refreshed(&TokenResponse::from_json(r#"{"access_token":"new","expires_in":60}"#)?);
    /// assert_eq!(refreshed.tokens().access_token().expose(), "new");
    /// assert_eq!(refreshed.tokens().refresh_token().unwrap().expose(), "r1");
    /// # Ok::<(), device_flow_core::Failure>(())
    /// ```
    #[must_use]
    pub fn refreshed(&self, answer: &TokenResponse) -> Self {
        let full_scope = self.stored.text(FULL_SCOPE);
        let tokens = self.tokens.renewed(answer, crate::Timestamp::ZERO, full_scope).expiring(None);
        let remaining = tokens.expires_in();
        let standing = Standing { is_paused: self.standing().is_paused, ..Standing::default() };
        Self::packed(self.client_id(), self.token_endpoint(), tokens, remaining, standing)
    }

    /// The tokens.
    pub const fn tokens(&self) -> &TokenResponse {
        &self.tokens
    }

    /// What was left of the access token's life when it was put aside.
    pub fn remaining(&self) -> Option<Duration> {
        self.stored.millis(REMAINING_MS)
    }

    /// The client that the tokens were granted to.
    pub fn client_id(&self) -> &str {
        self.stored.text(CLIENT_ID).unwrap_or_default()
    }

    /// The endpoint that refreshes them.
    pub fn token_endpoint(&self) -> &str {
        self.stored.text(TOKEN_ENDPOINT).unwrap_or_default()
    }

    /// Whether a refresh was under way whose answer nobody has heard: it may have carried a new refresh token, and the
    /// one in here may be spent.
    pub fn is_answer_lost(&self) -> bool {
        self.stored.flag(IS_ANSWER_LOST)
    }

    /// The stored form: one line of JSON. It holds the tokens.
    pub fn to_json(&self) -> SecretString {
        self.stored.to_json(&TABLE)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// A [`StoredFormError`] when it is damaged or was written by a newer version. The text is never shown.
    pub fn from_json(json: &str) -> Result<Self, StoredFormError> {
        let mut stored = Stored::from_json(json, &TABLE)?;
        let [client_id, token_endpoint, access, kind, refresh, id, scope, extra, ..] = stored.texts.all();
        let parts = [access, kind, refresh, id, scope, extra];
        let life = stored.number(LIFE_S).map(Duration::from_secs);
        let tokens = TokenResponse::restored(parts, life);
        let is_whole = client_id.is_some() && token_endpoint.is_some();
        let tokens = tokens.filter(|_| is_whole).ok_or(StoredFormError::Damaged)?;
        // No token has more left than its whole life.
        if let (Some(left), Some(life)) = (stored.millis(REMAINING_MS), life) {
            stored.numbers[REMAINING_MS] = Some(millis(left.min(life)));
        }
        Ok(Self { stored, tokens })
    }
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stored.show(&TABLE, "StoredSession", f)
    }
}
