//! The device authorization response (RFC 8628 section 3.2).

use super::error::{ErrorMembers, Meaning};
use super::form::{self, Pair};
use super::members::{Text, Value, for_each, text};
use super::{extra, is_redirect, is_success, is_transient, unreadable};
use crate::dialect::Dialect;
use crate::failure::{ProtocolErrorKind, ServerError};
use crate::request::{Response, Stage};
use crate::secret::{Packed, SecretStr, SecretString};
use crate::text::{MAX_MESSAGE, MAX_USER_CODE, clean};
use crate::uri::{check_verification_uri, without_code};
use alloc::string::String;
use core::fmt;

/// Longest device code that is taken, in bytes.
const MAX_DEVICE_CODE: usize = 32 * 1024;

/// What an answer of the device authorization endpoint means.
#[derive(Debug)]
pub enum DeviceAuthorizationAnswer {
    /// The codes.
    Granted(DeviceAuthorizationResponse),
    /// An OAuth error.
    Error(ServerError),
    /// Trouble that passes: worth another try. With the OAuth error, if one came along.
    Transient(Option<ServerError>),
    /// Neither.
    Invalid(ProtocolErrorKind),
}

impl DeviceAuthorizationAnswer {
    /// Reads an answer: the body decides first, the status second.
    ///
    /// ```
    /// use device_flow_core::Response;
    /// use device_flow_core::wire::DeviceAuthorizationAnswer;
    ///
    /// let body = br#"{"device_code":"GmRhmhcx","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","expires_in":"1800"}"#;
    /// let DeviceAuthorizationAnswer::Granted(response) = DeviceAuthorizationAnswer::read(&Response::new(200, body)) else { panic!() };
    /// assert_eq!(response.user_code(), "WDJB-MJHT");
    /// assert_eq!(response.expires_in(), Some(1800));
    /// assert_eq!(response.interval(), None);
    /// ```
    pub fn read(response: &Response<'_>) -> Self {
        Self::read_in(&Dialect::RFC_8628, response)
    }

    /// The same for a server with a dialect.
    pub fn read_in(dialect: &Dialect, response: &Response<'_>) -> Self {
        let text = text(response.body());
        let status = response.status();
        if is_redirect(status) {
            return Self::Invalid(ProtocolErrorKind::Redirect { status });
        }
        let members = match Members::read(dialect, &text) {
            Ok(members) => members,
            Err(_) if is_transient(status) => return Self::Transient(None),
            Err(why) => return Self::Invalid(unreadable(response, why)),
        };
        if let Some(code) = members.error.code(dialect) {
            let error = members
                .error
                .to_server_error(Stage::DeviceAuthorization, code);
            return match members.error.meaning(code, status) {
                // Here `slow_down` is a rate limit (authentik).
                Meaning::Transient | Meaning::SlowDown { .. } => Self::Transient(Some(error)),
                _ => Self::Error(error),
            };
        }
        if is_transient(status) {
            return Self::Transient(None);
        }
        if !is_success(status) {
            return Self::Invalid(ProtocolErrorKind::NotOAuth { status });
        }
        match members.into_response(dialect, &text) {
            Ok(granted) => Self::Granted(granted),
            Err(kind) => Self::Invalid(kind),
        }
    }
}

/// A device authorization response (RFC 8628 section 3.2). `Debug` shows neither code.
///
/// The addresses are the server's and unchecked; a [`Prompt`](crate::Prompt) has them checked.
#[derive(Clone)]
pub struct DeviceAuthorizationResponse {
    texts: Packed<6>,
    expires_in: Option<i64>,
    interval: Option<i64>,
}

// Where each text is packed.
const DEVICE_CODE: usize = 0;
const USER_CODE: usize = 1;
const VERIFICATION_URI: usize = 2;
const VERIFICATION_URI_COMPLETE: usize = 3;
const MESSAGE: usize = 4;
const EXTRA: usize = 5;

