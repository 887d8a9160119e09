//! OAuth error answers (RFC 6749 §5.2, RFC 8628 §3.5).

use serde_json::{Map, Value};

use crate::answer::Answer;

/// An error on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
    /// `slow_down` only: the interval the server now asks for.
    pub(crate) interval: Option<u64>,
    /// When to come again, in seconds.
    retry_after: Option<u64>,
}

impl OAuthError {
    pub(crate) const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description, interval: None, retry_after: None }
    }

    pub(crate) const fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) const fn invalid_client(description: &'static str) -> Self {
        Self::new("invalid_client", description)
    }

    pub(crate) const fn invalid_grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(crate) const fn pending() -> Self {
        Self::new("authorization_pending", "the user has not decided yet")
    }

    pub(crate) const fn slow_down(interval: Option<u64>) -> Self {
        let error = Self::new("slow_down", "polled too early; wait 5 seconds more between polls");
        Self { interval, ..error }
    }

    pub(crate) const fn denied() -> Self {
        Self::new("access_denied", "the user refused")
    }

    pub(crate) const fn expired() -> Self {
        Self::new("expired_token", "the device code has expired")
    }

    /// There is no room for now: an error that clients wait out (RFC 6749 §4.1.2.1), with the status and the header that
    /// say so to whoever reads no body.
    pub(crate) const fn unavailable(description: &'static str, retry_after: u64) -> Self {
        let error = Self::new("temporarily_unavailable", description);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// Whether a device that reads this will not poll for its code again.
    pub(crate) fn ends_a_code(&self) -> bool {
        matches!(self.code, "access_denied" | "expired_token" | "invalid_grant")
    }

    /// What the body of the answer says.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("error".to_owned(), Value::from(self.code));
        members.insert("error_description".to_owned(), Value::from(self.description));
        if let Some(interval) = self.interval {
            members.insert("interval".to_owned(), Value::from(interval));
        }
        members
    }

    pub(crate) fn into_answer(self) -> Answer {
        let body = Value::Object(self.members());
        let answer = match self.code {
            // RFC 6749 §5.2: 401 names the scheme, and RFC 9110 §15.5.2 wants that of every 401.
            "invalid_client" => {
                Answer::value(401, &body).header("www-authenticate", "Basic realm=\"device-flow\", charset=\"UTF-8\"")
            }
            "server_error" => Answer::value(500, &body),
            "temporarily_unavailable" => Answer::value(503, &body),
            _ => Answer::value(400, &body),
        };
        match self.retry_after {
            Some(seconds) => answer.header("retry-after", &seconds.to_string()),
            None => answer,
        }
    }
}

impl From<getrandom::Error> for OAuthError {
    fn from(_: getrandom::Error) -> Self {
        Self::new("server_error", "the system gave no randomness")
    }
}
