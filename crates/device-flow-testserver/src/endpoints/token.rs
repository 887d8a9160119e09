//! The token endpoint: polls (RFC 8628 §3.4, §3.5) and refreshes (RFC 6749 §6).

use super::authentication::{Credentials, authenticate};
use crate::answer::Answer;
use crate::codes::PollAnswer;
use crate::dialect::Voice;
use crate::event::{Decider, Event};
use crate::form::{self, TokenForm};
use crate::oauth_error::OAuthError;
use crate::options::Options;
use crate::reply::Reply;
use crate::script::{Decision, Endpoint, Step};
use crate::state::{Shared, State};
use crate::tokens::{Grant, Issuing, Refreshed};
use crate::transcript::Request;

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let voice = Voice::new(&shared.options, request);
    dispatch(shared, request, voice).unwrap_or_else(|error| voice.error(error).into())
}

fn dispatch(shared: &Shared, request: &Request, voice: Voice<'_>) -> Result<Reply, OAuthError> {
    let dialect = &shared.options.dialect;
    let form: TokenForm = form::read_in(dialect, request)?;
    match form.grant_type.as_deref() {
        None if dialect.grant_types.is_empty() => poll(shared, request, &form, voice),
        None => Err(OAuthError::invalid_request("grant_type is missing")),
        Some(grant_type) if dialect.grant_types.iter().any(|it| it == grant_type) => {
            poll(shared, request, &form, voice)
        }
        Some("refresh_token") => Ok(refresh(shared, request, &form, voice)),
        Some(_) => {
            Err(OAuthError::new("unsupported_grant_type", "only device codes and refresh tokens are exchanged here"))
        }
    }
}

fn poll(shared: &Shared, request: &Request, form: &TokenForm, voice: Voice<'_>) -> Result<Reply, OAuthError> {
    let client_id = client(shared, request, form)?;
    let device_code = form.device_code.as_deref().ok_or(OAuthError::invalid_request("device_code is missing"))?;
    let issuer = shared.place.issuer();

    let mut state = shared.state();
    let State { codes, tokens, scripts, .. } = &mut *state;
    let serial = codes.polled(device_code, &client_id, form.code_verifier.as_deref())?;
    if shared.options.dialect.is_user_code_polled {
        codes.check_user_code(serial, form.user_code.as_deref())?;
    }
    let (code, Step { decision, late, fault }) = codes.begin_poll(serial, &mut scripts.polls)?;
    let (user_code, number) = (code.user_code.clone(), code.polls);
    let scope = granted(&shared.options, code.scope.as_deref());
    let grant = Grant { client_id, scope, nonce: code.nonce.clone() };
    let by = Decider::Server;

    let (reply, answer) = match decision {
        Decision::Ignore => (Answer::new(500).into(), "no answer"),
        Decision::Answer(answer) => (answer.into(), "scripted answer"),
        decision => match codes.answer_poll(serial, &decision, fault.is_some(), &shared.options, request.arrived) {
            PollAnswer::Error(error) => {
                let (answer, reply) = (error.code, Reply::from(voice.error(error)));
                match decision {
                    Decision::Deny => (reply.event(Event::Denied { user_code: user_code.clone(), by }), answer),
                    Decision::Expire => (reply.event(Event::Expired { user_code: user_code.clone(), by }), answer),
                    _ => (reply, answer),
                }
            }
            PollAnswer::Tokens { is_newly_approved } => {
                let issuing = Issuing { options: &shared.options, issuer: &issuer, now: request.arrived };
                let reply = Reply::from(voice.tokens(tokens.issue(grant, &issuing)?));
                let approved = Event::Approved { user_code: user_code.clone(), by };
                (if is_newly_approved { reply.event(approved) } else { reply }, "tokens")
            }
        },
    };
    let reply = reply.event(Event::Poll { user_code, number, answer });
    Ok(Reply { late, fault, ..reply })
}

/// What is granted of the scope that was asked for.
fn granted(options: &Options, scope: Option<&str>) -> Option<String> {
    let Some(granted) = &options.granted_scopes else {
        return scope.map(str::to_owned);
    };
    let kept: Vec<_> = scope?.split(' ').filter(|it| granted.iter().any(|granted| granted == it)).collect();
    Some(kept.join(" "))
}

fn refresh(shared: &Shared, request: &Request, form: &TokenForm, voice: Voice<'_>) -> Reply {
    let step = shared.state().scripts.next(Endpoint::Refresh);
    let error = |error| voice.error(error);
    Reply::put(step, error, || {
        ordinary_refresh(shared, request, form, voice).unwrap_or_else(|refusal| error(refusal).into())
    })
}

fn ordinary_refresh(
    shared: &Shared,
    request: &Request,
    form: &TokenForm,
    voice: Voice<'_>,
) -> Result<Reply, OAuthError> {
    let client_id = client(shared, request, form)?;
    let token = form.refresh_token.as_deref().ok_or(OAuthError::invalid_request("refresh_token is missing"))?;
    let issuer = shared.place.issuer();
    let issuing = Issuing { options: &shared.options, issuer: &issuer, now: request.arrived };
    let refreshed = shared.state().tokens.refresh(token, &client_id, form.scope.as_deref(), &issuing)?;
    Ok(match refreshed {
        Refreshed::Tokens(body) => Reply::from(voice.tokens(body)).event(Event::Refreshed { client_id }),
        Refreshed::Reused => {
            let error = OAuthError::invalid_grant("the refresh token was rotated before; its grant is revoked");
            Reply::from(voice.error(error)).event(Event::RefreshTokenReused { client_id })
        }
    })
}

fn client(shared: &Shared, request: &Request, form: &TokenForm) -> Result<String, OAuthError> {
    let credentials = Credentials::of(request, form.client_id.as_deref(), form.client_secret.as_deref());
    authenticate(shared, &credentials)
}
