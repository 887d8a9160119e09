//! The revocation endpoint (RFC 7009).

use super::authentication::{Credentials, authenticate};
use crate::answer::Answer;
use crate::event::Event;
use crate::form::{self, RevocationForm};
use crate::oauth_error::OAuthError;
use crate::reply::Reply;
use crate::script::Endpoint;
use crate::state::Shared;
use crate::transcript::Request;

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let step = shared.state().scripts.next(Endpoint::Revocation);
    Reply::scripted(step, || ordinary(shared, request).unwrap_or_else(Reply::from))
}

fn ordinary(shared: &Shared, request: &Request) -> Result<Reply, OAuthError> {
    let form: RevocationForm = form::read(request)?;
    let credentials = Credentials::of(request, form.client_id.as_deref(), form.client_secret.as_deref());
    let client_id = authenticate(shared, &credentials)?;
    let token = form.token.ok_or(OAuthError::invalid_request("token is missing"))?;
    let is_revoked = shared.state().tokens.revoke(&token, &client_id)?;
    // An unknown token is as good as revoked (RFC 7009 §2.2).
    let reply = Reply::from(Answer::new(200).header("cache-control", "no-store"));
    Ok(if is_revoked { reply.event(Event::Revoked { client_id }) } else { reply })
}
