//! No copy of a secret stays in memory that is given back: of answers in every spelling, of requests, of what is stored,
//! of errors that repeat it.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use device_flow_core::{
    Call, ClientAuthentication, Config, DeviceFlow, Input, Machine, Output, PendingFlow, PkceVerifier, RequestId,
    Response, Session, SignIn, Stage, StoredSession, Timestamp, TokenResponse,
};
use memory_watch::Watch;

const SECRET: &str = "S3CR3T-t0ken-abcdefgh";

#[global_allocator]
static WATCH: Watch = Watch::for_secret(SECRET.as_bytes());
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const CODES: &str =
    r#"{"device_code":"GmRh","user_code":"WDJB-MJHT","verification_uri":"https://as.example/","expires_in":600}"#;

fn freed(work: impl FnOnce()) -> usize {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    WATCH.count(work)
}

fn config() -> Config {
    Config::new("tv", "https://as.example/da", "https://as.example/token")
}

fn lent<M: Machine>(machine: &mut M, now: &mut Timestamp) -> RequestId {
    loop {
        match machine.poll_output(*now) {
            Output::Send(request) => return request.id(),
            Output::WaitUntil(until) => *now = until,
            Output::Event(_) => {}
            Output::Done => panic!("no request"),
        }
    }
}

fn answer<M: Machine>(machine: &mut M, now: &mut Timestamp, status: u16, body: &[u8]) {
    let id = lent(machine, now);
    machine.handle_input(*now, Input::Response(id, Response::new(status, body))).unwrap();
}

/// A flow whose codes were answered so, and whose first poll was answered so.
fn signed_in(config: Config, codes: &[u8], poll: Option<(u16, &[u8])>) {
    let mut flow = DeviceFlow::new(config).unwrap();
    let mut now = Timestamp::ZERO;
    answer(&mut flow, &mut now, 200, codes);
    if let Some((status, body)) = poll {
        answer(&mut flow, &mut now, status, body);
    }
    drop(flow.into_outcome());
}

/// Answers that carry the secret as the value of a member, in every spelling that is read.
fn spellings(member: &str, others: &str) -> Vec<(&'static str, Vec<u8>)> {
    let json = |value: &str, more: &str| format!("{{\"{member}\":\"{value}\"{others}{more}}}").into_bytes();
    let (mut escaped, mut percent) = (String::new(), String::new());
    for byte in SECRET.bytes() {
        write!(escaped, "\\u{byte:04x}").unwrap();
        write!(percent, "%{byte:02X}").unwrap();
    }
    let mut latin = json(SECRET, ",\"x\":\"gr");
    latin.truncate(latin.len() - 1);
    latin.extend(b"\xfcn\"}");
    let long = "x".repeat(3_000);
    let form: String =
        others.replace(['{', '}', '"'], "").replace(':', "=").replace(',', "&").replace("https=", "https:");
    vec![
        ("plain", json(SECRET, "")),
        ("with an escape elsewhere", json(SECRET, ",\"x\":\"a\\nb\"")),
        ("with an escape in it", json(&format!("{SECRET}\\/x"), "")),
        ("all escapes", json(&escaped, "")),
        ("with white space", [b"{\n\t".as_slice(), &json(SECRET, "")[1..]].concat()),
        ("twice", json(SECRET, &format!(",\"{member}\":\"{SECRET}\""))),
        ("as another member too", json(SECRET, &format!(",\"x\":\"{SECRET}\",\"y\":[\"{SECRET}\"]"))),
        ("beside a long member", json(SECRET, &format!(",\"x\":\"{long}\""))),
        ("beside a byte that is not UTF-8", latin),
        ("form", format!("{member}={SECRET}{form}").into_bytes()),
        ("form, percent", format!("{member}={percent}{form}").into_bytes()),
        ("form, percent behind", format!("{member}={SECRET}%2F{}{form}", "x".repeat(200)).into_bytes()),
        ("form, plus", format!("x={SECRET}+%2F&{member}={SECRET}%2B{form}").into_bytes()),
        ("form, bytes that are not UTF-8", format!("{member}={SECRET}&x={SECRET}%FF%FF{form}").into_bytes()),
        ("cut off", json(SECRET, ",\"x\":\"")),
    ]
}