impl DeviceAuthorizationResponse {
    /// The device code: a secret between this client and the server.
    pub fn device_code(&self) -> SecretStr<'_> {
        SecretStr::new(self.texts.get(DEVICE_CODE).unwrap_or_default())
    }

    /// The code that the person enters: visible characters, 1 to 128.
    pub fn user_code(&self) -> &str {
        self.texts.get(USER_CODE).unwrap_or_default()
    }

    /// Where the person enters it.
    pub fn verification_uri(&self) -> &str {
        self.texts.get(VERIFICATION_URI).unwrap_or_default()
    }

    /// The address that already has the code in it.
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.texts.get(VERIFICATION_URI_COMPLETE)
    }

    /// What the server wants people to read (Microsoft), cleaned, at most 1000 characters.
    pub fn message(&self) -> Option<&str> {
        self.texts.get(MESSAGE)
    }

    /// The life of the codes in seconds, as the server says it.
    pub const fn expires_in(&self) -> Option<i64> {
        self.expires_in
    }

    /// The seconds between two polls, as the server says it; negative counts as absent.
    pub const fn interval(&self) -> Option<i64> {
        self.interval
    }

    /// All other members as the text of a JSON object.
    pub fn extra(&self) -> SecretStr<'_> {
        SecretStr::new(self.texts.get(EXTRA).unwrap_or("{}"))
    }

    /// One other member: a string's content, or the JSON text of anything else.
    pub fn extra_member(&self, name: &str) -> Option<SecretString> {
        extra::member(self.extra().expose(), name)
    }

    /// The same with its addresses fit to be shown: the main one must be, the complete one is dropped when it is not.
    pub(crate) fn checked(self, is_http_allowed: bool) -> Result<Self, ProtocolErrorKind> {
        let uri = check_verification_uri(self.verification_uri(), is_http_allowed)
            .map_err(ProtocolErrorKind::VerificationUri)?;
        let complete = self
            .verification_uri_complete()
            .and_then(|it| check_verification_uri(it, is_http_allowed).ok());
        if uri == self.verification_uri() && complete.as_deref() == self.verification_uri_complete()
        {
            return Ok(self);
        }
        let texts = Packed::new([
            self.texts.get(DEVICE_CODE),
            self.texts.get(USER_CODE),
            Some(&uri),
            complete.as_deref(),
            self.texts.get(MESSAGE),
            self.texts.get(EXTRA),
        ]);
        Ok(Self { texts, ..self })
    }

    /// Put together again from what was stored; `None` when a text is not as this type promises.
    pub(crate) fn restored(
        device_code: &str,
        user_code: &str,
        uri: &str,
        complete: Option<&str>,
        message: Option<&str>,
    ) -> Option<Self> {
        let user_code = clean(user_code, MAX_USER_CODE)?;
        let message = message.and_then(|it| clean(it, MAX_MESSAGE));
        if device_code.is_empty() || device_code.len() > MAX_DEVICE_CODE {
            return None;
        }
        let texts = Packed::new([
            Some(device_code),
            Some(&user_code),
            Some(uri),
            complete,
            message.as_deref(),
            None,
        ]);
        Some(Self {
            texts,
            expires_in: None,
            interval: None,
        })
    }

    /// The texts that people will see, without the device code.
    pub(crate) fn visible_texts(&self) -> Packed<4> {
        Packed::new([
            self.texts.get(USER_CODE),
            self.texts.get(VERIFICATION_URI),
            self.texts.get(VERIFICATION_URI_COMPLETE),
            self.texts.get(MESSAGE),
        ])
    }
}

