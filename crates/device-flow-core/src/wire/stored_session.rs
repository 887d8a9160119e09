//! How a [`StoredSession`] is written down: a flat JSON object with a format version.

use super::members::{Number, Text, Value, for_each, text};
use super::object::Object;
use super::pending_flow::{check_version, millis};
use crate::pending_flow::PendingFlowError;
use crate::secret::SecretString;
use crate::stored_session::StoredSession;
use crate::time::Timestamp;
use crate::wire::TokenResponse;
use alloc::boxed::Box;
use core::time::Duration;

/// The version that is written, and the only one there is so far.
const VERSION: i64 = 1;

/// The names of the texts, in the order of `TokenResponse::parts`.
const PARTS: [&str; 6] = [
    "access_token",
    "token_type",
    "refresh_token",
    "id_token",
    "scope",
    "extra",
];

impl StoredSession {
    /// The stored form: one line of JSON. It holds the tokens.
    pub fn to_json(&self) -> SecretString {
        let mut object = Object::new();
        object.number("version", VERSION.unsigned_abs());
        object.text("client_id", Some(&self.client_id));
        object.text("token_endpoint", Some(&self.token_endpoint));
        for (name, part) in PARTS.iter().zip(self.tokens.parts()) {
            object.text(name, part);
        }
        if let Some(life) = self.tokens.expires_in() {
            object.number("life_s", life.as_secs());
        }
        if let Some(remaining) = self.remaining {
            object.number("remaining_ms", millis(remaining));
        }
        object.end()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// A [`PendingFlowError`] when it is damaged or was written by a newer version. The text is never shown.
    pub fn from_json(json: &str) -> Result<Self, PendingFlowError> {
        let json = text(json.as_bytes());
        if !json.starts_with('{') {
            return Err(PendingFlowError::Damaged);
        }
        let mut read = Read::default();
        for_each(&json, &mut |name, value| read.take(&name, value))
            .map_err(|_| PendingFlowError::Damaged)?;
        check_version(read.version, VERSION)?;
        read.into_stored().ok_or(PendingFlowError::Damaged)
    }
}

#[derive(Default)]
struct Read<'t> {
    version: Option<i64>,
    client_id: Option<Text<'t>>,
    token_endpoint: Option<Text<'t>>,
    parts: [Option<Text<'t>>; 6],
    life: Option<u64>,
    remaining: Option<u64>,
}

impl<'t> Read<'t> {
    fn take(&mut self, name: &str, value: Value<'t>) {
        let number = |value: Value<'t>| value.number().map(Number::floor);
        let count = |value: Value<'t>| number(value).and_then(|it| u64::try_from(it).ok());
        match name {
            "version" => self.version = number(value),
            "client_id" => self.client_id = value.text(),
            "token_endpoint" => self.token_endpoint = value.text(),
            "life_s" => self.life = count(value),
            "remaining_ms" => self.remaining = count(value),
            _ => {
                let place = PARTS.iter().position(|it| *it == name);
                if let Some(part) = place.and_then(|it| self.parts.get_mut(it)) {
                    *part = value.text();
                }
            }
        }
    }

    fn into_stored(self) -> Option<StoredSession> {
        let parts = self.parts.each_ref().map(|it| it.as_deref());
        let life = self.life.map(Duration::from_secs);
        let tokens = TokenResponse::restored(parts, life, Timestamp::ZERO)?;
        Some(StoredSession {
            client_id: Box::from(&*self.client_id?),
            token_endpoint: Box::from(&*self.token_endpoint?),
            // No token has more left than its whole life.
            remaining: self
                .remaining
                .map(Duration::from_millis)
                .map(|left| life.map_or(left, |life| left.min(life))),
            tokens,
        })
    }
}
