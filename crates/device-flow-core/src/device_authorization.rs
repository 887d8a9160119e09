//! The codes of a sign-in.

use crate::failure::ProtocolErrorKind;
use crate::secret::{Packed, SecretStr, SecretString};
use crate::text::{MAX_MESSAGE, MAX_USER_CODE, clean};
use crate::uri::{check_verification_uri, without_code};
use crate::wire::member;
use core::fmt;

/// Longest device code that is taken, in bytes.
pub(crate) const MAX_DEVICE_CODE: usize = 32 * 1024;

/// A device authorization response (RFC 8628 section 3.2). `Debug` shows neither code.
///
/// The addresses of one that a machine shows are checked, as a [`Prompt`](crate::Prompt)'s are.
#[derive(Clone, PartialEq, Eq)]
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
        member(self.extra().expose(), name)
    }

    /// The same with its addresses fit to be shown: the main one must be, the complete one is dropped when it is not.
    pub(crate) fn checked(self, is_http_allowed: bool) -> Result<Self, ProtocolErrorKind> {
        let uri = check_verification_uri(self.verification_uri(), is_http_allowed)
            .map_err(ProtocolErrorKind::VerificationUri)?;
        let complete = self.verification_uri_complete().and_then(|it| check_verification_uri(it, is_http_allowed).ok());
        if uri == self.verification_uri() && complete.as_deref() == self.verification_uri_complete() {
            return Ok(self);
        }
        let mut texts = self.parts();
        texts[VERIFICATION_URI] = Some(&uri);
        texts[VERIFICATION_URI_COMPLETE] = complete.as_deref();
        let texts = Packed::new(texts);
        Ok(Self { texts, ..self })
    }

    /// The texts in the order of their accessors: device code, user code, the two addresses, message, extra.
    pub(crate) fn parts(&self) -> [Option<&str>; 6] {
        self.texts.all()
    }

    /// As a server sent it, or as it was stored; `None` when a text is not as this type promises. What people see is
    /// cleaned.
    pub(crate) fn packed(
        [device_code, user_code, uri, complete, message, extra]: [Option<&str>; 6],
        expires_in: Option<i64>,
        interval: Option<i64>,
    ) -> Option<Self> {
        let user_code = clean(user_code?, MAX_USER_CODE)?;
        let message = message.and_then(|it| clean(it, MAX_MESSAGE));
        let is_fit = |it: &str| !it.is_empty() && it.len() <= MAX_DEVICE_CODE;
        if !device_code.is_some_and(is_fit) || uri.is_none() {
            return None;
        }
        Some(Self {
            texts: Packed::new([device_code, Some(&user_code), uri, complete, message.as_deref(), extra]),
            expires_in,
            interval,
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
            .field("verification_uri", &without_code(self.verification_uri(), self.user_code()))
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