impl fmt::Debug for DeviceAuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorizationResponse")
            .field("device_code", &self.device_code())
            .field(
                "verification_uri",
                &without_code(self.verification_uri(), self.user_code()),
            )
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Members<'t> {
    error: ErrorMembers<'t>,
    device_code: Option<Text<'t>>,
    user_code: Option<Text<'t>>,
    verification_uri: Option<Text<'t>>,
    verification_url: Option<Text<'t>>,
    verification_uri_complete: Option<Text<'t>>,
    verification_url_complete: Option<Text<'t>>,
    expires_in: Option<i64>,
    has_extra: bool,
}

fn is_known(dialect: &Dialect, name: &str) -> bool {
    let nothing = Value::Json("null");
    Members::default().take(dialect, name, nothing).is_ok()
}

impl<'t> Members<'t> {
    fn read(dialect: &Dialect, text: &'t str) -> Result<Self, super::Unreadable> {
        let mut members = Self::default();
        for_each(text, &mut |name, value| {
            let is_taken = members.take(dialect, &name, value).is_ok();
            members.has_extra |= !is_taken;
        })?;
        Ok(members)
    }

    fn take(&mut self, dialect: &Dialect, name: &str, value: Value<'t>) -> Result<(), Value<'t>> {
        let name = dialect.canonical(name);
        match name {
            "device_code" => self.device_code = value.text(),
            "user_code" => self.user_code = value.text_or_number(),
            "verification_uri" => self.verification_uri = value.text(),
            "verification_uri_complete" => self.verification_uri_complete = value.text(),
            // The drafts' spelling, which Google and others kept.
            "verification_url" => self.verification_url = value.text(),
            "verification_url_complete" => self.verification_url_complete = value.text(),
            // Huawei's spelling second.
            "expires_in" | "expire_in" => {
                let seconds = value.number().map(super::members::Number::floor);
                self.expires_in = seconds.or(self.expires_in);
            }
            _ => return self.error.take(dialect, name, value),
        }
        Ok(())
    }

    fn into_response(
        self,
        dialect: &Dialect,
        text: &str,
    ) -> Result<DeviceAuthorizationResponse, ProtocolErrorKind> {
        let device_code = self.device_code.ok_or(ProtocolErrorKind::MissingMember {
            name: "device_code",
        })?;
        if device_code.len() > MAX_DEVICE_CODE
            || !device_code.is_ascii() && device_code.contains('\u{FFFD}')
        {
            return Err(ProtocolErrorKind::MalformedMember {
                name: "device_code",
            });
        }
        let user_code = self
            .user_code
            .ok_or(ProtocolErrorKind::MissingMember { name: "user_code" })?;
        if user_code.chars().count() > MAX_USER_CODE {
            return Err(ProtocolErrorKind::MalformedMember { name: "user_code" });
        }
        let user_code = clean(&user_code, MAX_USER_CODE)
            .ok_or(ProtocolErrorKind::MissingMember { name: "user_code" })?;
        let complete = self
            .verification_uri_complete
            .or(self.verification_url_complete);
        // Kimi sends the complete address alone, which then has to do for both.
        let uri = self
            .verification_uri
            .as_deref()
            .or(self.verification_url.as_deref())
            .or(complete.as_deref());
        let uri = uri.ok_or(ProtocolErrorKind::MissingMember {
            name: "verification_uri",
        })?;
        let with_code = dialect
            .user_code_query
            .map(|name| with_query(uri, name, &user_code));
        // The plain address is of no use at such a server, so both are the one with the code.
        let (uri, complete) = match &with_code {
            Some(with_code) => (
                with_code.as_str(),
                Some(complete.as_deref().unwrap_or(with_code)),
            ),
            None => (uri, complete.as_deref()),
        };
        let message = self.error.message().and_then(|it| clean(it, MAX_MESSAGE));
        let extra = self
            .has_extra
            .then(|| extra::collect(text, |name| is_known(dialect, name)));
        let texts = Packed::new([
            Some(&device_code),
            Some(&user_code),
            Some(uri),
            complete,
            message.as_deref(),
            extra.as_ref().map(SecretString::expose),
        ]);
        let interval = self
            .error
            .interval()
            .map(super::members::Number::ceil)
            .filter(|seconds| *seconds >= 0);
        Ok(DeviceAuthorizationResponse {
            texts,
            expires_in: self.expires_in,
            interval,
        })
    }
}

/// An address with one more parameter in its query. One with a fragment is left as it is.
fn with_query(uri: &str, name: &'static str, value: &str) -> String {
    let mut longer = String::from(uri);
    if !uri.contains('#') {
        longer.push(if uri.contains('?') { '&' } else { '?' });
        longer.push_str(form::body([Some(Pair::new(name, value))], core::iter::empty()).expose());
    }
    longer
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn read(device_code: &str, user_code: &str) -> Result<DeviceAuthorizationResponse, String> {
        let body = format!(
            r#"{{"device_code":"{device_code}","user_code":"{user_code}","verification_uri":"https://as.example/"}}"#
        );
        match DeviceAuthorizationAnswer::read(&Response::new(200, body.as_bytes())) {
            DeviceAuthorizationAnswer::Granted(granted) => Ok(granted),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn d4_a_device_code_that_came_in_another_character_set_is_refused() {
        // What is left of a byte that is not UTF-8 would be another code.
        let body = b"{\"device_code\":\"gr\xfcn\",\"user_code\":\"A\",\"verification_uri\":\"https://as.example/\"}";
        assert!(matches!(
            DeviceAuthorizationAnswer::read(&Response::new(200, body)),
            DeviceAuthorizationAnswer::Invalid(ProtocolErrorKind::MalformedMember {
                name: "device_code"
            })
        ));
        assert_eq!(
            read("gr\u{fc}n", "A").unwrap().device_code().expose(),
            "gr\u{fc}n"
        );
    }

    #[test]
    fn k7_neither_code_shows_in_debug() {
        let shown = format!("{:?}", read("secret-1", "secret-2").unwrap());
        assert!(shown.contains("https://as.example/"), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn t7_what_nobody_knows_is_extra_and_what_is_known_is_not() {
        let body = |more: &str| {
            format!(
                r#"{{"device_code":"c","user_code":"A","verification_uri":"https://as.example/"{more}}}"#
            )
        };
        for (more, extra) in [
            ("", "{}"),
            (r#","expires_in":5"#, "{}"),
            (r#","x":1"#, r#"{"x":1}"#),
        ] {
            let body = body(more);
            let answer = DeviceAuthorizationAnswer::read(&Response::new(200, body.as_bytes()));
            let DeviceAuthorizationAnswer::Granted(granted) = answer else {
                panic!()
            };
            assert_eq!(granted.extra().expose(), extra, "{more}");
            let is_kept = granted.texts.get(EXTRA).is_some();
            assert_eq!(is_kept, extra != "{}", "nothing takes no memory");
        }
    }

    #[test]
    fn codes_have_a_greatest_length_in_an_answer_and_in_a_store() {
        let restored = |device_code: &str, user_code: &str| {
            let uri = "https://as.example/";
            DeviceAuthorizationResponse::restored(device_code, user_code, uri, None, None)
        };
        let longest = "x".repeat(32_768);
        assert_eq!(read(&longest, "A").unwrap().device_code().expose(), longest);
        assert_eq!(
            restored(&longest, "A").unwrap().device_code().expose(),
            longest
        );
        let longer = longest + "x";
        assert!(read(&longer, "A").unwrap_err().contains("device_code"));
        assert!(restored(&longer, "A").is_none());
        assert!(restored("", "A").is_none());
        assert!(restored("x", "").is_none());
        for letter in ["A", "Ж"] {
            let longest = letter.repeat(128);
            assert_eq!(read("x", &longest).unwrap().user_code(), longest);
            let longer = letter.repeat(129);
            assert!(read("x", &longer).unwrap_err().contains("user_code"));
        }
    }
}
