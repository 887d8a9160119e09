//! What the answer must have: rows D4 to D6.

use std::time::Duration;

use device_flow_core::{ErrorCode, Event, Failure, Outcome, ProtocolErrorKind, Stage, Timestamp};

use super::{codes_with, prompt, protocol_error};
use crate::bench::{Bench, CODES, Seen, config, seconds};

#[test]
fn d4_the_three_required_members_must_be_there_and_not_empty() {
    for name in ["device_code", "user_code", "verification_uri"] {
        for json in [None, Some("null"), Some("\"\""), Some("{}"), Some("true")] {
            let mut codes = codes_with(name, json);
            if name == "verification_uri" {
                codes = codes.replace("verification_uri_complete", "x");
            }
            let kind = protocol_error(&codes);
            assert!(
                matches!(kind, ProtocolErrorKind::MissingMember { name: it } if it == name),
                "{name} {json:?}: {kind:?}"
            );
        }
    }
}

#[test]
fn d4_a_missing_lifetime_means_the_default_and_a_prompt_that_does_not_claim_to_know() {
    for absent in [None, Some("null"), Some("\"\"")] {
        let codes = codes_with("expires_in", absent);
        assert_eq!(prompt(config(), &codes).expires_in(), None);
        let bench = Bench::with_codes(config(), &codes);
        assert_eq!(bench.flow.remaining(bench.now), Some(seconds(1_800)));
        let mut bench = Bench::with_codes(config().default_lifetime(seconds(60)), &codes);
        assert!(matches!(bench.ask(), Seen::Event(Event::Prompt(_))));
        bench.sleep(seconds(60));
        assert!(matches!(bench.end(), Outcome::Expired(_)));
    }
    let mut strict = Bench::with_codes(config().require_lifetime(true), &codes_with("expires_in", None));
    assert_eq!(strict.protocol_error(), ProtocolErrorKind::MissingMember { name: "expires_in" });
}

#[test]
fn d4_a_lifetime_of_zero_or_less_is_expired_at_once_and_without_a_prompt() {
    for json in ["0", "-1", "\"0\"", "-99999999999999999999"] {
        let mut bench = Bench::with_codes(config(), &codes_with("expires_in", Some(json)));
        assert!(matches!(bench.ask(), Seen::Done), "{json}");
        assert!(matches!(bench.flow.outcome(), Some(Outcome::Expired(_))), "{json}");
    }
}

#[test]
fn d4_a_code_that_runs_out_before_the_first_poll_is_shown_and_expired_at_once() {
    for (life, expires_in) in [(4, "4"), (5, "5")] {
        let mut bench = Bench::with_codes(config(), &codes_with("expires_in", Some(expires_in)));
        let Seen::Event(Event::Prompt(prompt)) = bench.ask() else { panic!() };
        assert_eq!(prompt.expires_in(), Some(seconds(life)));
        assert!(matches!(bench.ask(), Seen::Done), "{life}");
        assert!(matches!(bench.flow.outcome(), Some(Outcome::Expired(_))));
    }
}

#[test]
fn d4_a_missing_interval_means_five_seconds() {
    for absent in [None, Some("null"), Some("\"\""), Some("0"), Some("-3")] {
        let mut bench = Bench::with_codes(config(), &codes_with("interval", absent));
        assert_eq!(bench.wait(), seconds(5), "{absent:?}");
    }
}

#[test]
fn d5_aliases_and_other_spellings_of_numbers_are_read() {
    let codes = r#"{"device_code":"d","user_code":"AB12","verification_url":"https://as.example/d","verification_url_complete":"https://as.example/d?c=AB12","expires_in":"600.0","interval":"7","more":{"x":[1]}}"#;
    let prompt = prompt(config(), codes);
    assert_eq!(prompt.verification_uri(), "https://as.example/d");
    assert_eq!(prompt.verification_uri_complete(), Some("https://as.example/d?c=AB12"));
    assert_eq!(prompt.expires_in(), Some(seconds(600)));
    assert_eq!(prompt.interval(), seconds(7));
    let bench = Bench::with_codes(config(), codes);
    let response = bench.flow.device_authorization().unwrap();
    assert_eq!(response.extra_member("more").unwrap().expose(), r#"{"x":[1]}"#);
    assert_eq!(response.extra().expose(), r#"{"more":{"x":[1]}}"#);
}

/// A scripting language that takes a code of digits for a number must not be told that it left the code out.
#[test]
fn d5_codes_of_digits_may_come_as_numbers() {
    let codes =
        r#"{"device_code":12345678,"user_code":87654321,"verification_uri":"https://as.example/d","expires_in":600}"#;
    let mut bench = Bench::with_codes(config(), codes);
    let prompt = bench.flow.prompt(bench.now).unwrap();
    assert_eq!(prompt.user_code(), "87654321");
    let poll = bench.next_request();
    assert_eq!(poll.parameter("device_code").as_deref(), Some("12345678"));
}

#[test]
fn d6_an_oauth_error_is_an_error_whatever_the_status() {
    for status in [200, 400, 401, 403, 404, 500, 503] {
        let mut bench = Bench::new(config());
        bench.next_request();
        bench.answer(
            status,
            r#"{"error":"invalid_client","error_description":"who?","error_uri":"https://as.example/help"}"#,
        );
        let Failure::Server(error) = bench.failure() else { panic!("{status}") };
        assert_eq!(error.code(), &ErrorCode::INVALID_CLIENT);
        assert_eq!(error.description(), Some("who?"));
        assert_eq!(error.uri(), Some("https://as.example/help"));
        assert_eq!(error.stage(), Stage::DeviceAuthorization);
    }
}

#[test]
fn a_clock_may_begin_anywhere() {
    for start in [0, u64::MAX / 2, u64::MAX - 100_000] {
        let mut bench = Bench::new(config());
        bench.now = Timestamp::from_millis(start);
        bench.next_request();
        bench.answer(200, CODES);
        let seen = bench.ask();
        assert!(matches!(seen, Seen::Event(Event::Prompt(_))), "{seen:?}");
        assert_eq!(bench.wait(), seconds(5));
    }
    // No request can be waited for at the end of time.
    let mut bench = Bench::new(config());
    bench.now = Timestamp::from_millis(u64::MAX);
    let is_done = (0..20).any(|_| matches!(bench.ask(), Seen::Done));
    assert!(is_done);
}

#[test]
fn the_prompt_tells_the_servers_lifetime_however_late_it_is_asked_for() {
    let mut bench = Bench::polling(config());
    bench.sleep(Duration::from_millis(7));
    let Seen::Event(Event::Prompt(prompt)) = bench.ask() else { panic!() };
    assert_eq!(prompt.expires_in(), Some(seconds(600)));
    bench.sleep(seconds(100));
    let later = bench.flow.prompt(bench.now).unwrap();
    assert_eq!(later.expires_in().unwrap().as_secs(), 499);
}