fn must_all_be_wiped(all: &[(&'static str, Vec<u8>)], read: impl Fn(&[u8])) {
    let left: Vec<_> =
        all.iter().map(|(name, body)| (*name, freed(|| read(body)))).filter(|(_, count)| *count > 0).collect();
    assert!(left.is_empty(), "given back with the secret in them: {left:?}");
}

#[test]
fn the_watch_sees_what_is_not_wiped() {
    assert_eq!(freed(|| drop(String::from(SECRET))), 1);
    let mut growing = String::from(SECRET);
    assert_eq!(freed(|| growing.push_str(&"x".repeat(10_000))), 1, "a move leaves a copy behind");
    assert_eq!(freed(|| drop(String::from("nothing"))), 0);
}

#[test]
fn k7_tokens_are_wiped_in_every_spelling() {
    for member in ["access_token", "refresh_token", "id_token"] {
        let others = if member == "access_token" { "" } else { ",\"access_token\":\"a\"" };
        must_all_be_wiped(&spellings(member, others), |body| {
            signed_in(config(), CODES.as_bytes(), Some((200, body)));
        });
    }
}

#[test]
fn k7_device_codes_are_wiped_in_every_spelling() {
    let others = ",\"user_code\":\"A\",\"verification_uri\":\"https://as.example/\",\"expires_in\":600";
    must_all_be_wiped(&spellings("device_code", others), |body| {
        let mut flow = DeviceFlow::new(config()).unwrap();
        let mut now = Timestamp::ZERO;
        answer(&mut flow, &mut now, 200, body);
        if flow.outcome().is_none() {
            answer(&mut flow, &mut now, 400, br#"{"error":"slow_down"}"#);
        }
    });
}

#[test]
fn k7_errors_that_repeat_a_secret_are_wiped() {
    let secrets = || {
        config().client_authentication(ClientAuthentication::SecretPost("another-secret".into())).parameter(
            Stage::Token,
            "pin",
            SECRET,
        )
    };
    for body in [
        // What is taken out first leaves the other one standing.
        format!(r#"{{"error":"invalid_client","error_description":"neither another-secret nor {SECRET}"}}"#),
        format!(r#"{{"error":"invalid_client","error_description":"bad secret {SECRET}, very bad {SECRET}"}}"#),
        format!(
            r#"{{"error":"{SECRET}","error_description":"  two  spaces {SECRET}\n","error_uri":"https://as.example/{SECRET}"}}"#
        ),
        format!("error=invalid_client&error_description=bad+{SECRET}"),
    ] {
        // The second is trouble that passes, so nobody is told.
        for status in [400, 503] {
            let poll = Some((status, body.as_bytes()));
            let count = freed(|| signed_in(secrets(), CODES.as_bytes(), poll));
            assert_eq!(count, 0, "{status} {body}");
        }
    }
}

#[test]
fn k7_what_is_sent_is_wiped() {
    let basic = || config().client_authentication(ClientAuthentication::SecretBasic(SECRET.into()));
    assert_eq!(freed(|| signed_in(basic(), CODES.as_bytes(), None)), 0);
    let raw = || config().client_authentication(ClientAuthentication::SecretBasicRaw(SECRET.into()));
    assert_eq!(freed(|| signed_in(raw(), CODES.as_bytes(), None)), 0);
    let rest = || config().header(Stage::Token, "x-key", SECRET).scope("openid").nonce(SECRET);
    assert_eq!(freed(|| signed_in(rest(), CODES.as_bytes(), None)), 0);
    let owned = freed(|| {
        let mut call = Call::refresh(&config(), SECRET).unwrap();
        let Output::Send(request) = call.poll_output(Timestamp::ZERO) else { panic!("no request") };
        drop(request.to_owned_request());
    });
    assert_eq!(owned, 0);
    let verifier =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode("S3CR3T-t0ken-abcdefghAAAAAAAAAAAAAAAAAAAAAA");
    let random: [u8; 32] = verifier.unwrap().try_into().unwrap();
    let pkce = || config().pkce(PkceVerifier::new(&random));
    assert_eq!(freed(|| signed_in(pkce(), CODES.as_bytes(), None)), 0);
    let fresh = freed(|| drop(SignIn::new(pkce()).unwrap().fresh_from(&random)));
    assert_eq!(fresh, 0);
}

#[test]
fn k7_what_is_stored_is_wiped() {
    // What the caller hands over is the caller's to wipe.
    let access_tokens = [SECRET.to_owned(), format!("{SECRET}\"\\\"x")];
    let sessions = freed(|| {
        for access_token in &access_tokens {
            let config = config();
            let stored =
                StoredSession::new(&config, access_token, Some(SECRET), Some(Duration::from_secs(60))).unwrap();
            let session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO).unwrap();
            let stored = session.suspend(Timestamp::ZERO);
            let read = StoredSession::from_json(stored.to_json().expose()).unwrap();
            drop(read.refreshed(&TokenResponse::from_json(r#"{"access_token":"b"}"#).unwrap()));
        }
    });
    assert_eq!(sessions, 0);
    let codes = CODES.replace("GmRh", SECRET);
    let flows = freed(|| {
        let mut flow = DeviceFlow::new(config()).unwrap();
        let mut now = Timestamp::ZERO;
        answer(&mut flow, &mut now, 200, codes.as_bytes());
        let json = flow.suspend(now).unwrap().to_json();
        let pending = PendingFlow::from_json(json.expose()).unwrap();
        drop(DeviceFlow::resume(config(), pending, Duration::ZERO, now).unwrap());
        // Half of it is read as far as it goes.
        let half = json.expose().len() - 3;
        drop(PendingFlow::from_json(&json.expose()[..half]));
    });
    assert_eq!(flows, 0);
}
