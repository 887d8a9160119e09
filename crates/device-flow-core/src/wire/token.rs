//! Reading a token response (RFC 6749 section 5.1), or what a poll or a refresh is answered instead.

use super::answer::{self, Answer};
use super::error::ErrorMembers;
use super::extra;
use super::members::text;
use super::number::Number;
use super::value::{Text, Value};
use crate::dialect::{Dialect, RFC_8628};
use crate::failure::{Failure, ProtocolErrorKind};
use crate::response::Response;
use crate::secret::SecretString;
use crate::stage::Stage;
use crate::text::{clean, is_clean, is_printable};
use crate::token_response::{MAX_TOKEN_TYPE, TokenResponse};
use alloc::string::String;
use zeroize::Zeroizing;

/// Reads what the token endpoint answers to a poll ([`Stage::Token`]) or to a refresh ([`Stage::Refresh`]).
pub(crate) fn read_tokens(stage: Stage, dialect: &Dialect, response: &Response<'_>) -> Answer<TokenResponse> {
    let text = text(response.body());
    Answer::read(stage, dialect, response, &text, |members: Members<'_>| members.into_response(dialect, &text))
}

impl TokenResponse {
    /// Reads a token response as a server would send it, for tests and for tokens that came another way. Their life counts
    /// from nowhere: [`expires_at`](Self::expires_at) is unknown.
    ///
    /// ```
    /// use device_flow_core::TokenResponse;
    ///
    /// let tokens = TokenResponse::from_json(r#"{"access_token":"2YotnFZF","api_url":"https://api.example"}"#)?;
    /// assert_eq!(tokens.access_token().expose(), "2YotnFZF");
    /// assert_eq!(tokens.extra_member("api_url").unwrap().expose(), "https://api.example");
    /// # Ok::<(), device_flow_core::Failure>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Failure`] when it is an OAuth error, or no token response.
    pub fn from_json(json: &str) -> Result<Self, Failure> {
        let response = Response::new(200, json.as_bytes());
        read_tokens(Stage::Refresh, &RFC_8628, &response).granted(Stage::Token)
    }
}

#[derive(Default)]
struct Members<'t> {
    error: ErrorMembers<'t>,
    access_token: Option<Text<'t>>,
    token_type: Option<Text<'t>>,
    refresh_token: Option<Text<'t>>,
    id_token: Option<Text<'t>>,
    scope: Option<Value<'t>>,
    expires_in: Option<i64>,
    has_extra: bool,
}

/// Whether a member is shown by an accessor of [`TokenResponse`]; the others, those of errors included, are extra.
fn is_known(dialect: &Dialect, name: &str) -> bool {
    matches!(
        dialect.canonical(name),
        "access_token" | "token_type" | "refresh_token" | "id_token" | "scope" | "expires_in" | "error"
    )
}

impl<'t> answer::Members<'t> for Members<'t> {
    fn error(&self) -> &ErrorMembers<'t> {
        &self.error
    }

    #[inline]
    fn take(&mut self, dialect: &Dialect, name: &str, value: Value<'t>) {
        match name {
            "access_token" => self.access_token = value.text(),
            "token_type" => self.token_type = value.text(),
            "refresh_token" => self.refresh_token = value.text(),
            "id_token" => self.id_token = value.text(),
            "scope" => self.scope = Some(value),
            "expires_in" => self.expires_in = value.number().map(Number::floor),
            _ => {
                // What nobody knows is collected later, if there is a token to go with it.
                self.has_extra |= name != "error";
                drop(self.error.take(dialect, name, value));
            }
        }
    }
}

impl Members<'_> {
    fn into_response(self, dialect: &Dialect, text: &str) -> Result<TokenResponse, ProtocolErrorKind> {
        let name = "access_token";
        let access_token = self.access_token.ok_or(ProtocolErrorKind::MissingMember { name })?;
        if !is_printable(&access_token) {
            return Err(ProtocolErrorKind::MalformedMember { name });
        }
        // What else came along may be of no use, and is no reason to throw away what the person granted.
        let refresh_token = self.refresh_token.filter(|it| is_printable(it));
        let id_token = self.id_token.filter(|it| is_printable(it));
        let token_type = self.token_type.as_deref();
        let token_type = token_type.and_then(|it| clean(it, MAX_TOKEN_TYPE));
        let scope = self.scope.and_then(scope);
        let extra = self.has_extra.then(|| extra::collect(text, |name| is_known(dialect, name)));
        Ok(TokenResponse::packed(
            [
                Some(&access_token),
                token_type.as_deref(),
                refresh_token.as_deref(),
                id_token.as_deref(),
                scope.as_deref(),
                extra.as_ref().map(SecretString::expose),
            ],
            self.expires_in,
        ))
    }
}

/// The scopes with one space between each: from a string, from an array (Twitch), or from a list with commas (GitHub).
fn scope(value: Value<'_>) -> Option<Text<'_>> {
    // Nearly always as RFC 6749 section 3.3 asks, with nothing to be done.
    if let Value::String(text) = value {
        if is_clean(text) && !text.contains(',') {
            return Some(Text::Lent(text));
        }
    }
    let mut joined = Zeroizing::new(String::new());
    let mut push = |token: &str| {
        // Scopes are shown to people.
        if let Some(token) = clean(token, usize::MAX) {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(&token);
        }
    };
    if let Some(strings) = value.strings() {
        strings.flatten().for_each(|it| push(&it));
    } else {
        let text = value.text()?;
        let text = text.trim();
        if text.contains(char::is_whitespace) {
            text.split_whitespace().for_each(push);
        } else {
            text.split(',').for_each(push);
        }
    }
    (!joined.is_empty()).then_some(Text::Owned(joined))
}
