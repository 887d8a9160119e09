//! The introspection endpoint (RFC 7662).

use serde_json::{Map, Value, json};

use super::authentication::{Credentials, authenticate};
use crate::answer::Answer;
use crate::client::ClientAuthentication;
use crate::event::Event;
use crate::form::{self, IntrospectionForm};
use crate::oauth_error::OAuthError;
use crate::reply::Reply;
use crate::script::Endpoint;
use crate::state::Shared;
use crate::tokens::Status;
use crate::transcript::Request;

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let step = shared.state().scripts.next(Endpoint::Introspection);
    Reply::scripted(step, || ordinary(shared, request).unwrap_or_else(Reply::from))
}

fn ordinary(shared: &Shared, request: &Request) -> Result<Reply, OAuthError> {
    let form: IntrospectionForm = form::read(request)?;
    let credentials = Credentials::of(request, form.client_id.as_deref(), form.client_secret.as_deref());
    let client_id = authenticate(shared, &credentials)?;
    let token = form.token.ok_or(OAuthError::invalid_request("token is missing"))?;
    let is_confidential =
        shared.client(&client_id).is_some_and(|client| client.authentication != ClientAuthentication::None);

    let state = shared.state();
    // A public client has proved nothing, so it learns about its own tokens only (RFC 7662 §2.2, §4). A confidential
    // one may be the resource that was shown the token.
    let status =
        state.tokens.status(&token, request.arrived).filter(|status| is_confidential || status.client_id == client_id);
    let is_active = status.is_some();
    let body = status.map_or_else(|| json!({ "active": false }), |status| description(shared, &status));
    Ok(Reply::from(Answer::value(200, &body)).event(Event::Introspected { client_id, is_active }))
}

/// What RFC 7662 §2.2 says about an active token.
fn description(shared: &Shared, status: &Status<'_>) -> Value {
    let mut body = Map::new();
    body.insert("active".to_owned(), true.into());
    body.insert("client_id".to_owned(), status.client_id.into());
    body.insert("iss".to_owned(), shared.place.issuer().into());
    body.insert("sub".to_owned(), shared.options.subject.as_str().into());
    if let Some(scope) = status.scope {
        body.insert("scope".to_owned(), scope.into());
    }
    if let Some(access_token) = status.access_token {
        body.insert("token_type".to_owned(), "Bearer".into());
        body.insert("iat".to_owned(), access_token.issued_at.into());
        body.insert("exp".to_owned(), access_token.expires_at.into());
    }
    Value::Object(body)
}
