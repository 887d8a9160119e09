//! The token response (RFC 6749 section 5.1) and what a poll can be answered instead (RFC 8628 section 3.5).

use super::claims::Claims;
use super::error::{ErrorMembers, Meaning};
use super::members::{Number, Text, Value, for_each, text};
use super::{extra, is_redirect, is_success, is_transient, is_web_page, unreadable};
use crate::dialect::Dialect;
use crate::failure::{ProtocolErrorKind, ServerError};
use crate::request::{Response, Stage};
use crate::secret::{Packed, SecretStr, SecretString};
use crate::text::{clean, is_clean, is_printable};
use crate::time::Timestamp;
use core::fmt;
use core::time::Duration;
use zeroize::Zeroizing;

/// Longest `token_type` that is kept, in characters.
const MAX_TOKEN_TYPE: usize = 100;

/// What an answer of the token endpoint means to somebody who polls.
#[derive(Debug)]
pub enum TokenAnswer {
    /// `authorization_pending`: the person has not decided yet.
    Pending,
    /// `slow_down`: the same, and from now on 5 s more between polls, or the interval that the server names.
    SlowDown {
        /// The `interval` member, in seconds, unchecked.
        interval: Option<i64>,
    },
    /// `access_denied`: the person said no.
    Denied,
    /// `expired_token`: the code has run out.
    Expired,
    /// The person said yes.
    Granted(TokenResponse),
    /// Any other OAuth error.
    Error(ServerError),
    /// Trouble that passes: a gateway, a rate limit, a server that restarts.
    Transient,
    /// None of these.
    Invalid(ProtocolErrorKind),
}

impl TokenAnswer {
    /// Reads an answer: the body decides first, the status second.
    ///
    /// ```
    /// use device_flow_core::Response;
    /// use device_flow_core::wire::TokenAnswer;
    ///
    /// // GitHub answers so with status 200.
    /// let pending = Response::new(200, b"error=authorization_pending");
    /// assert!(matches!(TokenAnswer::read(&pending), TokenAnswer::Pending));
    /// let gateway = Response::new(502, b"<html>Bad Gateway</html>");
    /// assert!(matches!(TokenAnswer::read(&gateway), TokenAnswer::Transient));
    /// ```
    pub fn read(response: &Response<'_>) -> Self {
        Self::read_in(&Dialect::RFC_8628, response)
    }

    /// The same for a server with a dialect.
    pub fn read_in(dialect: &Dialect, response: &Response<'_>) -> Self {
        Self::read_for(Stage::Token, dialect, response)
    }

    fn read_for(stage: Stage, dialect: &Dialect, response: &Response<'_>) -> Self {
        let text = text(response.body());
        let status = response.status();
        if is_redirect(status) {
            return Self::Invalid(ProtocolErrorKind::Redirect { status });
        }
        let mut members = Members::default();
        let read = for_each(&text, &mut |name, value| {
            members.take(dialect, &name, value);
        });
        if read.is_err() {
            // Half an answer is none.
            members = Members::default();
        }
        let code = members.error.code(dialect);
        // An error beside a token is an error: whoever sends both is not to be trusted with either.
        if let Some(code) = code.or_else(|| status_code(stage, dialect, response)) {
            let meaning = members.error.meaning(code, status);
            return match meaning {
                // Nobody is asked for consent at a refresh, so these are errors like any other there.
                Meaning::Pending | Meaning::Denied | Meaning::Expired
                    if stage == Stage::Refresh =>
                {
                    Self::Error(members.error.to_server_error(stage, code))
                }
                Meaning::Pending => Self::Pending,
                Meaning::SlowDown { interval } => Self::SlowDown { interval },
                Meaning::Denied => Self::Denied,
                Meaning::Expired => Self::Expired,
                Meaning::Transient => Self::Transient,
                Meaning::Other => Self::Error(members.error.to_server_error(stage, code)),
            };
        }
        if is_transient(status) {
            return Self::Transient;
        }
        if let Err(why) = read {
            return Self::Invalid(unreadable(response, why));
        }
        if !is_success(status) {
            return Self::Invalid(ProtocolErrorKind::NotOAuth { status });
        }
        match members.into_response(dialect, &text) {
            Ok(token) => Self::Granted(token),
            Err(kind) => Self::Invalid(kind),
        }
    }
}

/// What an answer to a refresh request means (RFC 6749 section 6).
#[derive(Debug)]
pub enum RefreshAnswer {
    /// New tokens; a refresh token that is not among them stays the old one.
    Granted(TokenResponse),
    /// An OAuth error. `invalid_grant` means that the person has to sign in again.
    Error(ServerError),
    /// Trouble that passes: worth another try.
    Transient,
    /// Neither.
    Invalid(ProtocolErrorKind),
}

impl RefreshAnswer {
    /// Reads an answer: the body decides first, the status second.
    ///
    /// ```
    /// use device_flow_core::Response;
    /// use device_flow_core::wire::RefreshAnswer;
    ///
    /// let refused = Response::new(400, br#"{"error":"invalid_grant"}"#);
    /// assert!(matches!(RefreshAnswer::read(&refused), RefreshAnswer::Error(_)));
    /// ```
    pub fn read(response: &Response<'_>) -> Self {
        Self::read_in(&Dialect::RFC_8628, response)
    }

