//! D8: a server must not steer the terminal of the person who signs in.

use device_flow_testserver::{Answer, Endpoint, Script, Step};
use serde_json::{Value, json};

use crate::bench::{Program, Run, at_once, options, over_both, start};

const EVIL: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\r\n\u{8}\u{7f}\u{e0041}";

fn evil(text: &str) -> String {
    format!("{text}{EVIL}{text}")
}

fn device(value: &Value) -> Script {
    Script::new().answer(Answer::json(200, value.to_string()))
}

/// In both formats, over both transports.
fn each(script: &Script, endpoint: Option<Endpoint>, check: impl Fn(&Run) + Sync) {
    over_both(|transport| {
        at_once([false, true], |is_json| {
            let options = match endpoint {
                Some(endpoint) => options().script(endpoint, script.clone()),
                None => options().every_code(script.clone()),
            };
            let server = start(options);
            let mut program = Program::login(&server, transport);
            if is_json {
                program = program.json();
            }
            let run = program.run();
            run.is_tidy();
            check(&run);
        });
    });
}

#[test]
fn a_prompt_shows_nothing_that_steers() {
    let answer = json!({
        "device_code": "d",
        "user_code": evil("WDJB"),
        "verification_uri": "https://as.example/device",
        "verification_uri_complete": format!("https://as.example/device?{}", evil("x")),
        "message": evil("Hello"),
        "expires_in": 1,
        "interval": 1,
    });
    each(&device(&answer), Some(Endpoint::DeviceAuthorization), |run| {
        // Cleaned and shown, or refused.
        assert!(matches!(run.code, Some(4 | 7)), "{run:?}");
    });
}

#[test]
fn d7_an_address_that_nobody_should_open_is_not_shown() {
    for address in ["javascript:alert(1)", "file:///etc/passwd", "http://as.example/device"] {
        let answer = json!({"device_code": "d", "user_code": "WDJB", "verification_uri": address});
        each(&device(&answer), Some(Endpoint::DeviceAuthorization), |run| {
            assert_eq!(run.code, Some(7), "{run:?}");
            assert!(!run.stderr.contains(address) && !run.stdout.contains(address), "{run:?}");
        });
    }
}

#[test]
fn an_error_shows_nothing_that_steers() {
    let answer = json!({
        "error": evil("invalid"),
        "error_description": evil("description"),
        "error_uri": format!("https://as.example/{}", evil("why")),
    });
    let script = Script::new().answer(Answer::json(400, answer.to_string()));
    each(&script, Some(Endpoint::DeviceAuthorization), |run| {
        assert_eq!(run.code, Some(7), "{run:?}");
        assert!(run.stderr.contains("description"), "{run:?}");
    });
    each(&script, None, |run| {
        assert_eq!(run.code, Some(7), "{run:?}");
    });
}

#[test]
fn metadata_shows_nothing_that_steers() {
    over_both(|transport| {
        let metadata = json!({"issuer": evil("https://as.example/"), "device_authorization_endpoint": evil("https://x/"),
                              "token_endpoint": "https://as.example/token"});
        let script = Script::new().always(Step::answer(Answer::json(200, metadata.to_string())));
        let server = start(options().script(Endpoint::Metadata, script));
        let run = Program::bare_login(transport).json().option("--issuer", server.issuer()).run();
        run.ended("failed", 7);
    });
}

#[test]
fn tokens_in_json_are_ascii() {
    let answer = json!({
        "access_token": "at",
        "token_type": evil("Bearer"),
        "scope": evil("read"),
        "refresh_token": "rt",
        evil("name"): {"text": evil("value"), "list": [evil("more")]},
    });
    let script = Script::new().answer(Answer::json(200, answer.to_string()));
    each(&script, None, |run| {
        if run.code == Some(0) {
            assert!(run.stdout.is_ascii(), "{run:?}");
        } else {
            assert_eq!(run.code, Some(7), "{run:?}");
        }
    });
    // Told as they are, in a harmless spelling.
    let server = start(
        options()
            .code(Script::new().answer(Answer::json(200, json!({"access_token": "at", "note": EVIL}).to_string()))),
    );
    let run = Program::login(&server, "ureq").json().run();
    assert_eq!(run.ended("authorized", 0)["extra"], json!({"note": EVIL}));
}
