//! The calls, one by one.

use std::time::Instant;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::transcript::{self, Wanted};
use super::{Steering, refusal};
use crate::answer::Answer;
use crate::codes::{Code, Standing};
use crate::media_type;
use crate::notation::{ScriptNotation, Steps};
use crate::script::Endpoint;
use crate::transcript::Request;

/// Answers a call; what is wrong with it is an answer too.
pub(super) fn answer(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let call: Call = match request.path.as_str() {
        "/" => Call::Get(&[], |steering, _| Ok(status(steering))),
        "/codes" => Call::Get(&["user_code"], codes),
        "/transcript" => Call::Get(&["path", "secrets"], transcript),
        "/approve" => Call::Post(|steering, request| decide(steering, request, Standing::Approved)),
        "/deny" => Call::Post(|steering, request| decide(steering, request, Standing::Denied)),
        "/expire" => Call::Post(expire),
        "/answers" => Call::Post(answers),
        "/scripts" => Call::Post(scripts),
        "/expire_access_tokens" => Call::Post(expire_access_tokens),
        "/reset" => Call::Post(reset),
        "/shutdown" => Call::Post(shutdown),
        _ => {
            let paths = "/, /codes, /transcript, /approve, /deny, /expire, /answers, /scripts, /expire_access_tokens, \
                         /reset, /shutdown";
            return Err(refusal(404, "unknown_call", &format!("there is no such call; there are {paths}")));
        }
    };
    call.answer(steering, request)
}

type Handler = fn(&Steering, &Request) -> Result<Answer, Answer>;

enum Call {
    /// With the query parameters that it knows.
    Get(&'static [&'static str], Handler),
    Post(Handler),
}

impl Call {
    fn answer(&self, steering: &Steering, request: &Request) -> Result<Answer, Answer> {
        let (method, parameters, handler): (_, &[&str], _) = match self {
            Self::Get(parameters, handler) => ("GET", parameters, handler),
            Self::Post(handler) => ("POST", &[], handler),
        };
        if request.method != method {
            let message = format!("this call is made with {method}");
            return Err(refusal(405, "wrong_method", &message).header("allow", method));
        }
        if let Some((name, _)) = request.query.iter().find(|(name, _)| !parameters.contains(&name.as_str())) {
            return Err(invalid(&format!("this call has no query parameter {name:?}")));
        }
        handler(steering, request)
    }
}

fn invalid(message: &str) -> Answer {
    refusal(400, "invalid_request", message)
}

/// Reads the body. Nothing at all counts as an empty object.
fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Answer> {
    let body = if request.body.is_empty() { b"{}" } else { request.body.as_slice() };
    if !request.body.is_empty() && !media_type::is(request.header("content-type"), "application/json") {
        return Err(refusal(415, "invalid_request", "the content type of the body is not application/json"));
    }
    let text = std::str::from_utf8(body).map_err(|error| invalid(&format!("the body is not UTF-8: {error}")))?;
    // Of an array, serde would take the members in order.
    if !text.trim_start().starts_with('{') {
        return Err(invalid("the body is not a JSON object"));
    }
    serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    user_code: String,
}

/// Where answers can be put.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    #[default]
    Poll,
    Metadata,
    DeviceAuthorization,
    Refresh,
    Revocation,
    Introspection,
    Userinfo,
    Registration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    #[serde(default)]
    endpoint: Target,
    user_code: Option<String>,
    steps: Steps,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripts {
    #[serde(default)]
    endpoint: Target,
    script: ScriptNotation,
}

impl Target {
    /// `None` for polls, which are scripted by code.
    const fn endpoint(self) -> Option<Endpoint> {
        Some(match self {
            Self::Poll => return None,
            Self::Metadata => Endpoint::Metadata,
            Self::DeviceAuthorization => Endpoint::DeviceAuthorization,
            Self::Refresh => Endpoint::Refresh,
            Self::Revocation => Endpoint::Revocation,
            Self::Introspection => Endpoint::Introspection,
            Self::Userinfo => Endpoint::Userinfo,
            Self::Registration => Endpoint::Registration,
        })
    }
}