    /// The same for a server with a dialect.
    pub fn read_in(dialect: &Dialect, response: &Response<'_>) -> Self {
        match TokenAnswer::read_for(Stage::Refresh, dialect, response) {
            TokenAnswer::Granted(token) => Self::Granted(token),
            TokenAnswer::Error(error) => Self::Error(error),
            TokenAnswer::Invalid(kind) => Self::Invalid(kind),
            // `slow_down` is a rate limit by another name; the others are errors by now.
            TokenAnswer::Transient
            | TokenAnswer::SlowDown { .. }
            | TokenAnswer::Pending
            | TokenAnswer::Denied
            | TokenAnswer::Expired => Self::Transient,
        }
    }
}

/// A token response (RFC 6749 section 5.1). `Debug` shows no token; all of it is wiped when dropped.
#[derive(Clone)]
pub struct TokenResponse {
    texts: Packed<6>,
    expires_in: Option<u64>,
    requested_at: Timestamp,
}

// Where each text is packed.
const ACCESS_TOKEN: usize = 0;
const TOKEN_TYPE: usize = 1;
const REFRESH_TOKEN: usize = 2;
const ID_TOKEN: usize = 3;
const SCOPE: usize = 4;
const EXTRA: usize = 5;

impl TokenResponse {
    /// The access token: visible ASCII, at least one character.
    pub fn access_token(&self) -> SecretStr<'_> {
        SecretStr::new(self.texts.get(ACCESS_TOKEN).unwrap_or_default())
    }

    /// The type as the server spells it, cleaned; `None` when it was left out, which counts as bearer.
    pub fn token_type(&self) -> Option<&str> {
        self.texts.get(TOKEN_TYPE)
    }

    /// Whether the access token is a bearer token (RFC 6750): types are compared without case.
    pub fn is_bearer(&self) -> bool {
        self.token_type()
            .is_none_or(|it| it.eq_ignore_ascii_case("bearer"))
    }

    /// The refresh token.
    pub fn refresh_token(&self) -> Option<SecretStr<'_>> {
        self.texts.get(REFRESH_TOKEN).map(SecretStr::new)
    }

    /// The ID token as it came, neither decoded nor verified.
    pub fn id_token(&self) -> Option<SecretStr<'_>> {
        self.texts.get(ID_TOKEN).map(SecretStr::new)
    }

    /// The scopes in the order that the server names them; `None` when it names none.
    ///
    /// In a token response that a [`DeviceFlow`](crate::DeviceFlow) yields, these are the requested ones when the
    /// server names none (RFC 6749 section 5.1).
    pub fn scopes(&self) -> Option<impl Iterator<Item = &str>> {
        self.texts.get(SCOPE).map(|it| it.split(' '))
    }

    /// The scopes with one space between two.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.texts.get(SCOPE)
    }

    /// The life of the access token, counted from the moment its request was sent; `None` when the server does not
    /// tell.
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    /// When the access token expires on the driver's clock: its life counted from the moment its request was lent out.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_in()
            .map(|it| self.requested_at.saturating_add(it))
    }

    /// All other members as the text of a JSON object.
    pub fn extra(&self) -> SecretStr<'_> {
        SecretStr::new(self.texts.get(EXTRA).unwrap_or("{}"))
    }

    /// One other member: a string's content, or the JSON text of anything else.
    ///
    /// ```
    /// use device_flow_core::Response;
    /// use device_flow_core::wire::TokenAnswer;
    ///
    /// let body = br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","api_url":"https://api.example"}"#;
    /// let TokenAnswer::Granted(token) = TokenAnswer::read(&Response::new(200, body)) else { panic!() };
    /// assert_eq!(token.extra_member("api_url").unwrap().expose(), "https://api.example");
    /// ```
    pub fn extra_member(&self, name: &str) -> Option<SecretString> {
        extra::member(self.extra().expose(), name)
    }

    /// These tokens after a refresh brought `new` ones: what the server left out stays as it was (RFC 6749 section 6).
    pub(crate) fn renewed(
        &self,
        new: &Self,
        requested_at: Timestamp,
        requested_scope: Option<&str>,
    ) -> Self {
        let kept = |index| new.texts.get(index).or_else(|| self.texts.get(index));
        let texts = Packed::new([
            new.texts.get(ACCESS_TOKEN),
            kept(TOKEN_TYPE),
            kept(REFRESH_TOKEN),
            kept(ID_TOKEN),
            new.texts
                .get(SCOPE)
                .or(requested_scope)
                .or_else(|| self.texts.get(SCOPE)),
            new.texts.get(EXTRA),
        ]);
        Self {
            texts,
            expires_in: new.expires_in,
            requested_at,
        }
    }

    /// The texts in the order of their accessors: access token, type, refresh token, ID token, scope, extra.
    pub(crate) fn parts(&self) -> [Option<&str>; 6] {
        [
            ACCESS_TOKEN,
            TOKEN_TYPE,
            REFRESH_TOKEN,
            ID_TOKEN,
            SCOPE,
            EXTRA,
        ]
        .map(|index| self.texts.get(index))
    }

    /// Put together again from what was stored; `None` when there is no access token or a token is not as promised. What
    /// people may see is cleaned as if a server had sent it.
    pub(crate) fn restored(
        [
            access_token,
            token_type,
            refresh_token,
            id_token,
            scope,
            extra,
        ]: [Option<&str>; 6],
        life: Option<Duration>,
        requested_at: Timestamp,
    ) -> Option<Self> {
        access_token?;
        let are_tokens = [access_token, refresh_token, id_token]
            .iter()
            .flatten()
            .all(|it| !it.is_empty() && is_printable(it));
        if !are_tokens {
            return None;
        }
        let token_type = token_type.and_then(|it| clean(it, MAX_TOKEN_TYPE));
        let scope = scope.and_then(|it| clean(it, usize::MAX));
        Some(Self {
            texts: Packed::new([
                access_token,
                token_type.as_deref(),
                refresh_token,
                id_token,
                scope.as_deref(),
                extra.filter(|it| Claims::from_json(it).is_some()),
            ]),
            expires_in: life.map(|it| it.as_secs()),
            requested_at,
        })
    }

    /// Completes what only the flow knows: when the request was sent, and which scopes it asked for.
    pub(crate) fn completed(mut self, requested_at: Timestamp, requested_scope: &str) -> Self {
        self.requested_at = requested_at;
        if self.texts.get(SCOPE).is_none() && !requested_scope.is_empty() {
            self.texts = Packed::new([
                self.texts.get(ACCESS_TOKEN),
                self.texts.get(TOKEN_TYPE),
                self.texts.get(REFRESH_TOKEN),
                self.texts.get(ID_TOKEN),
                Some(requested_scope),
                self.texts.get(EXTRA),
            ]);
        }
        self
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("access_token", &self.access_token())
            .field("token_type", &self.token_type())
            .field("refresh_token", &self.refresh_token())
            .field("id_token", &self.id_token())
            .field("scope", &self.texts.get(SCOPE))
            .field("expires_in", &self.expires_in())
            .finish_non_exhaustive()
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
        "access_token"
            | "token_type"
            | "refresh_token"
            | "id_token"
            | "scope"
            | "expires_in"
            | "error"
    )
}

