//! From a request to the endpoint it is for.

mod authentication;
mod device_authorization;
mod introspection;
mod metadata;
mod registration;
mod revocation;
mod token;
mod userinfo;

use crate::answer::Answer;
use crate::page;
use crate::reply::Reply;
use crate::state::Shared;
use crate::transcript::Request;

/// Answers a request.
pub(crate) fn route(shared: &Shared, request: &Request) -> Reply {
    let issuer_path = shared.place.path.as_str();
    let path = request.path.as_str();
    // RFC 8414 §3.1 puts the issuer's path behind the well-known part, OpenID in front of it.
    if path.strip_prefix("/.well-known/oauth-authorization-server") == Some(issuer_path) {
        return on(request, Methods::Get, || metadata::answer(shared, metadata::Kind::OAuth));
    }
    let dialect = &shared.options.dialect;
    match path.strip_prefix(issuer_path) {
        Some("/.well-known/openid-configuration") => {
            on(request, Methods::Get, || metadata::answer(shared, metadata::Kind::OpenId))
        }
        // Where both are one endpoint, the parameter tells which is meant.
        Some(path)
            if path == dialect.device_authorization_path
                && (path != dialect.token_path || request.parameter("response_type").is_some()) =>
        {
            on(request, Methods::Post, || device_authorization::answer(shared, request))
        }
        Some(path) if path == dialect.token_path => on(request, Methods::Post, || token::answer(shared, request)),
        Some("/revoke") => on(request, Methods::Post, || revocation::answer(shared, request)),
        Some("/introspect") => on(request, Methods::Post, || introspection::answer(shared, request)),
        Some("/userinfo") => on(request, Methods::GetAndPost, || userinfo::answer(shared, request)),
        Some("/register") => on(request, Methods::Post, || registration::answer(shared, request)),
        Some("/device") => on(request, Methods::GetAndPost, || page::code(shared, request)),
        Some("/device/decision") => on(request, Methods::Post, || page::decision(shared, request)),
        Some("/device/done") => on(request, Methods::Get, || page::done(shared, request)),
        _ => Answer::text(404, "there is nothing here\n").into(),
    }
}

#[derive(Clone, Copy)]
enum Methods {
    Get,
    Post,
    GetAndPost,
}

fn on(request: &Request, methods: Methods, answer: impl FnOnce() -> Reply) -> Reply {
    let (allowed, header): (&[&str], _) = match methods {
        Methods::Get => (&["GET", "HEAD"], "GET, HEAD"),
        Methods::Post => (&["POST"], "POST"),
        Methods::GetAndPost => (&["GET", "HEAD", "POST"], "GET, HEAD, POST"),
    };
    if allowed.contains(&request.method.as_str()) {
        answer()
    } else {
        Answer::text(405, "this method is not allowed here\n").header("allow", header).into()
    }
}
