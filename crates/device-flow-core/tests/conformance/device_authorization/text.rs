//! What people see: rows D7 and D8.

use device_flow_core::{ErrorCode, Failure, Prompt, ProtocolErrorKind, ServerError, Stage};

use super::{codes_saying, codes_with, prompt, protocol_error};
use crate::bench::{Bench, config};

#[test]
fn d7_only_addresses_that_are_safe_to_open_are_shown() {
    for bad in
        ["javascript:alert(1)", "file:///etc/passwd", "http://as.example/", "as.example/device", "ftp://as.example/"]
    {
        let kind = protocol_error(&codes_saying("verification_uri", bad));
        assert!(matches!(kind, ProtocolErrorKind::VerificationUri(_)), "{bad}: {kind:?}");
    }
    for good in ["http://127.0.0.1:8080/device", "http://localhost/device", "https://as.example"] {
        let prompt = prompt(config(), &codes_saying("verification_uri", good));
        assert_eq!(prompt.verification_uri(), good);
    }
    let http = codes_saying("verification_uri", "http://as.example/");
    assert_eq!(prompt(config().allow_http(true), &http).verification_uri(), "http://as.example/");
    let script = codes_saying("verification_uri", "javascript:alert(1)");
    let mut bench = Bench::with_codes(config().allow_http(true), &script);
    assert!(matches!(bench.failure(), Failure::Protocol(_)));
}

#[test]
fn d7_a_complete_address_that_nobody_should_open_is_dropped() {
    let codes = codes_saying("verification_uri_complete", "javascript:alert(1)");
    assert_eq!(prompt(config(), &codes).verification_uri_complete(), None);
}

/// A look at the text says nothing about where a browser will go: the parsed value says it.
#[test]
fn d7_an_address_is_shown_as_it_was_understood() {
    for (sent, shown) in [
        ("HTTPS://AS.example/Device", "https://as.example/Device"),
        ("https://as.example:443/device", "https://as.example/device"),
        (" https://as.example/device\n", "https://as.example/device"),
        ("https://as%2eexample/", "https://as.example/"),
        ("https://0x7f.1/", "https://127.0.0.1/"),
        ("https://2130706433/", "https://127.0.0.1/"),
        ("https://１２７.0.0.1/", "https://127.0.0.1/"),
        ("https://as.ex\u{ad}ample/", "https://as.example/"),
        ("https://аpple.example/", "https://xn--pple-43d.example/"),
        ("https://as.example/a/../b", "https://as.example/b"),
        ("https://as.example/\u{202e}x", "https://as.example/%E2%80%AEx"),
        ("https://as.example/?a=\"<b>", "https://as.example/?a=%22%3Cb%3E"),
    ] {
        for name in ["verification_uri", "verification_uri_complete"] {
            let prompt = prompt(config(), &codes_saying(name, sent));
            let found = match name {
                "verification_uri" => prompt.verification_uri(),
                _ => prompt.verification_uri_complete().unwrap(),
            };
            assert_eq!(found, shown, "{name}");
            let parsed = url::Url::parse(found).unwrap();
            assert!(found.contains(parsed.host_str().unwrap()), "{found}");
            assert!(found.bytes().all(|it| it.is_ascii_graphic()), "{found}");
        }
    }
}

