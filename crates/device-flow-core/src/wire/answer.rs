//! What an answer means: the same for every request, before anybody looks for what was asked for.

use super::error::{ErrorMembers, Meaning};
use super::members::for_each;
use super::scan::Unreadable;
use super::value::Value;
use crate::dialect::Dialect;
use crate::failure::{Failure, ProtocolError, ProtocolErrorKind};
use crate::response::Response;
use crate::server_error::ServerError;
use crate::stage::Stage;
use crate::text::{MAX_TARGET, clean};
use alloc::boxed::Box;
use zeroize::Zeroizing;

/// What an answer means.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    /// What was asked for.
    Granted(T),
    /// `authorization_pending`: the person has not decided yet.
    Pending,
    /// `slow_down`: the same, and from now on 5 s more between polls, or the interval in seconds that the server names.
    SlowDown { interval: Option<i64> },
    /// `access_denied`: the person said no.
    Denied,
    /// `expired_token`: the code has run out.
    Expired,
    /// Any other OAuth error.
    Refused(ServerError),
    /// Trouble that passes: a gateway, a rate limit, a server that restarts. With the OAuth error, if one came along.
    Passing(Option<ServerError>),
    /// None of these.
    Invalid(ProtocolErrorKind),
}

/// The members that an answer is read for.
pub(super) trait Members<'t>: Default {
    fn error(&self) -> &ErrorMembers<'t>;
    fn take(&mut self, dialect: &Dialect, name: &str, value: Value<'t>);
}

impl<T> Answer<T> {
    /// Reads an answer: the body decides first, the status second.
    pub(super) fn read<'t, M: Members<'t>>(
        stage: Stage,
        dialect: &Dialect,
        response: &Response<'_>,
        text: &'t str,
        finish: impl FnOnce(M) -> Result<T, ProtocolErrorKind>,
    ) -> Self {
        let mut members = M::default();
        let read = for_each(text, &mut |name, value| {
            members.take(dialect, dialect.canonical(name), value);
        });
        if read.is_err() {
            // Half an answer is none.
            members = M::default();
        }
        match Self::instead(stage, dialect, response, members.error(), read) {
            Some(other) => other,
            None => finish(members).map_or_else(Self::Invalid, Self::Granted),
        }
    }

    /// What came instead of what was asked for; `None` for a success that has to be read.
    ///
    /// An error beside a token is an error: whoever sends both is not to be trusted with either.
    pub(super) fn instead(
        stage: Stage,
        dialect: &Dialect,
        response: &Response<'_>,
        error: &ErrorMembers<'_>,
        read: Result<(), Unreadable>,
    ) -> Option<Self> {
        let status = response.status();
        if is_redirect(status) {
            let target = response.location().and_then(shown_target);
            return Some(Self::Invalid(ProtocolErrorKind::Redirect { status, target }));
        }
        let is_about_claims = !matches!(stage, Stage::DeviceAuthorization | Stage::Token | Stage::Refresh);
        // A claim may be called `message`, so of a success only `error` itself counts there.
        let code =
            if is_about_claims && is_success(status) { error.explicit_code(dialect) } else { error.code(dialect) };
        // A bare status is an answer where answers have no body; a web page is somebody else's.
        let is_bare = stage == Stage::Token && !dialect.statuses.is_empty();
        let code = code.or_else(|| {
            let code = dialect.status_code(status).filter(|_| is_bare)?;
            (!is_web_page(response)).then_some(code)
        });
        if let Some(code) = code {
            return Some(match (error.meaning(code, status), stage) {
                (Meaning::Pending, Stage::Token) => Self::Pending,
                (Meaning::SlowDown { interval }, Stage::Token) => Self::SlowDown { interval },
                (Meaning::Denied, Stage::Token) => Self::Denied,
                (Meaning::Expired, Stage::Token) => Self::Expired,
                // Elsewhere `slow_down` is a rate limit (authentik), and nobody is asked for consent.
                (Meaning::Passing | Meaning::SlowDown { .. }, _) => {
                    Self::Passing(Some(error.to_server_error(stage, code)))
                }
                _ => Self::Refused(error.to_server_error(stage, code)),
            });
        }
        if is_passing(status) {
            return Some(Self::Passing(None));
        }
        match read {
            Err(why) => Some(Self::Invalid(unreadable(response, why))),
            Ok(()) if !is_success(status) => Some(Self::Invalid(unreadable(response, Unreadable::NotOAuth))),
            Ok(()) => None,
        }
    }

    /// What was asked for, of an answer that nobody has to ask again for.
    pub(crate) fn granted(self, stage: Stage) -> Result<T, Failure> {
        let kind = match self {
            Self::Granted(granted) => return Ok(granted),
            Self::Refused(error) | Self::Passing(Some(error)) => return Err(error.into()),
            Self::Invalid(kind) => kind,
            _ => ProtocolErrorKind::NotOAuth { status: 200 },
        };
        Err(ProtocolError::new(stage, kind).into())
    }

    pub(super) fn and_then<U>(self, next: impl FnOnce(T) -> Answer<U>) -> Answer<U> {
        match self {
            Self::Granted(granted) => next(granted),
            Self::Pending => Answer::Pending,
            Self::SlowDown { interval } => Answer::SlowDown { interval },
            Self::Denied => Answer::Denied,
            Self::Expired => Answer::Expired,
            Self::Refused(error) => Answer::Refused(error),
            Self::Passing(error) => Answer::Passing(error),
            Self::Invalid(kind) => Answer::Invalid(kind),
        }
    }

    pub(crate) fn map<U>(self, next: impl FnOnce(T) -> U) -> Answer<U> {
        self.and_then(|granted| Answer::Granted(next(granted)))
    }
}

/// Whether a status says "not now" rather than "no": RFC 9110 section 15.5.9 (408), 15.5.20 (421), 15.6 (5xx), RFC 8470
/// (425), RFC 6585 (429).
pub(super) const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 421 | 425 | 429 | 500..=599)
}

pub(super) const fn is_success(status: u16) -> bool {
    matches!(status, 200..=299)
}

const fn is_redirect(status: u16) -> bool {
    matches!(status, 300..=399)
}

/// Where a redirect leads, for people: without a query, which may carry what is nobody's business, and without a user.
fn shown_target(location: &str) -> Option<Box<str>> {
    let address = location.split(['?', '#']).next()?;
    let (scheme, rest) = address.split_once("//").unwrap_or(("", address));
    let authority = rest.split(['/', '\\']).next().unwrap_or_default();
    let user = authority.rfind('@').map_or(0, |it| it.saturating_add(1));
    let slashes = if scheme.is_empty() && rest.len() == address.len() { "" } else { "//" };
    let shown = Zeroizing::new([scheme, slashes, rest.get(user..)?].concat());
    clean(&shown, MAX_TARGET).map(|it| it.into_owned().into_boxed_str())
}

/// What to say of a body that is no OAuth response.
fn unreadable(response: &Response<'_>, why: Unreadable) -> ProtocolErrorKind {
    let status = response.status();
    match why {
        Unreadable::TooDeep => ProtocolErrorKind::TooDeep,
        Unreadable::NotOAuth if is_web_page(response) => ProtocolErrorKind::WebPage { status },
        Unreadable::NotOAuth => ProtocolErrorKind::NotOAuth { status },
    }
}

fn is_web_page(response: &Response<'_>) -> bool {
    let is_html =
        |media: &str| media.trim_start().get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"));
    let looks_like_html = response.body().trim_ascii_start().first() == Some(&b'<');
    looks_like_html && response.content_type().is_none_or(is_html)
}
