//! How polling ends: rows P7, P8 and P14.

use device_flow_core::{ErrorCode, Failure, Input, Machine, Outcome, ProtocolErrorKind, Response, Stage};

use super::Act;
use crate::bench::{Bench, Seen, TOKEN, config, seconds};

#[test]
fn p7_the_person_said_no() {
    for code in ["access_denied", "authorization_declined"] {
        for status in [200, 400, 403] {
            let mut bench = Bench::polling(config());
            bench.poll(status, &format!(r#"{{"error":"{code}"}}"#));
            assert!(matches!(bench.end(), Outcome::Denied), "{code} {status}");
        }
    }
}

#[test]
fn p7_the_server_says_that_the_code_has_run_out() {
    for code in ["expired_token", "code_expired", "token_expired"] {
        let mut bench = Bench::polling(config());
        bench.poll(400, &format!(r#"{{"error":"{code}"}}"#));
        assert!(matches!(bench.end(), Outcome::Expired(_)), "{code}");
    }
}

#[test]
fn p7_any_other_oauth_error_ends_with_the_servers_own_words() {
    let mut bench = Bench::polling(config());
    bench.poll(
        401,
        r#"{"error":"invalid_client","error_description":"wrong secret","error_uri":"https://as.example/e"}"#,
    );
    let failure = bench.failure();
    let Failure::Server(error) = &failure else { panic!() };
    assert_eq!(
        (error.code(), error.description(), error.uri(), error.stage()),
        (&ErrorCode::INVALID_CLIENT, Some("wrong secret"), Some("https://as.example/e"), Stage::Token)
    );
    assert_eq!(failure.to_string(), "the token endpoint refused with invalid_client (wrong secret)");
}

#[test]
fn p7_a_code_under_another_name_counts_when_the_proper_one_is_absent() {
    for (body, code) in [
        (r#"{"error_code":"invalid_client"}"#, "invalid_client"),
        (r#"{"error_code":31023}"#, "31023"),
        (r#"{"error_code":"x","error":"invalid_scope"}"#, "invalid_scope"),
        // Nothing takes it back.
        (r#"{"error_code":"x","error_code":null}"#, "x"),
        (r#"{"error_code":"x","error_code":0}"#, "x"),
    ] {
        let mut bench = Bench::polling(config());
        bench.poll(400, body);
        assert!(matches!(bench.failure(), Failure::Server(error) if error.code().as_str() == code), "{body}");
    }
}

/// A zero stands for "no error" in many interfaces; to end over it would lose what was granted.
#[test]
fn p7_an_error_code_of_zero_is_no_error() {
    for member in [
        r#""error_code":0"#,
        r#""error_code":"0""#,
        r#""error":0"#,
        r#""error":"""#,
        r#""error":" ""#,
        r#""error":null"#,
    ] {
        let mut bench = Bench::polling(config());
        bench.poll(200, &TOKEN.replace('{', &format!("{{{member},")));
        assert!(matches!(bench.end(), Outcome::Authorized(_)), "{member}");
    }
    let mut bench = Bench::polling(config());
    bench.poll(400, r#"{"error":0,"error_code":"invalid_client"}"#);
    assert!(matches!(bench.failure(), Failure::Server(error) if error.code() == &ErrorCode::INVALID_CLIENT));
}

#[test]
fn p8_after_an_end_nothing_is_sent_any_more() {
    let ends: [(&str, Act); 6] = [
        ("granted", |bench| bench.answer(200, TOKEN)),
        ("denied", |bench| {
            bench.answer(400, r#"{"error":"access_denied"}"#);
        }),
        ("expired", |bench| {
            bench.answer(400, r#"{"error":"expired_token"}"#);
        }),
        ("failed", |bench| {
            bench.answer(400, r#"{"error":"invalid_grant"}"#);
        }),
        ("cancelled", |bench| bench.input(Input::Cancel).unwrap()),
        ("run out", |bench| bench.sleep(seconds(631))),
    ];
    for (name, end) in ends {
        let mut bench = Bench::polling(config());
        let poll = bench.next_request();
        end(&mut bench);
        bench.hear();
        for _ in 0..5 {
            assert!(matches!(bench.ask(), Seen::Done), "{name}");
            assert!(bench.flow.is_done(), "{name}");
            bench.sleep(seconds(100));
        }
        // Nothing that comes now changes what came of it.
        let before = format!("{:?}", bench.flow.outcome());
        bench.respond(poll.id, 200, TOKEN).unwrap();
        assert_eq!(format!("{:?}", bench.flow.outcome()), before);
        assert!(matches!(bench.ask(), Seen::Done), "{name}");
    }
}

/// Whoever asks for the outcome too soon must not lose the sign-in by it.
#[test]
fn p8_the_outcome_is_taken_out_of_a_flow_that_has_ended_and_of_no_other() {
    let mut bench = Bench::polling(config());
    let poll = bench.next_request();
    assert!(!bench.flow.is_done());
    let mut bench = Bench::of(bench.flow.into_outcome().unwrap_err());
    bench.now = poll.at;
    bench.respond(poll.id, 200, TOKEN).unwrap();
    let Ok(Outcome::Authorized(tokens)) = bench.flow.into_outcome() else { panic!() };
    assert_eq!(tokens.access_token().expose(), "2YotnFZFEjr1zCsicMWpAA");
}

#[test]
fn p14_a_redirect_is_an_error() {
    for status in [301, 302, 303, 307, 308] {
        let mut bench = Bench::polling(config());
        bench.wait();
        bench.answer_with(Response::new(status, TOKEN.as_bytes()).header("location", b"https://evil.example/"));
        let failure = bench.failure();
        assert!(matches!(failure, Failure::Protocol(_)));
        assert!(failure.to_string().contains("redirect"), "{failure}");
    }
}

/// What is not followed is said, so that people can see whether the address is wrong or somebody stands between.
#[test]
fn p14_where_a_redirect_leads_is_told_without_its_query() {
    for (location, told) in [
        (&b"https://login.example/sso?code=secret#x"[..], Some("https://login.example/sso")),
        (b"/elsewhere", Some("/elsewhere")),
        (b"//other.example/x", Some("//other.example/x")),
        (b"https://user:pw@gw.example/x/GmRhmhcxhwAzkoEqiMEg/y@z", Some("https://gw.example/x/[redacted]/y@z")),
        (b"https://x.example/\x1b[2J", Some("https://x.example/[2J")),
        (b"\xff", None),
        (b"?only=a-query", None),
    ] {
        let mut bench = Bench::polling(config());
        bench.wait();
        bench.answer_with(Response::new(302, b"").header("Location", location));
        let failure = bench.failure();
        let Failure::Protocol(error) = &failure else { panic!() };
        let target = told.map(Box::from);
        assert_eq!(*error.kind(), ProtocolErrorKind::Redirect { status: 302, target });
        assert!(failure.to_string().contains(told.unwrap_or("redirect (")), "{failure}");
    }
}
