//! Reading a device authorization response (RFC 8628 section 3.2), or what comes instead.

use super::answer::{self, Answer};
use super::error::ErrorMembers;
use super::extra;
use super::form::{self, Pair};
use super::members::text;
use super::number::Number;
use super::value::{Text, Value};
use crate::device_authorization::{DeviceAuthorizationResponse, MAX_DEVICE_CODE};
use crate::dialect::Dialect;
use crate::failure::ProtocolErrorKind;
use crate::response::Response;
use crate::secret::SecretString;
use crate::stage::Stage;
use crate::text::{MAX_USER_CODE, clean};
use alloc::string::String;

/// Reads what the device authorization endpoint answers.
pub(crate) fn read_codes(dialect: &Dialect, response: &Response<'_>) -> Answer<DeviceAuthorizationResponse> {
    let text = text(response.body());
    let stage = Stage::DeviceAuthorization;
    Answer::read(stage, dialect, response, &text, |members: Members<'_>| members.into_response(dialect, &text))
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
    Members::default().taken(dialect, dialect.canonical(name), nothing).is_ok()
}

impl<'t> answer::Members<'t> for Members<'t> {
    fn error(&self) -> &ErrorMembers<'t> {
        &self.error
    }

    fn take(&mut self, dialect: &Dialect, name: &str, value: Value<'t>) {
        let is_taken = self.taken(dialect, name, value).is_ok();
        self.has_extra |= !is_taken;
    }
}

impl<'t> Members<'t> {
    #[inline]
    fn taken(&mut self, dialect: &Dialect, name: &str, value: Value<'t>) -> Result<(), Value<'t>> {
        match name {
            "device_code" => self.device_code = value.text_or_number(),
            "user_code" => self.user_code = value.text_or_number(),
            "verification_uri" => self.verification_uri = value.text(),
            "verification_uri_complete" => self.verification_uri_complete = value.text(),
            // The drafts' spelling, which Google and others kept.
            "verification_url" => self.verification_url = value.text(),
            "verification_url_complete" => self.verification_url_complete = value.text(),
            // Huawei's spelling second.
            "expires_in" | "expire_in" => {
                let seconds = value.number().map(Number::floor);
                self.expires_in = seconds.or(self.expires_in);
            }
            _ => return self.error.take(dialect, name, value),
        }
        Ok(())
    }

    fn into_response(self, dialect: &Dialect, text: &str) -> Result<DeviceAuthorizationResponse, ProtocolErrorKind> {
        let missing = |name| ProtocolErrorKind::MissingMember { name };
        let malformed = |name| ProtocolErrorKind::MalformedMember { name };
        let device_code = self.device_code.ok_or(missing("device_code"))?;
        if device_code.len() > MAX_DEVICE_CODE
            || !device_code.is_ascii() && device_code.contains(char::REPLACEMENT_CHARACTER)
        {
            return Err(malformed("device_code"));
        }
        let user_code = self.user_code.ok_or(missing("user_code"))?;
        if user_code.chars().count() > MAX_USER_CODE {
            return Err(malformed("user_code"));
        }
        let user_code = clean(&user_code, MAX_USER_CODE).ok_or(missing("user_code"))?;
        let complete = self.verification_uri_complete.or(self.verification_url_complete);
        // Kimi sends the complete address alone, which then has to do for both.
        let uri = self
            .verification_uri
            .as_deref()
            .or(self.verification_url.as_deref())
            .or(complete.as_deref())
            .ok_or(missing("verification_uri"))?;
        let with_code = dialect.user_code_query.as_deref().map(|name| with_query(uri, name, &user_code));
        // The plain address is of no use at such a server, so both are the one with the code.
        let (uri, complete) = match &with_code {
            Some(with_code) => (with_code.as_str(), Some(complete.as_deref().unwrap_or(with_code))),
            None => (uri, complete.as_deref()),
        };
        let extra = self.has_extra.then(|| extra::collect(text, |name| is_known(dialect, name)));
        let interval = self.error.interval().map(Number::ceil);
        DeviceAuthorizationResponse::packed(
            [
                Some(&device_code),
                Some(&user_code),
                Some(uri),
                complete,
                self.error.message(),
                extra.as_ref().map(SecretString::expose),
            ],
            self.expires_in,
            interval.filter(|seconds| *seconds >= 0),
        )
        .ok_or(missing("user_code"))
    }
}

/// An address with one more parameter in its query. One with a fragment is left as it is.
fn with_query(uri: &str, name: &str, value: &str) -> String {
    let mut longer = String::from(uri);
    if !uri.contains('#') {
        longer.push(if uri.contains('?') { '&' } else { '?' });
        longer.push_str(form::body([Some(Pair::named(name, value))], core::iter::empty()).expose());
    }
    longer
}

#[cfg(test)]
mod tests;
