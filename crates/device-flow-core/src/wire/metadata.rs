//! Reading and writing authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0).

use super::answer::Answer;
use super::error::ErrorMembers;
use super::members::{for_each, text};
use super::object::Object;
use super::value::{Text, Value};
use crate::dialect::RFC_8628;
use crate::failure::ProtocolErrorKind;
use crate::metadata::{ADDRESSES, Address, ServerMetadata};
use crate::response::Response;
use crate::stage::Stage;
use crate::text::clean;
use crate::uri::{MAX_URI, check_endpoint};
use alloc::boxed::Box;
use alloc::string::String;

/// Whose metadata is asked for: an issuer, and what else is taken for it.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) is_it: fn(expected: &str, named: &str) -> bool,
    pub(crate) allow_http: bool,
}

/// Reads a metadata document, which has to be this issuer's.
pub(crate) fn read_metadata(response: &Response<'_>, expected: Expected<'_>) -> Answer<ServerMetadata> {
    let text = text(response.body());
    // Metadata is JSON; a form would be some other page.
    let json = if text.starts_with('{') { &*text } else { "" };
    let mut members = Members::default();
    let read = for_each(json, &mut |name, value| members.take(name, value));
    // What a document says of errors is not for us.
    Answer::instead(Stage::Discovery, &RFC_8628, response, &ErrorMembers::default(), read)
        .unwrap_or_else(|| members.into_metadata(expected).map_or_else(Answer::Invalid, Answer::Granted))
}

/// Keeping metadata, so that it need not be asked for at every start. Its issuer changes it seldom; a day is a good age.
impl ServerMetadata {
    /// The metadata as a document, to be kept and read again with [`from_document`](Self::from_document).
    ///
    /// ```
    /// use device_flow_core::ServerMetadata;
    ///
    /// let document = r#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token"}"#;
    /// let metadata = ServerMetadata::from_document(document, "https://as.example", false)?;
    /// let kept = metadata.document();
    /// assert_eq!(ServerMetadata::from_document(&kept, "https://as.example", false)?.document(), kept);
    /// # Ok::<(), device_flow_core::ProtocolErrorKind>(())
    /// ```
    pub fn document(&self) -> String {
        let mut object = Object::new();
        for (address, name) in ADDRESSES {
            object.text(name, self.address(address));
        }
        if let Some(methods) = self.token_endpoint_auth_methods() {
            object.texts(METHODS, methods);
        }
        String::from(object.end().expose())
    }

    /// Reads a document that was kept, as strictly as one that a server sends. `allow_http` is as in
    /// [`Config::allow_http`](crate::Config::allow_http).
    ///
    /// # Errors
    ///
    /// What is wrong with it: it is damaged, another issuer's, or names an endpoint that cannot be called.
    pub fn from_document(document: &str, issuer: &str, allow_http: bool) -> Result<Self, ProtocolErrorKind> {
        let expected = Expected { issuer, is_it: |expected, named| expected == named, allow_http };
        match read_metadata(&Response::new(200, document.as_bytes()), expected) {
            Answer::Granted(metadata) => Ok(metadata),
            Answer::Invalid(kind) => Err(kind),
            _ => Err(ProtocolErrorKind::NotOAuth { status: 200 }),
        }
    }
}

const METHODS: &str = "token_endpoint_auth_methods_supported";

#[derive(Default)]
struct Members<'t> {
    addresses: [Option<Text<'t>>; ADDRESSES.len()],
    methods: Option<Value<'t>>,
}

impl<'t> Members<'t> {
    fn take(&mut self, name: &str, value: Value<'t>) {
        if name == METHODS {
            self.methods = Some(value);
            return;
        }
        let place = ADDRESSES.iter().position(|(_, it)| *it == name);
        if let Some(slot) = place.and_then(|it| self.addresses.get_mut(it)) {
            *slot = value.text();
        }
    }

    fn into_metadata(self, expected: Expected<'_>) -> Result<ServerMetadata, ProtocolErrorKind> {
        let missing = |name| ProtocolErrorKind::MissingMember { name };
        let [issuer, ..] = &self.addresses;
        let issuer = issuer.as_deref().ok_or(missing("issuer"))?;
        if !(expected.is_it)(expected.issuer, issuer) {
            return Err(ProtocolErrorKind::Issuer {
                expected: Box::from(expected.issuer),
                found: clean(issuer, MAX_URI).unwrap_or_default().into(),
            });
        }
        let mut texts = [const { None }; ADDRESSES.len()];
        let slots = texts.iter_mut().zip(ADDRESSES).zip(&self.addresses).skip(1);
        for ((slot, (address, name)), found) in slots {
            let Some(found) = found else { continue };
            match check_endpoint(found, expected.allow_http) {
                Ok(checked) => *slot = Some(checked.into_owned()),
                // What is not needed to sign in does not keep anybody from it.
                Err(_) if !matches!(address, Address::DeviceAuthorization | Address::Token) => {}
                Err(source) => return Err(ProtocolErrorKind::Endpoint { name, source }),
            }
        }
        let methods = self.methods.and_then(|it| methods(&it));
        let metadata = ServerMetadata::packed(issuer, &texts, methods.as_deref());
        if metadata.token_endpoint().is_empty() {
            return Err(missing("token_endpoint"));
        }
        Ok(metadata)
    }
}

/// The names in the array, with a space between two.
fn methods(value: &Value<'_>) -> Option<String> {
    let mut joined = String::new();
    for method in value.strings()?.flatten() {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.extend(method.chars().filter(char::is_ascii_graphic));
    }
    (!joined.is_empty()).then_some(joined)
}
