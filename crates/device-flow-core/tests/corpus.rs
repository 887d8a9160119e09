//! Answers of real servers as data: every case of `tests/corpus/` is judged as it says.
//!
//! A case names the endpoint, the answer, and what a client must conclude (`expect`, or one of `alternatives`). What
//! is judged otherwise stands in `corpus_allowed.txt` with the reason, and nothing stands there that need not.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too, and a JSON value without a member is null"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use device_flow_core::wire::{
    DeviceAuthorizationAnswer, DeviceAuthorizationResponse, MetadataAnswer, RefreshAnswer,
    TokenAnswer, retry_after,
};
use device_flow_core::{
    Call, ClientAuthentication, Config, DeviceFlow, Dialect, Event, Failure, Input, Machine,
    Outcome, Output, Profile, Response, ServerError, Timestamp, TokenResponse,
};
use serde_json::{Value, json};

struct Case {
    name: String,
    value: Value,
}

impl Case {
    fn endpoint(&self) -> &str {
        self.value["endpoint"].as_str().unwrap()
    }

    /// The profile that is needed to understand the answer.
    fn profile(&self) -> Option<&str> {
        self.value.get("profile").map(|it| it.as_str().unwrap())
    }

    /// The profile of the server that answered, if there is one.
    fn provider(&self) -> Option<&'static Profile> {
        Profile::named(match self.value["provider"].as_str().unwrap() {
            "amazon-lwa" => "amazon",
            "docker-hub" => "docker",
            "entra-v2" => "microsoft",
            name => name,
        })
    }

    /// Hands the answer to `read`.
    fn with_response<T>(&self, read: impl FnOnce(Response<'_>) -> T) -> T {
        let answer = &self.value["response"];
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        let body = answer["body"].as_str().unwrap().as_bytes();
        let headers = answer["headers"].as_object().unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (name, value.as_str().unwrap()));
        let response = headers.fold(Response::new(status, body), |response, (name, value)| {
            response.header(name, value.as_bytes())
        });
        read(response)
    }

    /// What may be concluded; a profile case may also be refused.
    fn allowed(&self) -> Vec<Value> {
        let alternatives = self.value["alternatives"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut allowed = vec![self.value["expect"].clone()];
        allowed.extend(alternatives);
        allowed
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut cases: Vec<Case> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| Case {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            value: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// The cases that are judged otherwise, with the reason.
fn allow_list() -> BTreeMap<String, String> {
    include_str!("corpus_allowed.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, reason) = line.split_once(": ").expect("a line is `case: reason`");
            (name.to_owned(), reason.to_owned())
        })
        .collect()
}

#[test]
fn every_answer_of_the_corpus_is_judged_as_it_says() {
    let mut allowed = allow_list();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for case in cases() {
        let verdict = verdict(&case, &Dialect::RFC_8628);
        judged += 1;
        let is_right = case
            .allowed()
            .iter()
            .any(|expected| agrees(expected, &verdict))
            || (case.profile().is_some() && is_clean_refusal(&verdict));
        match (is_right, allowed.remove(&case.name)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => wrong.push(format!(
                "{}: needs no place on the allow-list any more",
                case.name
            )),
            (false, None) => wrong.push(format!(
                "{}\n  expected {}\n  found    {verdict}",
                case.name, case.value["expect"]
            )),
        }
    }
    wrong.extend(
        allowed
            .into_keys()
            .map(|name| format!("{name}: on the allow-list, and there is no such case")),
    );
    assert!(
        wrong.is_empty(),
        "{} of {judged} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(judged >= 305, "only {judged} cases were judged");
}

/// Profiles that the corpus knows and the crate does not have.
const WITHOUT_PROFILE: [(&str, &str); 2] = [
    (
        "aws-sso-oidc",
        "wants JSON with members of its own in every request, and a client registered by the same protocol",
    ),
    (
        "real-debrid",
        "is asked with GET, and polls bring a client's credentials that a third request turns into tokens",
    ),
];

/// Cases that are to be judged as one of their `alternatives`.
const OTHERWISE: [(&str, usize, &str); 1] = [(
    "huawei--device-expire-in",
    1,
    "the bare verification URI is an error page, so the user code is added to it",
)];

#[test]
fn an_answer_that_needs_a_profile_is_judged_as_it_says_with_it() {
    let mut judged = 0;
    for case in cases() {
        let Some(name) = case.profile() else { continue };
        let Some(profile) = Profile::named(name) else {
            assert!(
                WITHOUT_PROFILE.iter().any(|(it, _)| *it == name),
                "no profile {name}"
            );
            continue;
        };
        let otherwise = OTHERWISE.iter().find(|(it, ..)| *it == case.name);
        let expected = match otherwise {
            Some((_, index, _)) => &case.value["alternatives"][index],
            None => &case.value["expect"],
        };
        let verdict = verdict(&case, profile.dialect());
        assert!(
            agrees(expected, &verdict),
            "{}\n  expected {expected}\n  found    {verdict}",
            case.name
        );
        judged += 1;
    }
    assert!(judged >= 12, "only {judged} cases were judged");
    for (name, _) in WITHOUT_PROFILE {
        assert!(Profile::named(name).is_none(), "{name} is there after all");
    }
}

#[test]
fn a_dialect_takes_nothing_away() {
    let mut judged = 0;
    let mut allowed = allow_list();
    for case in cases() {
        let Some(profile) = case.provider() else {
            continue;
        };
        if allowed.remove(&case.name).is_some() {
            continue;
        }
        let verdict = verdict(&case, profile.dialect());
        assert!(
            case.allowed().iter().any(|it| agrees(it, &verdict)),
            "{}\n  expected {}\n  found    {verdict}",
            case.name,
            case.value["expect"]
        );
        judged += 1;
    }
    assert!(judged >= 100, "only {judged} cases were judged");
}

#[test]
fn the_allow_list_only_shrinks() {
    let allowed = allow_list();
    assert!(allowed.len() < 15, "{} entries", allowed.len());
    assert!(
        allowed.values().all(|reason| reason.len() > 20),
        "every entry has a reason"
    );
}

/// What the client concludes, in the corpus's words.
fn verdict(case: &Case, dialect: &'static Dialect) -> Value {
    case.with_response(|response| match case.endpoint() {
        "device_authorization" => device_authorization(dialect, &response),
        "token" => token(dialect, &response),
        "discovery" => discovery(&response, case.value["expect"]["issuer"].as_str()),
        "refresh" => refresh(dialect, &response),
        "revocation" => revocation(&response),
        other => panic!("no machine for the endpoint {other}"),
    })
}

fn device_authorization(dialect: &'static Dialect, response: &Response<'_>) -> Value {
    match DeviceAuthorizationAnswer::read_in(dialect, response) {
        DeviceAuthorizationAnswer::Granted(granted) => codes(dialect, response, &granted),
        DeviceAuthorizationAnswer::Error(error) => oauth_error(&error),
        DeviceAuthorizationAnswer::Transient(_) => transient(response),
        DeviceAuthorizationAnswer::Invalid(kind) => invalid(&kind.to_string()),
    }
}

/// What a whole flow makes of the codes: it tells the prompt, finds them expired, or refuses them.
fn codes(
    dialect: &'static Dialect,
    response: &Response<'_>,
    granted: &DeviceAuthorizationResponse,
) -> Value {
    let config = Config::new("tv", "https://as.example/d", "https://as.example/t")
        .client_authentication(ClientAuthentication::SecretPost("s3cret".into()))
        .dialect(dialect);
    let mut flow = DeviceFlow::new(config).unwrap();
    let now = Timestamp::ZERO;
    let Output::Send(request) = flow.poll_output(now) else {
        panic!()
    };
    let id = request.id();
    flow.handle_input(now, Input::Response(id, *response))
        .unwrap();
    let (uri, complete) = match flow.poll_output(now) {
        Output::Event(Event::Prompt(prompt)) => {
            assert_eq!(prompt.user_code(), granted.user_code());
            assert_eq!(prompt.message(), granted.message());
            let complete = prompt.verification_uri_complete().map(str::to_owned);
            (prompt.verification_uri().to_owned(), complete)
        }
        _ => match flow.into_outcome() {
            Some(Outcome::Expired) => {
                let complete = granted.verification_uri_complete().map(str::to_owned);
                (granted.verification_uri().to_owned(), complete)
            }
            Some(Outcome::Failed(failure)) => return invalid(&failure.to_string()),
            other => panic!("{other:?}"),
        },
    };
    json!({
        "kind": "device_authorization",
        "user_code": granted.user_code(),
        "verification_uri": uri,
        "verification_uri_complete": complete,
        "expires_in": granted.expires_in(),
        "interval": granted.interval().unwrap_or(5),
        "message": granted.message(),
    })
}

fn token(dialect: &Dialect, response: &Response<'_>) -> Value {
    match TokenAnswer::read_in(dialect, response) {
        TokenAnswer::Pending => json!({ "kind": "pending" }),
        TokenAnswer::SlowDown { interval } => json!({ "kind": "slow_down", "interval": interval }),
        TokenAnswer::Denied => json!({ "kind": "denied" }),
        TokenAnswer::Expired => json!({ "kind": "expired" }),
        TokenAnswer::Granted(token) => tokens(&token),
        TokenAnswer::Error(error) => oauth_error(&error),
        TokenAnswer::Transient => transient(response),
        TokenAnswer::Invalid(kind) => invalid(&kind.to_string()),
    }
}

fn tokens(token: &TokenResponse) -> Value {
    json!({
        "kind": "token",
        "access_token": token.access_token().expose(),
        "token_type": token.token_type(),
        "expires_in": token.expires_in().map(|it| it.as_secs()),
        "refresh_token": token.refresh_token().map(device_flow_core::SecretStr::expose),
        "id_token": token.id_token().map(device_flow_core::SecretStr::expose),
        "scope": token.scopes().map(Iterator::collect::<Vec<_>>),
    })
}

fn refresh(dialect: &Dialect, response: &Response<'_>) -> Value {
    match RefreshAnswer::read_in(dialect, response) {
        RefreshAnswer::Granted(token) => tokens(&token),
        RefreshAnswer::Error(error) => oauth_error(&error),
        RefreshAnswer::Transient => transient(response),
        RefreshAnswer::Invalid(kind) => invalid(&kind.to_string()),
    }
}

fn revocation(response: &Response<'_>) -> Value {
    let config = Config::new("tv", "https://as.example/d", "https://as.example/t");
    let mut call = Call::revoke_access_token(&config, "https://as.example/r", "a").unwrap();
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    let id = request.id();
    call.handle_input(Timestamp::ZERO, Input::Response(id, *response))
        .unwrap();
    match call.into_outcome() {
        Some(Ok(_)) => json!({ "kind": "revoked" }),
        Some(Err(Failure::Server(error))) => oauth_error(&error),
        Some(Err(failure)) => invalid(&failure.to_string()),
        None => transient(response),
    }
}

fn discovery(response: &Response<'_>, issuer: Option<&str>) -> Value {
    match MetadataAnswer::read(response, issuer.unwrap_or("https://as.example"), false) {
        MetadataAnswer::Found(metadata) => json!({
            "kind": "metadata",
            "issuer": metadata.issuer(),
            "device_authorization_endpoint": metadata.device_authorization_endpoint(),
            "token_endpoint": metadata.token_endpoint(),
        }),
        MetadataAnswer::Transient => transient(response),
        MetadataAnswer::Invalid(kind) => invalid(&kind.to_string()),
    }
}

fn oauth_error(error: &ServerError) -> Value {
    json!({ "kind": "error", "error": error.code().as_str(), "description": error.description() })
}

fn transient(response: &Response<'_>) -> Value {
    json!({ "kind": "transient", "retry_after": retry_after(response).as_ref().map(Duration::as_secs) })
}

fn invalid(why: &str) -> Value {
    json!({ "kind": "error", "error": "invalid_response", "description": why })
}

fn is_clean_refusal(verdict: &Value) -> bool {
    verdict["kind"] == "error"
}

/// Whether a verdict is the expected one. Descriptions are compared by their visible characters, because the client
/// cleans them; of an answer that is no OAuth answer only that counts.
fn agrees(expected: &Value, found: &Value) -> bool {
    let is_description = |name: &str| matches!(name, "description" | "message");
    expected
        .as_object()
        .unwrap()
        .iter()
        .all(|(name, wanted)| match (name.as_str(), wanted) {
            ("description", _) if expected["error"] == "invalid_response" => true,
            (name, Value::String(wanted)) if is_description(name) => found[name]
                .as_str()
                .is_some_and(|it| visible(it) == visible(wanted)),
            ("scope", Value::Array(wanted)) if wanted.is_empty() => found["scope"].is_null(),
            _ => found[name] == *wanted,
        })
}

fn visible(text: &str) -> String {
    text.chars()
        .filter(|it| !it.is_whitespace() && !it.is_control())
        .collect()
}
