//! Answers of real servers as data: those in the core's corpus that need a profile, and all that came from a provider
//! that has one. Each is put before a machine that speaks the provider's dialect and is judged by what the machine does.

use crate::bench::{Bench, CODES, client_elsewhere, refreshed};
use device_flow_core::{Event, Failure, Outcome, Response, SecretStr, ServerError, TokenResponse};
use device_flow_profiles::Profile;
use serde_json::{Value, json};
use std::fs;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../device-flow-core/tests/corpus");
/// Cases that the core judges otherwise than the corpus says, one a line: `case: reason`.
const ALLOWED: &str = include_str!("../../../device-flow-core/tests/corpus_allowed.txt");

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
        self.value["profile"].as_str()
    }

    /// The profile of the server that answered, if there is one.
    fn provider(&self) -> Option<Profile> {
        Profile::named(match self.value["provider"].as_str().unwrap() {
            "amazon-lwa" => "amazon",
            "docker-hub" => "docker",
            "duende-identityserver" => "duende",
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
        let headers = headers.iter().map(|(name, value)| (name, value.as_str().unwrap()));
        read(
            headers
                .fold(Response::new(status, body), |response, (name, value)| response.header(name, value.as_bytes())),
        )
    }

    fn alternatives(&self) -> &[Value] {
        let alternatives = self.value["alternatives"].as_array();
        alternatives.map(Vec::as_slice).unwrap_or_default()
    }

    fn is_allowed(&self) -> bool {
        let mut names = ALLOWED.lines().filter_map(|line| line.split_once(": "));
        names.any(|(name, _)| name == self.name)
    }
}

/// The cases whose answers a dialect can change: documents of a discovery and answers to a revocation know none.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(CORPUS)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| Case {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            value: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
        })
        .filter(|case| !matches!(case.endpoint(), "discovery" | "revocation"))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// Profiles that the corpus knows and the crate does not have.
const WITHOUT_PROFILE: [(&str, &str); 2] = [
    (
        "aws-sso-oidc",
        "wants JSON with members of its own in every request, and a client registered by the same protocol",
    ),
    ("real-debrid", "is asked with GET, and polls bring a client's credentials that a third request turns into tokens"),
];

/// Cases that are to be judged as one of their `alternatives`.
const OTHERWISE: [(&str, usize, &str); 1] =
    [("huawei--device-expire-in", 1, "the bare verification URI is an error page, so the user code is added to it")];

