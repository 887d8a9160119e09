//! Inputs to begin with: the answers of real servers that the core's own tests judge, and a few sequences by hand.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::answer::Answer;
use crate::config::number_of_server;
use crate::target::{id_token, pending_flow, token_response};

/// A seed: the target it is for, a name, and the bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// Where the answers of real servers are.
pub fn corpus_of_answers() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/device-flow-core/tests/corpus")
}

/// All seeds there are.
///
/// # Errors
///
/// When the answers of real servers cannot be read.
pub fn all() -> io::Result<Vec<Seed>> {
    let mut all = answers(&corpus_of_answers())?;
    all.extend(dates());
    all.extend(stored());
    all.extend(id_tokens());
    all.extend(flows());
    all.extend(sessions());
    all.extend(sign_ins());
    all.extend(sign_ins_that_last());
    Ok(all)
}

/// Every answer as a seed of each target that may meet it.
fn answers(folder: &Path) -> io::Result<Vec<Seed>> {
    let mut seeds = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| entry.map(|it| it.path())).collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        let case: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let answer = &case["response"];
        let header = |wanted: &str| {
            let headers = answer["headers"].as_object();
            let named = headers.into_iter().flatten();
            let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            named.next().and_then(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let status = answer["status"].as_u64().and_then(|it| u16::try_from(it).ok());
        let profile = case["profile"].as_str().or(case["provider"].as_str());
        let is_redirect = status.is_some_and(|it| (300..400).contains(&it));
        let data = Answer::write(
            number_of_server(profile.unwrap_or_default()),
            status.unwrap_or(200),
            [header("content-type"), header("retry-after"), header(if is_redirect { "location" } else { "date" })],
            answer["body"].as_str().unwrap_or_default().as_bytes(),
        );
        let is_error = status.is_some_and(|it| it >= 400);
        let targets: &[&'static str] = match case["endpoint"].as_str() {
            Some("device_authorization") if is_error => &["device_authorization_response", "error_response"],
            Some("device_authorization") => &["device_authorization_response"],
            Some("discovery") => &["discovery_document"],
            Some("revocation") => &["revocation_answer", "error_response"],
            _ if is_error => &["token_response", "error_response"],
            _ => &["token_response"],
        };
        for target in targets {
            seeds.push((*target, name.to_string(), data.clone()));
        }
        if !header("retry-after").is_empty() {
            let lines = format!("{}\n{}", header("retry-after"), header("date"));
            seeds.push(("retry_after", name.to_string(), lines.into_bytes()));
        }
    }
    Ok(seeds)
}

fn dates() -> Vec<Seed> {
    let seed = |name: &str, lines: &str| ("retry_after", name.to_owned(), lines.into());
    vec![
        seed("seconds", "120\n"),
        seed("fraction", "1.5\n"),
        seed("imf-fixdate", "Wed, 21 Oct 2026 07:29:00 GMT\nWed, 21 Oct 2026 07:28:00 GMT"),
        seed("rfc-850", "Sunday, 06-Nov-94 08:49:37 GMT\nSun, 06 Nov 1994 08:49:07 GMT"),
        seed("asctime", "Sun Nov  6 08:49:37 1994\nSun Nov  6 08:49:07 1994"),
        seed("leap-day", "Thu, 29 Feb 2024 23:59:59 GMT\nWed, 28 Feb 2024 00:00:00 GMT"),
    ]
}

fn stored() -> Vec<Seed> {
    let seed = |name: &str, choice: u8, text: &[u8]| {
        let mut data = vec![choice];
        data.extend(text);
        ("pending_flow", name.to_owned(), data)
    };
    vec![
        seed("flow", 0, pending_flow::PENDING.as_bytes()),
        seed("session", 1, pending_flow::SESSION.as_bytes()),
        seed("flow-edited", 2, &[0x20, 0x01, 1, b'9', 3]),
        seed("session-edited", 3, &[0xA0, 0x00, 0, b'x', 3]),
        seed("session-rotated", 5, pending_flow::SESSION.as_bytes()),
        seed("session-busy", 9, pending_flow::SESSION.as_bytes()),
        seed("session-cancelled", 13, pending_flow::SESSION.as_bytes()),
    ]
}

fn id_tokens() -> Vec<Seed> {
    let jwt = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJhdWQiOiJ0diIsInN1YiI6InUxIiwiZXhwIjoyMDAwMDAwMDAwLCJpYXQiOjE5OTk5OTkwMDB9.";
    let mut seeds = vec![("id_token", "jwt".to_owned(), format!("\0{jwt}").into_bytes())];
    let claims = format!(
        r#"{{"iss":"{}","aud":["{}","other"],"azp":"{}","sub":"u1","exp":2000000000,"iat":1999999000,"nonce":"{}","at_hash":"77QmUPtjPfzWtF2AnpK9RQ","email_verified":true}}"#,
        id_token::ISSUER,
        id_token::CLIENT,
        id_token::CLIENT,
        id_token::NONCE
    );
    for (choice, algorithm) in [(1, "none"), (3, "RS256"), (7, "RS256"), (7, "ES384"), (15, "EdDSA")] {
        let mut data = vec![choice];
        data.extend(format!("{{\"alg\":\"{algorithm}\"}}\n{claims}").bytes());
        seeds.push(("id_token", format!("claims-{choice}-{algorithm}"), data));
    }
    seeds
}

