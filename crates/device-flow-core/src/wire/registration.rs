//! The client registration request (RFC 7591 section 3.1).

use super::extra::{push_string, push_strings};
use super::object::Object;
use crate::dialect::GRANT_TYPE;
use crate::secret::SecretString;
use alloc::string::String;
use alloc::vec::Vec;

/// The metadata of a client that wants to be registered, for [`Call::register`](crate::Call::register). Begins as a
/// public client that signs in with the device grant and may refresh.
///
/// ```
/// use device_flow_core::{Call, ClientMetadata};
///
/// let metadata = ClientMetadata::new()
///     .client_name("Living-room television")
///     .scope("openid offline_access")
///     .contacts(["admin@tv.example"])
///     .text("software_id", "4NRB1-0XZABZI9E6-5SM3R");
/// let call = Call::register("https://as.example/register", &metadata, false)?;
/// # Ok::<(), device_flow_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientMetadata {
    members: Vec<(String, SecretString)>,
    pub(crate) initial_access_token: Option<SecretString>,
}

impl Default for ClientMetadata {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientMetadata {
    /// A public client for the device grant, with a refresh token.
    pub fn new() -> Self {
        let metadata = Self { members: Vec::new(), initial_access_token: None };
        metadata
            .texts("grant_types", [GRANT_TYPE, "refresh_token"])
            // The device grant uses no response type; RFC 7591 section 2 would otherwise assume `code`.
            .texts("response_types", [])
            .text("token_endpoint_auth_method", "none")
            .text("application_type", "native")
    }

    /// What people are shown at approval.
    #[must_use]
    pub fn client_name(self, name: &str) -> Self {
        self.text("client_name", name)
    }

    /// The page that tells people about the client.
    #[must_use]
    pub fn client_uri(self, uri: &str) -> Self {
        self.text("client_uri", uri)
    }

    /// What the client may ask for: scopes separated by spaces.
    #[must_use]
    pub fn scope(self, scope: &str) -> Self {
        self.text("scope", scope)
    }

    /// Whom to ask about the client, as email addresses.
    #[must_use]
    pub fn contacts<'a>(self, contacts: impl IntoIterator<Item = &'a str>) -> Self {
        self.texts("contacts", contacts)
    }

    /// How the client will authenticate, such as `client_secret_basic`. Default: `none`.
    #[must_use]
    pub fn token_endpoint_auth_method(self, method: &str) -> Self {
        self.text("token_endpoint_auth_method", method)
    }

    /// The token with which the server lets clients register (RFC 7591 section 3).
    #[must_use]
    pub fn initial_access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.initial_access_token = Some(token.into());
        self
    }

    /// Any other member that is a string. One of the same name is replaced.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        let mut json = SecretString::with_capacity(value.len().saturating_add(2));
        push_string(&mut json, value);
        self.set(name, json);
        self
    }

    /// Any other member that is an array of strings. One of the same name is replaced.
    #[must_use]
    pub fn texts<'a>(mut self, name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut json = SecretString::with_capacity(0);
        push_strings(&mut json, values);
        self.set(name, json);
        self
    }

    fn set(&mut self, name: &str, json: SecretString) {
        self.members.retain(|(it, _)| it != name);
        self.members.push((String::from(name), json));
    }

    /// The request's body.
    pub(crate) fn body(&self) -> SecretString {
        let mut object = Object::new();
        for (name, json) in &self.members {
            object.json(name, json.expose());
        }
        object.end()
    }
}