#[test]
fn d8_what_people_see_carries_no_control_characters() {
    let codes = codes_with("user_code", Some(r#""\u001b[31mWDJB\u202e-MJHT\u0007""#));
    assert_eq!(prompt(config(), &codes).user_code(), "[31mWDJB-MJHT");
    let codes = codes_with("message", Some(r#""Go to\r\n\u001b]0;x\u0007 https://as.example""#));
    assert_eq!(prompt(config(), &codes).message(), Some("Go to ]0;x https://as.example"));
    let codes = codes_with("verification_uri", Some(r#""https://as.example/\u001b[2J\u202e""#));
    assert!(prompt(config(), &codes).verification_uri().bytes().all(|it| it.is_ascii_graphic()));

    let mut bench = Bench::new(config());
    bench.next_request();
    bench.answer(
        400,
        r#"{"error":"bad\u001b[2J","error_description":"\u001b[31mred\u009b","error_uri":"javascript:x"}"#,
    );
    let failure = bench.failure();
    let Failure::Server(error) = &failure else { panic!() };
    assert_eq!((error.code().as_str(), error.description(), error.uri()), ("bad[2J", Some("[31mred"), None));
    assert!(!failure.to_string().contains(char::is_control));
}

/// What is not known to draw is not shown: a list of what is bad is never complete.
#[test]
fn d8_what_draws_nothing_is_not_shown() {
    for (sent, shown) in [
        ("A\u{2800}B", "AB"),
        ("A\u{3164}B\u{115f}", "AB"),
        ("A\u{16fe4}B", "AB"),
        ("A\u{e000}B\u{f8ff}", "AB"),
        ("A\u{fffc}\u{1d159}B", "AB"),
        ("A\u{378}B\u{fdd0}", "AB"),
        ("A\u{e0041}\u{fe0f}B", "AB"),
        ("A\u{200d}\u{61c}\u{2066}B", "AB"),
        ("A\u{3000}B", "A B"),
        ("אבג-123", "אבג-123"),
        ("ÄÖÜ-ñ", "ÄÖÜ-ñ"),
        ("あ☃1", "あ☃1"),
    ] {
        let prompt = prompt(config(), &codes_saying("user_code", sent));
        assert_eq!(prompt.user_code(), shown, "{}", sent.escape_unicode());
    }
    for blank in ["\u{2800}\u{2800}", "\u{3164}", "\u{e000}", "\u{301}", " \n"] {
        let missing = ProtocolErrorKind::MissingMember { name: "user_code" };
        assert_eq!(protocol_error(&codes_saying("user_code", blank)), missing);
    }
}

/// A heap of marks on one letter covers the lines around it.
#[test]
fn d8_marks_on_one_character_are_few() {
    let flood = format!("A{}B", "\u{301}".repeat(120));
    let codes = codes_saying("user_code", &flood);
    let shown = prompt(config(), &codes);
    let marks = |text: &str| text.chars().filter(|it| *it == '\u{301}').count();
    assert!((1..8).contains(&marks(shown.user_code())), "{}", marks(shown.user_code()));
    let message = prompt(config(), &codes_saying("message", &flood));
    assert!(marks(message.message().unwrap()) < 8);

    let mut bench = Bench::new(config());
    bench.next_request();
    let body = format!(r#"{{"error":"x","error_description":"{flood}"}}"#);
    bench.answer(400, &body);
    assert!(marks(&bench.failure().to_string()) < 8);
}

#[test]
fn what_a_prompt_is_made_of_for_tests_is_judged_as_a_servers_answer_is() {
    let prompt = Prompt::from_json(&codes_saying("user_code", "A\u{1b}B")).unwrap();
    assert_eq!(prompt.user_code(), "AB");
    for bad in [
        codes_saying("verification_uri", "javascript:x"),
        codes_with("device_code", None),
        r#"{"error":"invalid_client"}"#.to_owned(),
        r#"{"error":"slow_down"}"#.to_owned(),
    ] {
        let failure = Prompt::from_json(&bad).unwrap_err();
        assert_eq!(matches!(failure, Failure::Server(_)), bad.contains("error"), "{bad}");
    }
    let nothing = Prompt::from_json("").unwrap_err();
    let kind = ProtocolErrorKind::NotOAuth { status: 200 };
    assert!(matches!(nothing, Failure::Protocol(error) if *error.kind() == kind));
}

#[test]
fn what_an_error_is_made_of_for_tests_is_judged_as_a_servers_answer_is() {
    let uri = Some("https://as.example/help");
    let error = ServerError::new(Stage::Refresh, "invalid_grant", Some("a\u{1b}b\nc"), uri);
    assert_eq!(error.code(), &ErrorCode::INVALID_GRANT);
    assert_eq!((error.description(), error.uri()), (Some("ab c"), uri));
    assert_eq!((error.stage(), error.is_answer_lost()), (Stage::Refresh, false));
    let hostile = Some(r"https://\/known.example@evil.example/");
    let error = ServerError::new(Stage::Token, "\u{202e}", Some("\u{7}"), hostile);
    assert_eq!((error.description(), error.uri()), (None, None));
    assert_eq!(error.code(), &ErrorCode::new("unknown"));
    assert_eq!(ErrorCode::new("slow_down").as_str(), "slow_down");
}
