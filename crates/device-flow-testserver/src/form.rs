//! Reads form bodies into typed requests.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};
use serde::{Deserialize, Deserializer};

use crate::dialect::Dialect;
use crate::media_type;
use crate::oauth_error::OAuthError;
use crate::transcript::Request;

/// A device authorization request (RFC 8628 §3.1, RFC 7636 §4.3).
#[derive(Deserialize)]
pub(crate) struct DeviceAuthorizationForm {
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_id: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_secret: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) scope: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) nonce: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) code_challenge: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) code_challenge_method: Option<String>,
    /// Of some dialects.
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) response_type: Option<String>,
}

/// A token request (RFC 8628 §3.4, RFC 6749 §6, RFC 7636 §4.5).
#[derive(Deserialize)]
pub(crate) struct TokenForm {
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) grant_type: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) device_code: Option<String>,
    /// Of some dialects.
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) user_code: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) code_verifier: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) refresh_token: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) scope: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_id: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_secret: Option<String>,
}

/// A revocation request (RFC 7009 §2.1). Its hint is not needed to find a token.
#[derive(Deserialize)]
pub(crate) struct RevocationForm {
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) token: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_id: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_secret: Option<String>,
}

/// An introspection request (RFC 7662 §2.1). Its hint is not needed to find a token.
#[derive(Deserialize)]
pub(crate) struct IntrospectionForm {
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) token: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_id: Option<String>,
    #[serde(default, deserialize_with = "non_empty")]
    pub(crate) client_secret: Option<String>,
}

/// What the approval page posts.
#[derive(Deserialize)]
pub(crate) struct PageForm {
    #[serde(default)]
    pub(crate) form_token: String,
    #[serde(default)]
    pub(crate) user_code: String,
    #[serde(default)]
    pub(crate) decision: String,
}

/// Reads the body. A parameter that occurs twice is an error (RFC 6749 §3.2).
pub(crate) fn read<T: DeserializeOwned>(request: &Request) -> Result<T, OAuthError> {
    if !is_form(request.header("content-type")) {
        return Err(OAuthError::invalid_request("the content type is not application/x-www-form-urlencoded"));
    }
    serde_urlencoded::from_bytes(&request.body).map_err(|_| MALFORMED)
}

const MALFORMED: OAuthError = OAuthError::invalid_request("a parameter is repeated or malformed");

/// Reads the body with the names of a dialect.
pub(crate) fn read_in<T: DeserializeOwned>(dialect: &Dialect, request: &Request) -> Result<T, OAuthError> {
    // Says what is wrong with the request as a form.
    let pairs: Vec<(String, String)> = read(request)?;
    let separator = dialect.scope_separator.as_str();
    let mut standard: Vec<(Cow<'_, str>, String)> = Vec::new();
    for (name, value) in pairs {
        match (name.as_str(), dialect.joined_credentials.as_ref()) {
            (name, Some((joined, separator))) if name == joined => {
                let (client_id, client_secret) = value.split_once(separator.as_str()).unwrap_or((&value, ""));
                standard.push(("client_id".into(), client_id.to_owned()));
                standard.push(("client_secret".into(), client_secret.to_owned()));
            }
            (name, _) if name == dialect.device_code_parameter => standard.push(("device_code".into(), value)),
            (name, _) if name == dialect.scope_parameter => {
                standard.push(("scope".into(), value.replace(separator, " ")));
            }
            // What the dialect calls something else is as good as left out.
            ("device_code" | "scope", _) => {}
            (_, _) => standard.push((name.into(), value)),
        }
    }
    T::deserialize(MapDeserializer::<_, Error>::new(standard.into_iter())).map_err(|_| MALFORMED)
}

/// Reads any pairs, for the transcript.
pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    serde_urlencoded::from_bytes(encoded).unwrap_or_default()
}

pub(crate) fn is_form(content_type: Option<&str>) -> bool {
    media_type::is(content_type, "application/x-www-form-urlencoded")
}

/// A parameter without a value counts as left out (RFC 6749 §3.2).
fn non_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = String::deserialize(deserializer)?;
    Ok((!value.is_empty()).then_some(value))
}
