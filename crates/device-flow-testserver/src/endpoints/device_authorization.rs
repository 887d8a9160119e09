//! The device authorization endpoint (RFC 8628 §3.1, §3.2).

use std::time::Duration;

use serde_json::{Map, Value};

use super::authentication::{Credentials, authenticate, identify};
use crate::codes::Wish;
use crate::dialect::Voice;
use crate::event::Event;
use crate::form::{self, DeviceAuthorizationForm};
use crate::oauth_error::OAuthError;
use crate::options::{DeviceEndpointAuthentication, Options};
use crate::pkce::Challenge;
use crate::reply::Reply;
use crate::script::Endpoint;
use crate::state::{Shared, State};
use crate::transcript::Request;

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let step = shared.state().scripts.next(Endpoint::DeviceAuthorization);
    let voice = Voice::new(&shared.options, request);
    let error = |error| voice.error(error);
    Reply::put(step, error, || ordinary(shared, request, voice).unwrap_or_else(|refusal| error(refusal).into()))
}

fn ordinary(shared: &Shared, request: &Request, voice: Voice<'_>) -> Result<Reply, OAuthError> {
    let options = &shared.options;
    let form: DeviceAuthorizationForm = form::read_in(&options.dialect, request)?;
    if options.dialect.is_response_type_needed && form.response_type.as_deref() != Some("device_code") {
        return Err(OAuthError::invalid_request("response_type is not device_code"));
    }
    check_lengths(&form)?;
    check_scopes(options, form.scope.as_deref())?;
    let credentials = Credentials::of(request, form.client_id.as_deref(), form.client_secret.as_deref());
    let client_id = match options.device_endpoint_authentication {
        DeviceEndpointAuthentication::Required => authenticate(shared, &credentials)?,
        DeviceEndpointAuthentication::Refused if credentials.has_secret() => {
            return Err(OAuthError::invalid_request("this endpoint takes no client credentials"));
        }
        DeviceEndpointAuthentication::Ignored | DeviceEndpointAuthentication::Refused => {
            identify(shared, &credentials)?
        }
    };

    let challenge = Challenge::read(form.code_challenge, form.code_challenge_method.as_deref())?;
    if options.is_pkce_required && challenge.is_none() {
        // RFC 7636 §4.4.1.
        return Err(OAuthError::invalid_request("code challenge required"));
    }

    let mut state = shared.state();
    let State { codes, scripts, .. } = &mut *state;
    let wish = Wish { client_id, scope: form.scope, nonce: form.nonce, challenge };
    let code = codes.make(wish, options, request.arrived, || scripts.next_code())?;

    let verification_uri = shared.place.endpoint("device");
    let complete = format!("{verification_uri}?user_code={}", code.user_code);
    let mut body = Map::new();
    body.insert("device_code".to_owned(), code.device_code.as_str().into());
    body.insert("user_code".to_owned(), code.user_code.as_str().into());
    body.insert("verification_uri".to_owned(), verification_uri.into());
    if options.is_complete_uri_sent {
        body.insert("verification_uri_complete".to_owned(), complete.into());
    }
    body.insert("expires_in".to_owned(), seconds(options.expires_in));
    if options.is_interval_sent {
        body.insert("interval".to_owned(), seconds(options.interval));
    }
    let event = Event::DeviceAuthorization {
        client_id: code.client_id.clone(),
        scope: code.scope.clone(),
        user_code: code.user_code.clone(),
    };
    Ok(Reply::from(voice.device_authorization(body)).event(event))
}

fn check_scopes(options: &Options, scope: Option<&str>) -> Result<(), OAuthError> {
    let Some(known) = &options.known_scopes else {
        return Ok(());
    };
    let mut wanted = scope.unwrap_or_default().split(' ').filter(|it| !it.is_empty());
    if wanted.all(|it| known.iter().any(|known| known == it)) {
        Ok(())
    } else {
        Err(OAuthError::new("invalid_scope", "a scope is unknown here"))
    }
}

/// What is kept for every code is bounded, or a flood of requests would fill the memory.
fn check_lengths(form: &DeviceAuthorizationForm) -> Result<(), OAuthError> {
    let is_longer = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.len() > most);
    if is_longer(&form.scope, 8 * 1024) {
        return Err(OAuthError::new("invalid_scope", "the scope is too long"));
    }
    if is_longer(&form.client_id, 1024) || is_longer(&form.nonce, 1024) {
        return Err(OAuthError::invalid_request("a parameter is too long"));
    }
    Ok(())
}

/// Whole seconds as an integer, as the RFC has it; others as a fraction.
fn seconds(duration: Duration) -> Value {
    if duration.subsec_nanos() == 0 { duration.as_secs().into() } else { duration.as_secs_f64().into() }
}