fn done(value: &Value) -> Answer {
    Answer::value(200, value)
}

fn status(steering: &Steering) -> Answer {
    let shared = &steering.shared;
    let requests = shared.transcript.total();
    let codes = shared.state().codes.len();
    done(&json!({ "issuer": shared.place.issuer(), "codes": codes, "requests": requests }))
}

fn codes(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let now = Instant::now();
    let codes = match request.query_parameter("user_code") {
        Some(user_code) => vec![known(steering, user_code)?],
        None => steering.shared.state().codes.codes(now),
    };
    Ok(done(&json!({ "codes": codes.iter().map(description).collect::<Vec<_>>() })))
}

fn description(code: &Code) -> Value {
    json!({
        "user_code": code.user_code,
        "client_id": code.client_id,
        "scope": code.scope,
        "standing": name(code.standing),
        "polls": code.polls,
        "expires_in": code.expires_in.as_secs_f64(),
    })
}

const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Pending => "pending",
        Standing::Approved => "approved",
        Standing::Denied => "denied",
        Standing::Expired => "expired",
        Standing::Used => "used",
    }
}

fn known(steering: &Steering, user_code: &str) -> Result<Code, Answer> {
    let code = steering.shared.state().codes.code(user_code, Instant::now());
    code.ok_or_else(|| refusal(404, "unknown_code", "there is no code with this user_code"))
}

fn decide(steering: &Steering, request: &Request, standing: Standing) -> Result<Answer, Answer> {
    let Which { user_code } = read(request)?;
    let is_decided = steering.shared.decide(&user_code, standing);
    told(steering, &user_code, is_decided)
}

fn expire(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let Which { user_code } = read(request)?;
    let is_expired = steering.shared.expire(&user_code);
    told(steering, &user_code, is_expired)
}

/// How a code stands after a decision, or why there was none.
fn told(steering: &Steering, user_code: &str, is_done: bool) -> Result<Answer, Answer> {
    let code = known(steering, user_code)?;
    if is_done {
        return Ok(done(&description(&code)));
    }
    let message = format!("the code is {} already", name(code.standing));
    Err(refusal(409, "not_pending", &message))
}

fn answers(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let Answers { endpoint, user_code, steps: Steps(steps) } = read(request)?;
    let queued = json!({ "queued": steps.len() });
    let mut state = steering.shared.state();
    match (endpoint.endpoint(), user_code) {
        (Some(_), Some(_)) => return Err(invalid("user_code belongs to the endpoint \"poll\"")),
        (Some(endpoint), None) => state.scripts.queue(endpoint, steps),
        (None, None) => state.scripts.polls.extend(steps),
        (None, Some(user_code)) => {
            if !state.codes.queue(&user_code, steps) {
                return Err(refusal(404, "unknown_code", "there is no code with this user_code"));
            }
        }
    }
    Ok(done(&queued))
}

fn scripts(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let Scripts { endpoint, script: ScriptNotation(script) } = read(request)?;
    let mut state = steering.shared.state();
    match endpoint.endpoint() {
        Some(endpoint) => state.scripts.replace(endpoint, script),
        None => state.scripts.push_code(script),
    }
    Ok(done(&json!({})))
}

fn transcript(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let are_secrets_shown = match request.query_parameter("secrets") {
        None => false,
        Some("shown") => true,
        Some(_) => return Err(invalid("`secrets` is `shown`, or not there")),
    };
    let path = request.query_parameter("path").unwrap_or_default();
    Ok(transcript::answer(&steering.shared, &Wanted { path, are_secrets_shown }))
}

fn expire_access_tokens(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let Nothing {} = read(request)?;
    steering.shared.state().tokens.expire_access_tokens();
    Ok(done(&json!({})))
}

fn reset(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let Nothing {} = read(request)?;
    steering.shared.reset();
    Ok(done(&json!({})))
}

fn shutdown(steering: &Steering, request: &Request) -> Result<Answer, Answer> {
    let Nothing {} = read(request)?;
    (steering.on_shutdown)();
    Ok(done(&json!({})))
}
