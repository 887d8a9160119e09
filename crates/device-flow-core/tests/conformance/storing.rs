//! Putting a sign-in aside: row P13.

use std::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Failure, Input, Misuse, NonceMode, Outcome, PendingFlow, PkceVerifier, Response, ResumeError,
    RetryReason, Stage, StoredFormError, Timestamp, TransportFailure,
};

use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, config, seconds};

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
    let left = bench.flow.expires_at().unwrap().saturating_duration_since(bench.now);

    let mut moved = moved(&bench, config(), Duration::ZERO);
    assert_eq!(moved.flow.expires_at().unwrap().saturating_duration_since(moved.now), left);
    assert_eq!(moved.flow.interval(), Some(seconds(10)));
    assert_eq!(moved.wait(), seconds(17), "20 s of back-off, of which 3 have passed");
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
    assert_eq!(moved2.flow.expires_at().unwrap().saturating_duration_since(moved2.now), seconds(100));
    let mut moved3 = moved(&bench, config(), seconds(600));
    assert!(matches!(moved3.end(), Outcome::Expired(_)));
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
    let (began, left) = (moved.now, bench.flow.prompt(bench.now).unwrap().expires_in());
    assert!(matches!(moved.end(), Outcome::Expired(_)));
    assert_eq!(Some(moved.now.saturating_duration_since(began)), left);
}