/// Numbers of [`crate::operation::Operation`], written out.
mod op {
    pub(super) const SETTLE: u8 = 1;
    pub(super) const TO_WAIT: u8 = 14;
    pub(super) const PAUSE: u8 = 9;
    pub(super) const RESUME: u8 = 10;
    pub(super) const CANCEL: u8 = 11;
    pub(super) const SUSPEND: u8 = 12;
    pub(super) const DEMAND: u8 = 13;
    pub(super) const ANSWER: u8 = 15;
    pub(super) const FAIL: u8 = 8;
    pub(super) const RAW: u8 = 7;
    pub(super) const ANSWER_ANY: u8 = 5;
}

/// The driver sleeps until there is something to do, and does it.
const POLL: [u8; 3] = [op::SETTLE, op::TO_WAIT, op::SETTLE];

fn flows() -> Vec<Seed> {
    use op::{ANSWER, ANSWER_ANY, CANCEL, FAIL, PAUSE, RAW, RESUME, SETTLE, SUSPEND};
    const CODES: [u8; 4] = [SETTLE, ANSWER, 0, 3];
    let mut seeds = Vec::new();
    let mut flow = |name: &str, parts: &[&[u8]]| {
        let mut data = vec![0, 0, 0];
        data.extend(parts.concat());
        seeds.push(("flow", name.to_owned(), data));
    };
    flow("authorized", &[&CODES, &POLL, &[ANSWER, 2, 0], &POLL, &[ANSWER, 4, 5], &POLL, &[ANSWER, 5, 15, SETTLE]]);
    flow("denied", &[&CODES, &POLL, &[ANSWER, 6, 0, SETTLE]]);
    flow("expired", &[&CODES, &POLL, &[ANSWER, 7, 0, SETTLE]]);
    flow("runs-out", &[&CODES, &[SETTLE, 3, 4, SETTLE]]);
    flow("no-answer", &[&CODES, &POLL, &POLL, &POLL, &[ANSWER, 8, 0, SETTLE]]);
    flow(
        "failures",
        &[&CODES, &POLL, &[FAIL, 0, 3], &POLL, &[FAIL, 0, 0], &POLL, &[ANSWER, 10, 65], &POLL, &[ANSWER, 11, 9], &POLL],
    );
    flow("pause", &[&CODES, &POLL, &[PAUSE, SETTLE, ANSWER, 5, 0, RESUME], &POLL, &[CANCEL, SETTLE]]);
    flow("suspend", &[&CODES, &POLL, &[SUSPEND, 9, 0, 0], &POLL, &[ANSWER, 2, 0], &[SUSPEND, 9, 0, 1], &POLL]);
    flow("late-and-foreign", &[&CODES, &POLL, &[ANSWER_ANY, 6, 5, 0], &[ANSWER_ANY, 7, 5, 0], &[ANSWER, 2, 0], &POLL]);
    flow("first-request", &[&[SETTLE, FAIL, 0, 0], &POLL, &[ANSWER, 10, 0], &POLL, &[ANSWER, 9, 0, SETTLE]]);
    let codes = token_response::CODES.as_bytes();
    let length = u8::try_from(codes.len()).unwrap_or(u8::MAX);
    flow("raw", &[&[SETTLE, RAW, 0, 200, 0, length], &codes[..usize::from(length)], &POLL]);
    seeds
}

fn sessions() -> Vec<Seed> {
    use op::{ANSWER, ANSWER_ANY, CANCEL, DEMAND, FAIL, PAUSE, RESUME, SETTLE, SUSPEND};
    let mut seeds = Vec::new();
    let mut session = |name: &str, tokens: u8, parts: &[&[u8]]| {
        let mut data = vec![0, 0, 0, tokens];
        data.extend(parts.concat());
        seeds.push(("session", name.to_owned(), data));
    };
    session("refreshed", 0x21, &[&POLL, &[ANSWER, 5, 9, SETTLE], &POLL, &[ANSWER, 5, 8, SETTLE]]);
    session("demand", 0x21, &[&[DEMAND, 1, SETTLE, ANSWER, 10, 64], &POLL, &[ANSWER, 5, 13, SETTLE], &POLL]);
    session("refused", 0x21, &[&POLL, &[ANSWER, 8, 0, SETTLE, DEMAND, 0]]);
    session("failed", 0x21, &[&POLL, &[ANSWER, 9, 0, SETTLE], &POLL, &[DEMAND, 0], &POLL]);
    session(
        "granted-after-refusal",
        0x21,
        &[&[DEMAND, 0, SETTLE, ANSWER, 9, 0, SETTLE, DEMAND, 0, SETTLE], &[ANSWER_ANY, 6, 5, 11, SETTLE]],
    );
    session("runs-dry", 0x20, &[&POLL, &POLL, &POLL]);
    session("no-life", 0x01, &[&POLL, &[DEMAND, 0, SETTLE, ANSWER, 5, 1, SETTLE]]);
    session("expired", 0x09, &[&POLL, &POLL, &[FAIL, 0, 1], &POLL, &[SUSPEND, 9, 0, 0], &POLL]);
    session("pause", 0x21, &[&[PAUSE], &POLL, &POLL, &[RESUME, SETTLE, CANCEL, SETTLE]]);
    seeds
}

