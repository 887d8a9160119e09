//! The userinfo endpoint (OpenID Connect Core §5.3), a resource behind bearer tokens (RFC 6750).

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::event::Event;
use crate::id_token::replace;
use crate::reply::Reply;
use crate::script::Endpoint;
use crate::state::Shared;
use crate::tokens::Status;
use crate::transcript::Request;

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let step = shared.state().scripts.next(Endpoint::Userinfo);
    Reply::scripted(step, || ordinary(shared, request).unwrap_or_else(|refusal| refusal.into_answer().into()))
}

fn ordinary(shared: &Shared, request: &Request) -> Result<Reply, Refusal> {
    let token = bearer_token(request)?;
    let state = shared.state();
    let status = state
        .tokens
        .status(token, request.arrived)
        // A refresh token is for the token endpoint alone.
        .filter(|status| status.access_token.is_some())
        .ok_or(Refusal::InvalidToken)?;
    if !status.has_scope("openid") {
        return Err(Refusal::InsufficientScope);
    }
    let client_id = status.client_id.to_owned();
    Ok(Reply::from(Answer::value(200, &claims(shared, &status))).event(Event::Userinfo { client_id }))
}

/// The claims that each scope stands for (OpenID Connect Core §5.4), a few of them.
fn claims(shared: &Shared, status: &Status<'_>) -> Value {
    let options = &shared.options;
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), options.subject.as_str().into());
    if status.has_scope("profile") {
        claims.insert("name".to_owned(), "Test User".into());
        claims.insert("preferred_username".to_owned(), options.subject.as_str().into());
    }
    if status.has_scope("email") {
        claims.insert("email".to_owned(), "user@example.com".into());
        claims.insert("email_verified".to_owned(), true.into());
    }
    replace(&mut claims, &options.userinfo_claims);
    Value::Object(claims)
}

/// Takes the token from the header, the one way that every resource has to offer (RFC 6750 §2.1).
fn bearer_token(request: &Request) -> Result<&str, Refusal> {
    let mut headers = request.headers.iter().filter(|(name, _)| name == "authorization");
    let (_, authorization) = headers.next().ok_or(Refusal::NoToken)?;
    if headers.next().is_some() {
        return Err(Refusal::InvalidRequest);
    }
    let (scheme, token) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::NoToken);
    }
    let token = token.trim_matches(' ');
    if token.is_empty() || token.contains(' ') {
        return Err(Refusal::InvalidRequest);
    }
    Ok(token)
}

/// Why there are no claims (RFC 6750 §3.1).
enum Refusal {
    NoToken,
    InvalidRequest,
    InvalidToken,
    InsufficientScope,
}

impl Refusal {
    fn into_answer(self) -> Answer {
        const CHALLENGE: &str = "Bearer realm=\"device-flow\"";
        let (status, error, description) = match self {
            // Who brought no token is told the scheme and nothing else.
            Self::NoToken => return Answer::new(401).header("www-authenticate", CHALLENGE),
            Self::InvalidRequest => (400, "invalid_request", "one bearer token is needed"),
            Self::InvalidToken => (401, "invalid_token", "the access token is unknown, expired or revoked"),
            Self::InsufficientScope => (403, "insufficient_scope", "the access token was not granted for openid"),
        };
        let mut challenge = format!("{CHALLENGE}, error=\"{error}\", error_description=\"{description}\"");
        if status == 403 {
            challenge.push_str(", scope=\"openid\"");
        }
        let body = json!({ "error": error, "error_description": description });
        Answer::value(status, &body).header("www-authenticate", &challenge)
    }
}