#[test]
fn p13_the_prompt_survives() {
    let bench = Bench::polling(config());
    let moved = moved(&bench, config(), seconds(60));
    let prompt = moved.flow.prompt(moved.now).unwrap();
    assert_eq!(prompt.user_code(), "WDJB-MJHT");
    assert_eq!(prompt.verification_uri(), "https://as.example/device");
    assert_eq!(prompt.verification_uri_complete(), Some("https://as.example/device?user_code=WDJB-MJHT"));
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
    assert_eq!(poll.parameter("device_code").as_deref(), Some("GmRhmhcxhwAzkoEqiMEg"));
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

/// What was suspended is what is resumed: nobody who paused wants polls from the next process.
#[test]
fn p13_a_paused_flow_that_was_put_aside_is_paused_when_it_is_taken_up_again() {
    let mut bench = Bench::polling(config());
    assert!(!bench.flow.suspend(bench.now).unwrap().is_paused());
    bench.input(Input::Pause).unwrap();
    assert!(bench.flow.suspend(bench.now).unwrap().is_paused());
    let mut moved1 = moved(&bench, config(), seconds(60));
    assert!(moved1.flow.is_paused());
    assert!(matches!(moved1.end(), Outcome::Expired(_)), "nothing is sent");
    let mut moved2 = moved(&bench, config(), seconds(2));
    moved2.input(Input::Resume).unwrap();
    assert_eq!(moved2.wait(), seconds(3));
}

/// What is known of the polls so far would be forgotten, and an end told as if nobody had been asked.
#[test]
fn p13_what_is_known_of_the_polls_survives() {
    let troubles: [fn(&mut Bench); 4] = [
        |bench| bench.answer(400, PENDING),
        |bench| bench.answer(502, ""),
        |bench| bench.fail(TransportFailure::Tls(None)),
        |bench| bench.sleep(seconds(1)),
    ];
    for trouble in troubles {
        let mut bench = Bench::polling(config());
        bench.poll(400, PENDING);
        bench.next_request();
        trouble(&mut bench);
        let mut moved = moved(&bench, config(), Duration::ZERO);
        moved.input(Input::Pause).unwrap();
        bench.input(Input::Pause).unwrap();
        assert_eq!(moved.expiry(), bench.expiry());
        assert!(moved.expiry().is_answered());
    }
    let mut bench = Bench::polling(config());
    bench.next_request();
    bench.fail(TransportFailure::Proxy(None));
    let mut moved = moved(&bench, config(), seconds(600));
    let expiry = moved.expiry();
    let proxy = RetryReason::Transport(TransportFailure::Proxy(None));
    assert_eq!((expiry.last_trouble(), expiry.unanswered_polls()), (Some(proxy), 1));
    assert!(!expiry.is_answered());
}

#[test]
fn p13_what_the_server_said_survives() {
    let codes = CODES.replace('}', r#","message":"Go there","more":{"x":[1]},"text":"a\u002fb"}"#);
    let bench = Bench::with_codes(config(), &codes);
    let moved1 = moved(&bench, config(), seconds(1));
    let response = moved1.flow.device_authorization().unwrap();
    assert_eq!(Some(response), bench.flow.device_authorization());
    assert_eq!(response.message(), Some("Go there"));
    assert_eq!(response.extra_member("text").unwrap().expose(), "a/b");
    // And once more.
    let moved2 = moved(&moved1, config(), seconds(1));
    assert_eq!(moved2.flow.device_authorization(), Some(response));
}

#[test]
fn p13_the_nonce_is_the_one_that_the_sign_in_began_with() {
    let with = |nonce: &str| config().scope("openid").nonce(nonce);
    let bench = Bench::polling(with("n1"));
    let seen = moved(&bench, with("n2"), Duration::ZERO);
    assert_eq!(seen.flow.nonce().unwrap().expose(), "n1");
    // Whatever the configuration says of one.
    for other in [config(), with("n2").nonce_mode(NonceMode::Disabled)] {
        let seen = moved(&bench, other, Duration::ZERO);
        assert_eq!(seen.flow.nonce().unwrap().expose(), "n1");
    }
    let bench = Bench::polling(config());
    let seen = moved(&bench, with("n2"), Duration::ZERO);
    assert!(seen.flow.nonce().is_none(), "none was sent");
}

#[test]
fn p13_a_code_without_a_poll_in_its_life_has_none_elsewhere() {
    let bench = Bench::with_codes(config(), &CODES.replace("600", "5"));
    let mut moved = moved(&bench, config(), Duration::ZERO);
    let begin = moved.now;
    assert!(matches!(moved.end(), Outcome::Expired(_)));
    assert_eq!(moved.now, begin);
}

/// A form that an earlier build of this version wrote has fewer members.
#[test]
fn what_is_as_it_is_in_the_beginning_is_left_out() {
    let mut bench =
        Bench::with_codes(config(), r#"{"device_code":"d","user_code":"U-1","verification_uri":"https://a.example"}"#);
    let stored = |bench: &Bench| bench.flow.suspend(bench.now).unwrap().to_json();
    let begun = r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","device_code":"d","user_code":"U-1","verification_uri":"https://a.example","interval_ms":5000,"remaining_ms":1800000,"next_poll_in_ms":5000}"#;
    assert_eq!(stored(&bench).expose(), begun);
    bench.poll(503, "");
    let troubled = stored(&bench);
    assert!(
        troubled.expose().ends_with(r#""next_poll_in_ms":10000,"failures":1,"is_answer_lost":1,"trouble_status":503}"#)
    );
}

#[test]
fn p13_members_that_came_later_may_be_absent() {
    let form = r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","device_code":"d","user_code":"U-1","verification_uri":"https://as.example/device","interval_ms":5000,"remaining_ms":600000,"is_lifetime_known":1,"next_poll_in_ms":3000,"failures":0,"is_answer_lost":0}"#;
    let pending = PendingFlow::from_json(form).unwrap();
    assert!(!pending.is_paused());
    let now = Timestamp::from_millis(7);
    let mut bench = Bench::of(DeviceFlow::resume(config(), pending, Duration::ZERO, now).unwrap());
    bench.now = now;
    assert_eq!(bench.wait(), seconds(3));
}

#[test]
fn p13_without_a_code_there_is_nothing_to_put_aside() {
    let mut bench = Bench::new(config());
    assert_eq!(bench.flow.suspend(bench.now).unwrap_err(), Misuse::NotPolling);
    bench.input(Input::Cancel).unwrap();
    assert_eq!(bench.flow.suspend(bench.now).unwrap_err(), Misuse::Finished);
}

#[test]
fn p13_the_device_code_goes_to_no_other_client_or_server() {
    let pending = || {
        let bench = Bench::polling(config());
        bench.flow.suspend(bench.now).unwrap()
    };
    let resume = |config| DeviceFlow::resume(config, pending(), Duration::ZERO, Timestamp::ZERO).err();
    let other = Config::new("other", "https://as.example/device_authorization", "https://as.example/token");
    assert_eq!(resume(other), Some(ResumeError::OtherClient));
    let other = Config::new("tv", "https://as.example/device_authorization", "https://evil.example/token");
    assert_eq!(resume(other), Some(ResumeError::OtherTokenEndpoint));
    assert!(matches!(resume(config().scope("\"")), Some(ResumeError::Config(_))));
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
        assert_eq!(PendingFlow::from_json(damaged).unwrap_err(), StoredFormError::Damaged, "{damaged}");
    }
    assert!(matches!(read("\"version\":1", "\"version\":2").unwrap_err(), StoredFormError::Version { found: 2, .. }));
    assert_eq!(read("\"version\":1", "\"version\":0").unwrap_err(), StoredFormError::Damaged);
    let negative = read("\"version\":1", "\"version\":1,\"failures\":-1");
    assert_eq!(negative.unwrap_err(), StoredFormError::Damaged);
    let twice = read("\"version\":1", "\"version\":1,\"failures\":-1,\"is_paused\":-1");
    assert_eq!(twice.unwrap_err(), StoredFormError::Damaged);
    assert_eq!(read("\"remaining_ms\":600000", "\"remaining_ms\":-1").unwrap_err(), StoredFormError::Damaged);
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
