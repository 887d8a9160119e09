//! Putting a sign-in aside (P13) and keeping secrets (K7).

use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, TOKEN, config, seconds};
use device_flow_core::{
    ClientAuthentication, Config, DeviceFlow, Failure, Input, Misuse, Outcome, PendingFlow,
    PendingFlowError, PkceVerifier, Response, ResumeError, Stage, Timestamp, TransportFailure,
};
use std::time::Duration;

/// Puts the flow aside, as text, and takes it up again on another clock.
fn moved(bench: &Bench, config: Config, away: Duration) -> Bench {
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let now = Timestamp::from_millis(7);
    let mut moved = Bench::of(DeviceFlow::resume(config, pending, away, now).unwrap());
    moved.now = now;
    moved
}

#[test]
fn p13_interval_back_off_and_expiry_survive() {
    let mut bench = Bench::polling(config());
    bench.poll(400, SLOW_DOWN);
    bench.wait();
    bench.fail(TransportFailure::Timeout);
    bench.sleep(seconds(3));
    let left = bench
        .flow
        .expires_at()
        .unwrap()
        .saturating_duration_since(bench.now);

    let mut moved = moved(&bench, config(), Duration::ZERO);
    assert_eq!(
        moved
            .flow
            .expires_at()
            .unwrap()
            .saturating_duration_since(moved.now),
        left
    );
    assert_eq!(moved.flow.interval(), Some(seconds(10)));
    assert_eq!(
        moved.wait(),
        seconds(17),
        "20 s of back-off, of which 3 have passed"
    );
    moved.fail(TransportFailure::Timeout);
    assert_eq!(moved.wait(), seconds(40), "the second failure in a row");
    moved.answer(400, r#"{"error":"invalid_grant"}"#);
    assert!(matches!(moved.failure(), Failure::Server(error) if error.is_answer_lost()));
}

#[test]
fn p13_the_time_away_counts() {
    let bench = Bench::polling(config());
    let mut moved1 = moved(&bench, config(), seconds(2));
    assert_eq!(moved1.wait(), seconds(3));
    let mut moved2 = moved(&bench, config(), seconds(500));
    assert_eq!(moved2.wait(), Duration::ZERO);
    assert_eq!(
        moved2
            .flow
            .expires_at()
            .unwrap()
            .saturating_duration_since(moved2.now),
        seconds(100)
    );
    let mut moved3 = moved(&bench, config(), seconds(600));
    assert!(matches!(moved3.end(), Outcome::Expired));
}

#[test]
fn p13_a_wait_beyond_the_end_of_the_code_is_written_as_one_until_then() {
    let mut bench = Bench::polling(config());
    let never = Response::new(429, b"").header("retry-after", b"9223372036854775807");
    bench.next_request();
    bench.answer_with(never);
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    let read = PendingFlow::from_json(stored.expose()).unwrap();
    assert_eq!(read.to_json().expose(), stored.expose());
    let mut moved = moved(&bench, config(), Duration::ZERO);
    let (began, left) = (
        moved.now,
        bench.flow.prompt(bench.now).unwrap().expires_in(),
    );
    assert!(matches!(moved.end(), Outcome::Expired));
    assert_eq!(Some(moved.now.saturating_duration_since(began)), left);
}

#[test]
fn p13_the_prompt_survives() {
    let bench = Bench::polling(config());
    let moved = moved(&bench, config(), seconds(60));
    let prompt = moved.flow.prompt(moved.now).unwrap();
    assert_eq!(prompt.user_code(), "WDJB-MJHT");
    assert_eq!(prompt.verification_uri(), "https://as.example/device");
    assert_eq!(
        prompt.verification_uri_complete(),
        Some("https://as.example/device?user_code=WDJB-MJHT")
    );
    assert_eq!(prompt.expires_in(), Some(seconds(540)));
}

#[test]
fn p13_a_poll_under_way_is_written_off_and_nothing_comes_sooner_for_it() {
    let mut bench = Bench::polling(config());
    bench.next_request();
    bench.sleep(seconds(1));
    let mut moved = moved(&bench, config(), Duration::ZERO);
    // The original would have given up after 29 s more and then backed off for 10 s.
    assert_eq!(moved.wait(), seconds(39));
    assert_eq!(bench.wait(), seconds(39));
    moved.answer(400, r#"{"error":"invalid_grant"}"#);
    assert!(matches!(moved.failure(), Failure::Server(error) if error.is_answer_lost()));
}

#[test]
fn p13_a_resumed_flow_polls_and_ends_like_any_other() {
    let mut bench = Bench::polling(config().scope("openid").nonce("n1"));
    bench.poll(400, PENDING);
    let mut moved = moved(&bench, config().scope("openid"), Duration::ZERO);
    let poll = moved.next_request();
    assert_eq!(
        poll.parameter("device_code").as_deref(),
        Some("GmRhmhcxhwAzkoEqiMEg")
    );
    assert_eq!(poll.stage, Stage::Token);
    moved.answer(200, r#"{"access_token":"a","id_token":"e30.e30."}"#);
    assert_eq!(moved.token().access_token().expose(), "a");
}

#[test]
fn p13_the_verifier_is_the_one_that_the_sign_in_began_with() {
    let with = |byte: u8| config().pkce(PkceVerifier::new(&[byte; 32]));
    let mut bench = Bench::polling(with(7));
    let mut moved1 = moved(&bench, with(8), Duration::ZERO);
    let verifier = bench.next_request().parameter("code_verifier");
    assert!(verifier.is_some());
    assert_eq!(moved1.next_request().parameter("code_verifier"), verifier);
    let bare = Bench::polling(config());
    let mut moved2 = moved(&bare, with(8), Duration::ZERO);
    assert_eq!(moved2.next_request().parameter("code_verifier"), None);
}

#[test]
fn p13_a_paused_flow_can_be_put_aside() {
    let mut bench = Bench::polling(config());
    bench.input(Input::Pause).unwrap();
    assert_eq!(moved(&bench, config(), Duration::ZERO).wait(), seconds(5));
}

#[test]
fn p13_without_a_code_there_is_nothing_to_put_aside() {
    let mut bench = Bench::new(config());
    assert_eq!(
        bench.flow.suspend(bench.now).unwrap_err(),
        Misuse::NotPolling
    );
    bench.input(Input::Cancel).unwrap();
    assert_eq!(bench.flow.suspend(bench.now).unwrap_err(), Misuse::Finished);
}

#[test]
fn p13_the_device_code_goes_to_no_other_client_or_server() {
    let pending = || {
        let bench = Bench::polling(config());
        bench.flow.suspend(bench.now).unwrap()
    };
    let resume =
        |config| DeviceFlow::resume(config, pending(), Duration::ZERO, Timestamp::ZERO).err();
    let other = Config::new(
        "other",
        "https://as.example/device_authorization",
        "https://as.example/token",
    );
    assert_eq!(resume(other), Some(ResumeError::OtherClient));
    let other = Config::new(
        "tv",
        "https://as.example/device_authorization",
        "https://evil.example/token",
    );
    assert_eq!(resume(other), Some(ResumeError::OtherTokenEndpoint));
    assert!(matches!(
        resume(config().scope("\"")),
        Some(ResumeError::Config(_))
    ));
    assert_eq!(resume(config()), None);
}

#[test]
fn p13_what_was_stored_is_not_believed_blindly() {
    let bench = Bench::polling(config());
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    let stored = stored.expose();
    let read = |from: &str, to: &str| {
        assert!(stored.contains(from), "{from}: {stored}");
        PendingFlow::from_json(&stored.replace(from, to))
    };
    for damaged in ["", "null", "[]", "{}", "{", "version=1", "\u{0}"] {
        assert_eq!(
            PendingFlow::from_json(damaged).unwrap_err(),
            PendingFlowError::Damaged,
            "{damaged}"
        );
    }
    assert_eq!(
        read("\"version\":1", "\"version\":2").unwrap_err(),
        PendingFlowError::Version { found: 2 }
    );
    assert_eq!(
        read("\"version\":1", "\"version\":0").unwrap_err(),
        PendingFlowError::Damaged
    );
    assert_eq!(
        read("\"failures\":0", "\"failures\":-1").unwrap_err(),
        PendingFlowError::Damaged
    );
    assert_eq!(
        read("\"remaining_ms\":600000", "\"remaining_ms\":-1").unwrap_err(),
        PendingFlowError::Damaged
    );
    let long = read("\"remaining_ms\":600000", "\"remaining_ms\":1e300").unwrap();
    assert_eq!(long.remaining(), seconds(86_400));
    let fast = read("\"interval_ms\":5000", "\"interval_ms\":0").unwrap();
    let flow = DeviceFlow::resume(config(), fast, Duration::ZERO, Timestamp::ZERO).unwrap();
    assert_eq!(flow.interval(), Some(seconds(1)));
    let script = read("https://as.example/device\"", "javascript:alert(1)\"").unwrap();
    assert!(matches!(
        DeviceFlow::resume(config(), script, Duration::ZERO, Timestamp::ZERO),
        Err(ResumeError::Unusable(_))
    ));
    let later = read("{\"version\":1", "{\"something_new\":[1],\"version\":1");
    assert!(later.is_ok());
}

#[test]
fn k7_no_secret_shows_in_debug_or_errors() {
    let secrets = [
        "hunter2",
        "GmRhmhcxhwAzkoEqiMEg",
        "2YotnFZFEjr1zCsicMWpAA",
        "dHY6aHVudGVyMg",
        "refresh-1",
        "header-secret",
        "nonce-1",
        "extra-1",
    ];
    let is_silent = |shown: String| {
        for secret in secrets {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    };
    let config = || {
        config()
            .client_authentication(ClientAuthentication::SecretBasic("hunter2".into()))
            .header(Stage::Token, "x-key", "header-secret")
            .parameter(Stage::Token, "assertion", "extra-1")
            .scope("openid")
            .nonce("nonce-1")
    };
    is_silent(format!(
        "{:?} {:?}",
        config(),
        ClientAuthentication::SecretPost("hunter2".into())
    ));
    let mut bench = Bench::new(config());
    is_silent(format!("{:?}", bench.flow));
    is_silent(format!(
        "{:?}",
        device_flow_core::Machine::poll_output(&mut bench.flow, Timestamp::ZERO)
    ));
    let mut bench = Bench::with_codes(config(), CODES);
    is_silent(format!(
        "{:?} {:?}",
        bench.flow,
        bench.flow.suspend(bench.now)
    ));
    while let seen @ (Seen::Event(_) | Seen::Wait(_)) = bench.ask() {
        is_silent(format!("{seen:?}"));
        if let Seen::Wait(until) = seen {
            bench.now = until;
            break;
        }
    }
    is_silent(format!(
        "{:?}",
        device_flow_core::Machine::poll_output(&mut bench.flow, bench.now)
    ));
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    is_silent(format!(
        "{:?} {stored:?}",
        PendingFlow::from_json(stored.expose())
    ));
    bench.sleep(seconds(60));
    let body = TOKEN.replace(
        '}',
        r#","refresh_token":"refresh-1","id_token":"e30.e30.","more":"extra-1"}"#,
    );
    bench.poll(200, &body);
    is_silent(format!("{:?} {:?}", bench.flow, bench.flow.outcome()));
    is_silent(format!("{:?}", bench.token()));
    // A damaged store is told without its text.
    is_silent(format!(
        "{:?}",
        PendingFlow::from_json(&stored.expose().replace('}', ""))
    ));
}

#[test]
fn k7_a_server_that_repeats_the_device_code_in_its_error_does_not_get_it_shown() {
    let mut bench = Bench::polling(config());
    bench.poll(
        400,
        r#"{"error":"invalid_request","error_description":"no such code: GmRhmhcxhwAzkoEqiMEg"}"#,
    );
    let shown = bench.failure().to_string();
    assert!(!shown.contains("GmRhmhcxhwAzkoEqiMEg"), "{shown}");

    let config = config().client_authentication(ClientAuthentication::SecretPost("hunter2".into()));
    let mut bench = Bench::new(config);
    bench.next_request();
    bench.answer(
        401,
        r#"{"error":"hunter2","error_description":"hunter2 is wrong","error_uri":"https://as.example/?hunter2"}"#,
    );
    let failure = format!("{:?}", bench.failure());
    assert!(!failure.contains("hunter2"), "{failure}");
}

#[test]
fn k7_no_user_code_shows_in_debug_wherever_the_server_put_it() {
    for uri in [
        "https://as.example/device",
        "https://as.example/activate?public=true&device-code=WDJB-MJHT",
        "https://as.example/device/WDJB-MJHT",
    ] {
        let codes = CODES.replace("https://as.example/device\"", &format!("{uri}\""));
        let bench = Bench::with_codes(config(), &codes);
        let shown = format!(
            "{:?} {:?} {:?}",
            bench.flow,
            bench.flow.prompt(bench.now),
            bench.flow.suspend(bench.now)
        );
        assert!(!shown.contains("WDJB-MJHT"), "{shown}");
    }
}