impl<'t> Members<'t> {
    fn take(&mut self, dialect: &Dialect, name: &str, value: Value<'t>) {
        let name = dialect.canonical(name);
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

    fn into_response(
        self,
        dialect: &Dialect,
        text: &str,
    ) -> Result<TokenResponse, ProtocolErrorKind> {
        let access_token = self.access_token.ok_or(ProtocolErrorKind::MissingMember {
            name: "access_token",
        })?;
        for (name, token) in [
            ("access_token", Some(&access_token)),
            ("refresh_token", self.refresh_token.as_ref()),
            ("id_token", self.id_token.as_ref()),
        ] {
            if token.is_some_and(|it| !is_printable(it)) {
                return Err(ProtocolErrorKind::MalformedMember { name });
            }
        }
        let token_type = self.token_type.as_deref();
        let token_type = token_type.and_then(|it| clean(it, MAX_TOKEN_TYPE));
        let scope = self.scope.and_then(scope);
        let extra = self
            .has_extra
            .then(|| extra::collect(text, |name| is_known(dialect, name)));
        let texts = Packed::new([
            Some(&access_token),
            token_type.as_deref(),
            self.refresh_token.as_deref(),
            self.id_token.as_deref(),
            scope.as_deref(),
            extra.as_ref().map(SecretString::expose),
        ]);
        // A negative life says as little as none.
        let expires_in = self
            .expires_in
            .and_then(|seconds| u64::try_from(seconds).ok());
        Ok(TokenResponse {
            texts,
            expires_in,
            requested_at: Timestamp::ZERO,
        })
    }
}

/// The code that a bare status stands for at a server whose answers to polls have no body. A web page is somebody
/// else's.
fn status_code(stage: Stage, dialect: &Dialect, response: &Response<'_>) -> Option<&'static str> {
    if stage != Stage::Token || dialect.statuses.is_empty() || is_web_page(response) {
        return None;
    }
    dialect.status_code(response.status())
}

/// The scopes with one space between each: from a string, from an array (Twitch), or from a list with commas (GitHub).
fn scope(value: Value<'_>) -> Option<Text<'_>> {
    if let Some(scope) = spaced(&value) {
        return Some(Text::Lent(scope));
    }
    let mut joined = Zeroizing::new(alloc::string::String::new());
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
        strings.for_each(|it| push(&it));
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

/// The scopes when they stand with one space between each already, as RFC 6749 section 3.3 asks.
fn spaced<'t>(value: &Value<'t>) -> Option<&'t str> {
    let Text::Lent(text) = value.clone().text()? else {
        return None;
    };
    (is_clean(text) && !text.contains(',')).then_some(text)
}
