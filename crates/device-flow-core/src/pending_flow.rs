//! A sign-in that was put aside, to be taken up again later or elsewhere.

use crate::device_authorization::{DeviceAuthorizationResponse, MAX_DEVICE_CODE};
use crate::pacing::MAX_LIFETIME;
use crate::pkce::PkceVerifier;
use crate::secret::{SecretStr, SecretString};
use crate::stored::{Member, Stored, StoredFormError, Table};
use crate::text::{MAX_USER_CODE, clean};
use crate::trouble::RetryReason;
use crate::wire::Claims;
use core::fmt;
use core::time::Duration;

/// All that [`DeviceFlow::resume`](crate::DeviceFlow::resume) needs: the codes, the interval with what was added to it,
/// the failures so far, the pause, and what is left of the code's life.
///
/// It can be stored, as [`to_json`](Self::to_json), and read by a later version of this crate. It holds the device code,
/// so it is as secret as a token; `Debug` shows neither that nor the user code. It holds durations, never dates: whoever
/// stores it also keeps when that was.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingFlow(pub(crate) Stored<12, 12>);

/// The stored form, version 1.
pub(crate) static TABLE: Table<12, 12> = Table {
    version: 1,
    texts: [
        Member::shown("client_id"),
        Member::shown("token_endpoint"),
        Member::silent("device_code"),
        Member::silent("user_code"),
        Member::silent("verification_uri"),
        Member::silent("verification_uri_complete"),
        Member::silent("message"),
        Member::silent("extra"),
        Member::silent("nonce"),
        Member::silent("code_verifier"),
        Member::shown("trouble"),
        Member::shown("trouble_cause"),
    ],
    numbers: [
        "interval_ms",
        "remaining_ms",
        "is_lifetime_known",
        "next_poll_in_ms",
        "failures",
        "is_answer_lost",
        "is_paused",
        "is_answered",
        "is_too_short",
        "trouble_status",
        "expires_in",
        "interval",
    ],
};

// Where each is found.
const CLIENT_ID: usize = 0;
const TOKEN_ENDPOINT: usize = 1;
const NONCE: usize = 8;
const CODE_VERIFIER: usize = 9;
const TROUBLE: usize = 10;
const TROUBLE_CAUSE: usize = 11;
const INTERVAL_MS: usize = 0;
const REMAINING_MS: usize = 1;
const IS_LIFETIME_KNOWN: usize = 2;
const NEXT_POLL_IN_MS: usize = 3;
const FAILURES: usize = 4;
const IS_ANSWER_LOST: usize = 5;
const IS_PAUSED: usize = 6;
const IS_ANSWERED: usize = 7;
const IS_TOO_SHORT: usize = 8;
const TROUBLE_NUMBER: usize = 9;
const EXPIRES_IN: usize = 10;
const INTERVAL: usize = 11;

impl PendingFlow {
    /// The stored form: one line of JSON. It holds the device code.
    pub fn to_json(&self) -> SecretString {
        self.0.to_json(&TABLE)
    }

    /// Reads the stored form. Numbers are clamped and texts cleaned as if a server had sent them.
    ///
    /// # Errors
    ///
    /// A [`StoredFormError`] when it is damaged or was written by a newer version. The text is never shown.
    pub fn from_json(json: &str) -> Result<Self, StoredFormError> {
        let pending = Self(Stored::from_json(json, &TABLE)?);
        let [client_id, token_endpoint, device_code, user_code, uri, ..] = pending.0.texts.all();
        let [interval, remaining, _, next_poll_in, ..] = pending.0.numbers;
        let is_whole = client_id.is_some()
            && token_endpoint.is_some()
            && device_code.is_some_and(|it| it.len() <= MAX_DEVICE_CODE)
            && user_code.is_some_and(|it| clean(it, MAX_USER_CODE).is_some())
            && uri.is_some()
            && [interval, remaining, next_poll_in].iter().all(Option::is_some)
            && pending.pkce().is_ok();
        is_whole.then_some(pending).ok_or(StoredFormError::Damaged)
    }

    /// The client that the code was made for.
    pub fn client_id(&self) -> &str {
        self.0.text(CLIENT_ID).unwrap_or_default()
    }

    /// The endpoint that is polled.
    pub fn token_endpoint(&self) -> &str {
        self.0.text(TOKEN_ENDPOINT).unwrap_or_default()
    }

    /// The nonce that was sent, which an ID token has to repeat.
    pub fn nonce(&self) -> Option<SecretStr<'_>> {
        self.0.text(NONCE).map(SecretStr::new)
    }

    /// What was left of the code's life, at most a day.
    pub fn remaining(&self) -> Duration {
        let remaining = self.0.millis(REMAINING_MS).unwrap_or_default();
        remaining.min(MAX_LIFETIME)
    }

    /// The wait that was left before the next poll, at most a day.
    pub fn next_poll_in(&self) -> Duration {
        let wait = self.0.millis(NEXT_POLL_IN_MS).unwrap_or_default();
        wait.min(MAX_LIFETIME)
    }

    /// Whether polling was paused, as it will be when the flow is taken up again.
    pub fn is_paused(&self) -> bool {
        self.0.flag(IS_PAUSED)
    }
}

/// What only the flow needs.
impl PendingFlow {
    pub(crate) fn response(&self) -> Option<DeviceAuthorizationResponse> {
        let [_, _, device_code, user_code, uri, complete, message, extra, ..] = self.0.texts.all();
        let extra = extra.filter(|it| Claims::from_json(it).is_some());
        let codes = [device_code, user_code, uri, complete, message, extra];
        let number = |index| self.0.number(index).and_then(|it| i64::try_from(it).ok());
        DeviceAuthorizationResponse::packed(codes, number(EXPIRES_IN), number(INTERVAL))
    }

    /// The verifier that was stored; an error when it is none.
    pub(crate) fn pkce(&self) -> Result<Option<PkceVerifier>, StoredFormError> {
        self.0.text(CODE_VERIFIER).map(|it| PkceVerifier::restored(it).ok_or(StoredFormError::Damaged)).transpose()
    }

    pub(crate) fn interval(&self) -> Duration {
        let interval = self.0.millis(INTERVAL_MS).unwrap_or_default();
        interval.clamp(Duration::from_secs(1), MAX_LIFETIME)
    }

    pub(crate) fn is_lifetime_known(&self) -> bool {
        self.0.flag(IS_LIFETIME_KNOWN)
    }

    pub(crate) fn failures(&self) -> u32 {
        self.0.count(FAILURES)
    }

    pub(crate) fn is_answer_lost(&self) -> bool {
        self.0.flag(IS_ANSWER_LOST)
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.0.flag(IS_ANSWERED)
    }

    /// Whether the code lives long enough for a poll.
    pub(crate) fn is_pollable(&self) -> bool {
        !self.0.flag(IS_TOO_SHORT)
    }

    pub(crate) fn trouble(&self) -> Option<RetryReason> {
        let number = u32::try_from(self.0.number(TROUBLE_NUMBER).unwrap_or_default()).unwrap_or_default();
        RetryReason::restored(self.0.text(TROUBLE)?, self.0.text(TROUBLE_CAUSE).unwrap_or_default(), number)
    }
}

impl fmt::Debug for PendingFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(&TABLE, "PendingFlow", f)
    }
}
