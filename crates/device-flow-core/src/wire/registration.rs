//! The client registration request (RFC 7591 section 3.1).

use super::object::Object;
use crate::secret::SecretString;

/// The metadata of a public client that signs in with the device grant and may refresh.
pub(crate) fn registration_body(
    client_name: Option<&str>,
    scope: Option<&str>,
    grant_type: &str,
) -> SecretString {
    let mut object = Object::new();
    object.text("client_name", client_name);
    object.texts("grant_types", &[grant_type, "refresh_token"]);
    // The device grant uses no response type; RFC 7591 section 2 would otherwise assume `code`.
    object.texts("response_types", &[]);
    object.text("token_endpoint_auth_method", Some("none"));
    object.text("application_type", Some("native"));
    object.text("scope", scope);
    object.end()
}
