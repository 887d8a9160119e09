//! How a [`PendingFlow`] is stored: a flat JSON object with a format version.

use super::members::{Text, Value, for_each, text};
use super::object::Object;
use crate::pacing::MAX_LIFETIME;
use crate::pending_flow::{PendingFlow, PendingFlowError};
use crate::pkce::PkceVerifier;
use crate::secret::SecretString;
use crate::wire::DeviceAuthorizationResponse;
use alloc::boxed::Box;
use core::cmp::Ordering;
use core::time::Duration;

/// The version that is written, and the only one there is so far.
const VERSION: i64 = 1;

/// The longest wait that is believed: nothing this crate writes comes near.
const MAX_WAIT: Duration = MAX_LIFETIME;

impl PendingFlow {
    /// The stored form: one line of JSON. It holds the device code.
    pub fn to_json(&self) -> SecretString {
        let mut object = Object::new();
        object.number("version", VERSION.unsigned_abs());
        object.text("client_id", Some(&self.client_id));
        object.text("token_endpoint", Some(&self.token_endpoint));
        object.text("device_code", Some(self.response.device_code().expose()));
        object.text("user_code", Some(self.response.user_code()));
        object.text("verification_uri", Some(self.response.verification_uri()));
        object.text(
            "verification_uri_complete",
            self.response.verification_uri_complete(),
        );
        object.text("message", self.response.message());
        object.text("nonce", self.nonce.as_ref().map(SecretString::expose));
        object.text(
            "code_verifier",
            self.pkce.as_ref().map(PkceVerifier::expose),
        );
        object.number("interval_ms", millis(self.interval));
        object.number("remaining_ms", millis(self.remaining));
        object.number("is_lifetime_known", u64::from(self.is_lifetime_known));
        object.number("next_poll_in_ms", millis(self.next_poll_in));
        object.number("failures", u64::from(self.failures));
        object.number("is_answer_lost", u64::from(self.is_answer_lost));
        object.end()
    }

    /// Reads the stored form. Numbers are clamped and texts cleaned as if a server had sent them.
    ///
    /// # Errors
    ///
    /// A [`PendingFlowError`] when it is damaged or was written by a newer version. The text is never shown.
    pub fn from_json(json: &str) -> Result<Self, PendingFlowError> {
        let json = text(json.as_bytes());
        let mut read = Read::default();
        if !json.starts_with('{') {
            return Err(PendingFlowError::Damaged);
        }
        for_each(&json, &mut |name, value| read.take(&name, value))
            .map_err(|_| PendingFlowError::Damaged)?;
        check_version(read.version, VERSION)?;
        read.into_pending().ok_or(PendingFlowError::Damaged)
    }
}

/// Whether a stored form is of the version that is read here.
pub(super) fn check_version(found: Option<i64>, known: i64) -> Result<(), PendingFlowError> {
    let found = found.ok_or(PendingFlowError::Damaged)?;
    match found.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(PendingFlowError::Version {
            found: u32::try_from(found).unwrap_or(u32::MAX),
        }),
        Ordering::Less => Err(PendingFlowError::Damaged),
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[derive(Default)]
struct Read<'t> {
    version: Option<i64>,
    client_id: Option<Text<'t>>,
    token_endpoint: Option<Text<'t>>,
    device_code: Option<Text<'t>>,
    user_code: Option<Text<'t>>,
    verification_uri: Option<Text<'t>>,
    verification_uri_complete: Option<Text<'t>>,
    message: Option<Text<'t>>,
    nonce: Option<Text<'t>>,
    code_verifier: Option<Text<'t>>,
    interval: Option<Duration>,
    remaining: Option<Duration>,
    is_lifetime_known: Option<bool>,
    next_poll_in: Option<Duration>,
    failures: Option<u32>,
    is_answer_lost: Option<bool>,
}

impl<'t> Read<'t> {
    fn take(&mut self, name: &str, value: Value<'t>) {
        match name {
            "version" => self.version = whole(value),
            "client_id" => self.client_id = value.text(),
            "token_endpoint" => self.token_endpoint = value.text(),
            "device_code" => self.device_code = value.text(),
            "user_code" => self.user_code = value.text(),
            "verification_uri" => self.verification_uri = value.text(),
            "verification_uri_complete" => self.verification_uri_complete = value.text(),
            "message" => self.message = value.text(),
            "nonce" => self.nonce = value.text(),
            "code_verifier" => self.code_verifier = value.text(),
            "interval_ms" => self.interval = duration(value),
            "remaining_ms" => self.remaining = duration(value),
            "is_lifetime_known" => self.is_lifetime_known = flag(value),
            "next_poll_in_ms" => self.next_poll_in = duration(value),
            "failures" => self.failures = whole(value).and_then(|it| u32::try_from(it).ok()),
            "is_answer_lost" => self.is_answer_lost = flag(value),
            // A later version of the same format may know more.
            _ => {}
        }
    }

    fn into_pending(self) -> Option<PendingFlow> {
        let response = DeviceAuthorizationResponse::restored(
            &self.device_code?,
            &self.user_code?,
            &self.verification_uri?,
            self.verification_uri_complete.as_deref(),
            self.message.as_deref(),
        )?;
        Some(PendingFlow {
            client_id: Box::from(&*self.client_id?),
            token_endpoint: Box::from(&*self.token_endpoint?),
            response,
            nonce: self.nonce.as_deref().map(SecretString::from),
            pkce: match &self.code_verifier {
                Some(verifier) => Some(PkceVerifier::restored(verifier)?),
                None => None,
            },
            interval: self.interval?.clamp(Duration::from_secs(1), MAX_WAIT),
            remaining: self.remaining?.min(MAX_LIFETIME),
            is_lifetime_known: self.is_lifetime_known?,
            next_poll_in: self.next_poll_in?.min(MAX_WAIT),
            failures: self.failures?,
            is_answer_lost: self.is_answer_lost?,
        })
    }
}

fn whole(value: Value<'_>) -> Option<i64> {
    value.number().map(super::members::Number::floor)
}

fn duration(value: Value<'_>) -> Option<Duration> {
    u64::try_from(whole(value)?).ok().map(Duration::from_millis)
}

fn flag(value: Value<'_>) -> Option<bool> {
    match whole(value)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}
