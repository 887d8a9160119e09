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

#[path = "support/dialects.rs"]
mod dialects;
#[path = "support/verdict.rs"]
mod verdict;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use device_flow_core::{Dialect, Response};
use serde_json::Value;

struct Case {
    name: String,
    value: Value,
}

impl Case {
    fn endpoint(&self) -> &str {
        self.value["endpoint"].as_str().unwrap()
    }

    /// The server whose dialect is needed to understand the answer.
    fn profile(&self) -> Option<&str> {
        self.value.get("profile").map(|it| it.as_str().unwrap())
    }

    /// The dialect of the server that answered, if it has one.
    fn dialect(&self) -> Option<Dialect> {
        dialects::spoken_by(self.value["provider"].as_str().unwrap())
    }

    /// The scopes that were asked for.
    fn scope(&self) -> &str {
        self.value["scope"].as_str().unwrap_or_default()
    }

    /// What the client concludes.
    fn verdict(&self, dialect: &Dialect) -> Value {
        self.with_response(|response| match self.endpoint() {
            "device_authorization" => verdict::device_authorization(dialect, response),
            "token" => verdict::token(dialect, self.scope(), response),
            "discovery" => verdict::discovery(response, self.value["expect"]["issuer"].as_str()),
            "refresh" => verdict::refresh(dialect, response),
            "revocation" => verdict::revocation(response),
            other => panic!("no machine for the endpoint {other}"),
        })
    }

    /// Hands the answer to `read`.
    fn with_response<T>(&self, read: impl FnOnce(Response<'_>) -> T) -> T {
        let answer = &self.value["response"];
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        let body = answer["body"].as_str().unwrap().as_bytes();
        let headers = answer["headers"].as_object().unwrap();
        let headers = headers.iter().map(|(name, value)| (name, value.as_str().unwrap()));
        let response = headers
            .fold(Response::new(status, body), |response, (name, value)| response.header(name, value.as_bytes()));
        read(response)
    }

    /// What may be concluded; a case that needs a dialect may also be refused without it.
    fn allowed(&self) -> Vec<Value> {
        let alternatives = self.value["alternatives"].as_array().cloned().unwrap_or_default();
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
        let verdict = case.verdict(&Dialect::RFC_8628);
        judged += 1;
        let is_right = case.allowed().iter().any(|expected| agrees(expected, &verdict))
            || (case.profile().is_some() && is_clean_refusal(&verdict));
        match (is_right, allowed.remove(&case.name)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => wrong.push(format!("{}: needs no place on the allow-list any more", case.name)),
            (false, None) => {
                wrong.push(format!("{}\n  expected {}\n  found    {verdict}", case.name, case.value["expect"]));
            }
        }
    }
    wrong.extend(allowed.into_keys().map(|name| format!("{name}: on the allow-list, and there is no such case")));
    assert!(wrong.is_empty(), "{} of {judged} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged >= 317, "only {judged} cases were judged");
}

/// Servers that the corpus knows and no dialect can speak to.
const BEYOND_DIALECTS: [(&str, &str); 2] = [
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
fn an_answer_that_needs_a_dialect_is_judged_as_it_says_with_it() {
    let mut judged = 0;
    for case in cases() {
        let Some(name) = case.profile() else { continue };
        let Some(dialect) = dialects::spoken_by(name) else {
            assert!(BEYOND_DIALECTS.iter().any(|(it, _)| *it == name), "no dialect for {name}");
            continue;
        };
        let otherwise = OTHERWISE.iter().find(|(it, ..)| *it == case.name);
        let expected = match otherwise {
            Some((_, index, _)) => &case.value["alternatives"][index],
            None => &case.value["expect"],
        };
        let verdict = case.verdict(&dialect);
        assert!(agrees(expected, &verdict), "{}\n  expected {expected}\n  found    {verdict}", case.name);
        judged += 1;
    }
    assert!(judged >= 12, "only {judged} cases were judged");
    for (name, _) in BEYOND_DIALECTS {
        assert!(dialects::spoken_by(name).is_none(), "{name} is there after all");
    }
}

#[test]
fn a_dialect_takes_nothing_away() {
    let mut judged = 0;
    let mut allowed = allow_list();
    for case in cases() {
        let Some(dialect) = case.dialect() else {
            continue;
        };
        if allowed.remove(&case.name).is_some() {
            continue;
        }
        let verdict = case.verdict(&dialect);
        assert!(
            case.allowed().iter().any(|it| agrees(it, &verdict)),
            "{}\n  expected {}\n  found    {verdict}",
            case.name,
            case.value["expect"]
        );
        judged += 1;
    }
    assert!(judged >= 39, "only {judged} cases were judged");
}

#[test]
fn the_allow_list_only_shrinks() {
    let allowed = allow_list();
    assert!(allowed.len() < 15, "{} entries", allowed.len());
    assert!(allowed.values().all(|reason| reason.len() > 20), "every entry has a reason");
}

fn is_clean_refusal(verdict: &Value) -> bool {
    verdict["kind"] == "error"
}

/// Whether a verdict is the expected one. Descriptions are compared by their visible characters, because the client
/// cleans them; of an answer that is no OAuth answer only that counts.
fn agrees(expected: &Value, found: &Value) -> bool {
    let is_description = |name: &str| matches!(name, "description" | "message");
    expected.as_object().unwrap().iter().all(|(name, wanted)| match (name.as_str(), wanted) {
        ("description", _) if expected["error"] == "invalid_response" => true,
        (name, Value::String(wanted)) if is_description(name) => {
            found[name].as_str().is_some_and(|it| visible(it) == visible(wanted))
        }
        ("scope", Value::Array(wanted)) if wanted.is_empty() => found["scope"].is_null(),
        // What is honoured is no shorter than the client's own wait, and no longer than the code lives.
        ("retry_after", wanted) => {
            let wanted = wanted.as_u64().unwrap_or_default();
            let [least, most] = ["least", "most"].map(|it| found[it].as_u64());
            let honoured = wanted.max(least.unwrap_or_default()).min(most.unwrap_or(u64::MAX));
            found["wait"].as_u64().is_none_or(|it| it == honoured)
        }
        // Five more than the one second before, or what the answer says if that is more.
        ("interval", wanted) if expected["kind"] == "slow_down" => {
            let wanted = wanted.as_u64().unwrap_or_default();
            found["interval"].as_u64() == Some(wanted.max(6))
        }
        _ => found[name] == *wanted,
    })
}

fn visible(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && !it.is_control()).collect()
}
