//! Client authentication (RFC 6749 §2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq as _;

use crate::client::ClientAuthentication;
use crate::oauth_error::OAuthError;
use crate::state::Shared;
use crate::transcript::Request;

/// What a client says about itself.
pub(super) struct Credentials<'a> {
    pub(super) client_id: Option<&'a str>,
    pub(super) client_secret: Option<&'a str>,
    pub(super) authorization: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    pub(super) fn of(request: &'a Request, client_id: Option<&'a str>, client_secret: Option<&'a str>) -> Self {
        Self { client_id, client_secret, authorization: request.header("authorization") }
    }

    pub(super) const fn has_secret(&self) -> bool {
        self.client_secret.is_some() || self.authorization.is_some()
    }
}

/// Finds out who the client is and demands the proof it is registered with. Where the settings name no client, any client
/// id is a public client.
pub(super) fn authenticate(shared: &Shared, credentials: &Credentials<'_>) -> Result<String, OAuthError> {
    if credentials.authorization.is_some() && credentials.client_secret.is_some() {
        return Err(OAuthError::invalid_request("a client uses one way to authenticate, not two"));
    }
    match (credentials.authorization, credentials.client_secret) {
        (Some(authorization), _) => by_basic(shared, authorization, credentials.client_id),
        (None, Some(secret)) => by_post(shared, secret, credentials.client_id),
        (None, None) => {
            let id = named(credentials)?;
            if known(shared, id)? == ClientAuthentication::None {
                Ok(id.to_owned())
            } else {
                Err(OAuthError::invalid_client("this client has to authenticate"))
            }
        }
    }
}

/// Finds out who the client says it is, without proof.
pub(super) fn identify(shared: &Shared, credentials: &Credentials<'_>) -> Result<String, OAuthError> {
    let id = named(credentials)?;
    known(shared, id)?;
    Ok(id.to_owned())
}

fn named<'a>(credentials: &Credentials<'a>) -> Result<&'a str, OAuthError> {
    credentials.client_id.ok_or(OAuthError::invalid_request("client_id is missing"))
}

/// How a client authenticates that names itself so. Clients that registered themselves are public, and so is
/// everyone where the settings name no client.
fn known(shared: &Shared, id: &str) -> Result<ClientAuthentication, OAuthError> {
    if let Some(client) = shared.client(id) {
        return Ok(client.authentication);
    }
    if shared.options.clients.is_empty() || shared.state().registrations.find(id).is_some() {
        return Ok(ClientAuthentication::None);
    }
    Err(OAuthError::invalid_client("unknown client"))
}

fn by_post(shared: &Shared, secret: &str, id: Option<&str>) -> Result<String, OAuthError> {
    let id = id.ok_or(OAuthError::invalid_request("client_id is missing"))?;
    match shared.client(id).filter(|client| client.authentication == ClientAuthentication::Post) {
        Some(client) if is_same(&client.secret, secret) => Ok(client.id.clone()),
        _ => Err(REFUSED),
    }
}

fn by_basic(shared: &Shared, authorization: &str, id_in_body: Option<&str>) -> Result<String, OAuthError> {
    let (id, secret) =
        basic_pair(authorization).ok_or(OAuthError::invalid_client("not a Basic authorization header"))?;
    let decoded = form_decoded(&id).zip(form_decoded(&secret));
    let registered = |id: &str, secret: &str, way: ClientAuthentication| {
        let client = shared.client(id).filter(|client| client.authentication == way);
        client.filter(|client| is_same(&client.secret, secret))
    };
    let encoded = decoded.and_then(|(id, secret)| registered(&id, &secret, ClientAuthentication::Basic));
    let client = encoded.or_else(|| registered(&id, &secret, ClientAuthentication::BasicRaw)).ok_or(REFUSED)?;
    if id_in_body.is_some_and(|id| id != client.id) {
        return Err(OAuthError::invalid_request("client_id and the authorization header name two clients"));
    }
    Ok(client.id.clone())
}

const REFUSED: OAuthError =
    OAuthError::invalid_client("unknown client, wrong secret, or not the registered way to send it");

fn basic_pair(authorization: &str) -> Option<(String, String)> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Undoes the form encoding of RFC 6749 §2.3.1; `None` when a character is there that it would have replaced.
fn form_decoded(text: &str) -> Option<String> {
    let is_encoded = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-._~+%".contains(&byte));
    if !is_encoded {
        return None;
    }
    let spaced = text.replace('+', " ");
    Some(percent_decode_str(&spaced).decode_utf8().ok()?.into_owned())
}

fn is_same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}