/// Configurations of sign-ins: as it comes, with a nonce, and with a secret that nonces and verifiers are made of.
const PLAIN: [u8; 4] = [0, 0, 0, 0];
const OPENID: [u8; 4] = [0, 1, 0, 0];
const SEEDED: [u8; 4] = [0, 5, 0, 1];
/// The code or the token runs out.
const TO_END: [u8; 2] = [3, 4];
/// Tokens with a refresh token that live for an hour.
const TOKENS: [u8; 4] = [op::ANSWER, 5, 9, op::SETTLE];
/// A first poll.
const CODE: [u8; 7] = [op::SETTLE, op::ANSWER, 0, 3, op::SETTLE, op::TO_WAIT, op::SETTLE];

fn sign_in(name: &str, configuration: [u8; 4], parts: &[&[u8]]) -> Seed {
    let data = [&configuration[..], &parts.concat()].concat();
    ("sign_in", name.to_owned(), data)
}

/// How a code ends.
fn sign_ins() -> Vec<Seed> {
    use op::{ANSWER, DEMAND, PAUSE, RESUME, SETTLE, SUSPEND};
    let expired = [ANSWER, 7, 0, SETTLE, RESUME];
    vec![
        sign_in("granted", PLAIN, &[&CODE, &TOKENS, &POLL, &TOKENS]),
        sign_in("denied", PLAIN, &[&CODE, &[ANSWER, 6, 0, SETTLE]]),
        sign_in("failed", PLAIN, &[&[SETTLE, ANSWER, 9, 0, SETTLE]]),
        sign_in("expired", PLAIN, &[&CODE, &expired, &CODE, &TOKENS]),
        sign_in("late-tokens", OPENID, &[&CODE, &expired, &TOKENS]),
        sign_in("run-out", SEEDED, &[&CODE, &TO_END, &[SETTLE, RESUME], &CODE, &TOKENS]),
        sign_in("restarted", OPENID, &[&CODE, &[ANSWER, 6, 0, SETTLE, DEMAND, 1], &CODE, &TOKENS]),
        sign_in("suspended", PLAIN, &[&CODE, &[SUSPEND, 9, 0, 0], &POLL, &TOKENS]),
        sign_in("paused", PLAIN, &[&CODE, &[PAUSE, SETTLE], &TOKENS, &[PAUSE], &POLL, &[RESUME]]),
    ]
}

/// What comes after the tokens.
fn sign_ins_that_last() -> Vec<Seed> {
    use op::{ANSWER, ANSWER_ANY, CANCEL, DEMAND, FAIL, PAUSE, RESUME, SETTLE, SUSPEND};
    let refresh = [DEMAND, 0, SETTLE];
    let begun = [&CODE[..], &TOKENS, &refresh].concat();
    vec![
        sign_in("refreshed", PLAIN, &[&begun, &TOKENS, &POLL, &TOKENS]),
        sign_in(
            "sign-in-needed",
            SEEDED,
            &[&begun, &[ANSWER, 8, 0, SETTLE, PAUSE, RESUME, SETTLE], &TO_END, &CODE, &TOKENS],
        ),
        sign_in("cancelled-while-refreshing", PLAIN, &[&begun, &[CANCEL, SETTLE], &TOKENS]),
        sign_in(
            "restarted-while-refreshing",
            OPENID,
            &[&begun, &[DEMAND, 1, SETTLE, ANSWER_ANY, 6, 5, 11, SETTLE], &CODE, &TO_END, &POLL, &TOKENS],
        ),
        sign_in(
            "lost-refresh",
            PLAIN,
            &[&begun, &[FAIL, 0, 3, SETTLE, ANSWER_ANY, 6, 5, 11, SETTLE], &[ANSWER, 10, 64], &POLL, &TOKENS],
        ),
        sign_in("suspended-while-refreshing", PLAIN, &[&begun, &[SUSPEND, 9, 0, 1], &POLL, &TOKENS]),
    ]
}