#[test]
fn an_answer_that_needs_a_profile_is_judged_as_it_says_with_it() {
    let mut judged = 0;
    for case in cases() {
        let Some(name) = case.profile() else { continue };
        let Some(profile) = Profile::named(name) else {
            assert!(WITHOUT_PROFILE.iter().any(|(it, _)| *it == name), "no profile {name}");
            continue;
        };
        let otherwise = OTHERWISE.iter().find(|(it, ..)| *it == case.name);
        let expected = match otherwise {
            Some((_, index, _)) => &case.alternatives()[*index],
            None => &case.value["expect"],
        };
        let verdict = verdict(&case, &profile);
        assert!(agrees(expected, &verdict), "{}\n  expected {expected}\n  found    {verdict}", case.name);
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
    for case in cases() {
        let Some(profile) = case.provider().filter(|_| !case.is_allowed()) else {
            continue;
        };
        let verdict = verdict(&case, &profile);
        let mut expected = case.alternatives().iter().chain([&case.value["expect"]]);
        assert!(
            expected.any(|it| agrees(it, &verdict)),
            "{}\n  expected {}\n  found    {verdict}",
            case.name,
            case.value["expect"]
        );
        judged += 1;
    }
    assert!(judged >= 100, "only {judged} cases were judged");
}

/// What a client of the profile concludes, in the corpus's words.
fn verdict(case: &Case, profile: &Profile) -> Value {
    case.with_response(|response| match case.endpoint() {
        "device_authorization" => device_authorization(profile, response),
        "token" => token(profile, response),
        "refresh" => refresh(profile, response),
        other => panic!("no machine for the endpoint {other}"),
    })
}

fn device_authorization(profile: &Profile, response: Response<'_>) -> Value {
    let mut bench = Bench::new(client_elsewhere(profile));
    bench.next_request();
    bench.answer_with(response);
    let prompt = match bench.told() {
        Some(Event::Prompt(prompt)) => prompt,
        Some(Event::Retrying { .. }) => return transient(),
        Some(other) => panic!("{other:?}"),
        None => return failure(&bench.failure()),
    };
    let granted = bench.flow.device_authorization().unwrap();
    assert_eq!(prompt.user_code(), granted.user_code());
    assert_eq!(prompt.message(), granted.message());
    json!({
        "kind": "device_authorization",
        "user_code": prompt.user_code(),
        "verification_uri": prompt.verification_uri(),
        "verification_uri_complete": prompt.verification_uri_complete(),
        "expires_in": granted.expires_in(),
        "interval": granted.interval().unwrap_or(5),
        "message": prompt.message(),
    })
}

fn token(profile: &Profile, response: Response<'_>) -> Value {
    let mut bench = Bench::with_codes(client_elsewhere(profile), CODES);
    bench.next_request();
    bench.answer_with(response);
    match bench.told() {
        Some(Event::Pending { .. }) => return json!({ "kind": "pending" }),
        Some(Event::SlowedDown { interval, .. }) => {
            // Five seconds more than the five before is what a server asks for that names no interval.
            let interval = Some(interval.as_secs()).filter(|it| *it != 10);
            return json!({ "kind": "slow_down", "interval": interval });
        }
        Some(Event::Retrying { .. }) => return transient(),
        Some(other) => panic!("{other:?}"),
        None => {}
    }
    match bench.end() {
        Outcome::Authorized(token) => tokens(token),
        Outcome::Denied => json!({ "kind": "denied" }),
        Outcome::Expired(_) => json!({ "kind": "expired" }),
        Outcome::Failed(why) => failure(why),
        Outcome::Cancelled => panic!("nobody cancelled"),
    }
}

fn refresh(profile: &Profile, response: Response<'_>) -> Value {
    match refreshed(&client_elsewhere(profile), response) {
        Some(Ok(token)) => tokens(&token),
        Some(Err(why)) => failure(&why),
        None => transient(),
    }
}

fn tokens(token: &TokenResponse) -> Value {
    json!({
        "kind": "token",
        "access_token": token.access_token().expose(),
        "token_type": token.token_type(),
        "expires_in": token.expires_in().map(|it| it.as_secs()),
        "refresh_token": token.refresh_token().map(SecretStr::expose),
        "id_token": token.id_token().map(SecretStr::expose),
        "scope": token.scopes().map(Iterator::collect::<Vec<_>>),
    })
}

fn failure(failure: &Failure) -> Value {
    match failure {
        Failure::Server(error) => oauth_error(error),
        other => {
            json!({ "kind": "error", "error": "invalid_response", "description": other.to_string() })
        }
    }
}

fn oauth_error(error: &ServerError) -> Value {
    json!({ "kind": "error", "error": error.code().as_str(), "description": error.description() })
}

/// For how long is the core's affair.
fn transient() -> Value {
    json!({ "kind": "transient" })
}

/// Whether a verdict is the expected one. Descriptions are compared by their visible characters, because the client
/// cleans them; of an answer that is no OAuth answer only that counts.
fn agrees(expected: &Value, found: &Value) -> bool {
    let is_description = |name: &str| matches!(name, "description" | "message");
    let mut members = expected.as_object().unwrap().iter();
    members.all(|(name, wanted)| match (name.as_str(), wanted) {
        // For how long to wait and whether to ask a person again is the core's affair.
        ("retry_after" | "sign_in_needed", _) => true,
        ("description", _) if expected["error"] == "invalid_response" => true,
        (name, Value::String(wanted)) if is_description(name) => {
            found[name].as_str().is_some_and(|it| visible(it) == visible(wanted))
        }
        ("scope", Value::Array(wanted)) if wanted.is_empty() => found["scope"].is_null(),
        _ => found[name] == *wanted,
    })
}

fn visible(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && !it.is_control()).collect()
}
