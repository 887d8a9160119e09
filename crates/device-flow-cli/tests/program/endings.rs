//! Every way a sign-in ends, with its line and its exit code.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use device_flow_testserver::{Answer, Approval, Endpoint, Fault, Options, Script, Step, Tls};
use serde_json::json;

use crate::bench::{Program, options, over_both, start};

#[test]
fn approval_ends_with_the_tokens_and_0() {
    over_both(|transport| {
        let server = start(options().approval(Approval::AfterPolls(1)));
        let run = Program::login(&server, transport).json().run();
        let tokens = run.ended("authorized", 0);
        assert!(server.is_active(tokens["access_token"].as_str().unwrap()));
        assert!(run.stderr.contains("Signed in."), "{run:?}");
    });
}

#[test]
fn denial_ends_with_3() {
    over_both(|transport| {
        let server = start(options().code(Script::new().deny()));
        let run = Program::login(&server, transport).json().run();
        assert_eq!(run.ended("denied", 3), json!({"event": "denied"}));
        assert!(run.stderr.contains("denied"), "{run:?}");
    });
}

#[test]
fn expiry_told_by_the_server_ends_with_4() {
    over_both(|transport| {
        let server = start(options().code(Script::new().expire()));
        let run = Program::login(&server, transport).json().run();
        assert_eq!(run.ended("expired", 4), json!({"event": "expired"}));
        assert!(run.stderr.contains("run out"), "{run:?}");
    });
}

/// P6: nobody has to tell the program that the code has run out.
#[test]
fn expiry_by_the_own_clock_ends_with_4() {
    over_both(|transport| {
        let server = start(options().approval(Approval::Manual).expires_in(Duration::from_secs(2)));
        let run = Program::login(&server, transport).json().run();
        run.ended("expired", 4);
        assert_eq!(server.requests_to("/token").len(), 1);
    });
}

/// P6: where nobody could be asked, nobody knows whether somebody approved.
#[test]
fn a_code_that_ran_out_without_an_answer_to_any_poll_ends_with_6_and_says_why() {
    over_both(|transport| {
        let brief = options().expires_in(Duration::from_secs(2));
        let server = start(brief.approval(Approval::AfterPolls(0)));
        // Its authority is not known here.
        let elsewhere = start(options().tls(Tls::new()));
        let run = Program::login_at(&server.device_authorization_endpoint(), &elsewhere.token_endpoint(), transport)
            .json()
            .run();
        let failed = run.ended("failed", 6);
        assert_eq!(failed["kind"], "network");
        assert_eq!(failed["error"], "tls");
        let description = failed["description"].as_str().unwrap();
        let why = "no poll was ever answered: the TLS handshake failed: ";
        assert!(description.contains(why), "{run:?}");
        assert!(run.stderr.contains(why), "{run:?}");
        assert!(run.stderr.contains("--ca-cert"), "{run:?}");
    });
}

#[test]
fn a_code_that_ran_out_behind_a_broken_gateway_ends_with_6_too() {
    over_both(|transport| {
        let trouble = Step::answer(Answer::html(503, "<h1>Back soon</h1>"));
        let server = start(options().expires_in(Duration::from_secs(2)).code(Script::new().always(trouble)));
        let run = Program::login(&server, transport).json().run();
        let failed = run.ended("failed", 6);
        assert_eq!(failed["error"], "http_status");
        let description = failed["description"].as_str().unwrap();
        assert!(description.ends_with("HTTP status 503"), "{run:?}");
    });
}

/// The server has answered, so what came after is no reason.
#[test]
fn expiry_after_an_answered_poll_ends_with_4_whatever_came_after() {
    over_both(|transport| {
        let trouble = Step::answer(Answer::html(503, "<h1>Back soon</h1>"));
        let server = start(options().expires_in(Duration::from_secs(3)).code(Script::new().pending(1).always(trouble)));
        let run = Program::login(&server, transport).json().run();
        run.ended("expired", 4);
        assert!(server.requests_to("/token").len() > 1, "{run:?}");
    });
}

/// T6.
#[test]
fn a_missing_id_token_is_worth_a_word_and_no_failure() {
    over_both(|transport| {
        let token = r#"{"access_token":"at","token_type":"Bearer"}"#;
        let server = start(options().code(Script::new().answer(Answer::json(200, token))));
        let run = Program::login(&server, transport).json().option("--scope", "openid").run();
        assert_eq!(run.ended("authorized", 0)["id_token"], json!(null));
        let mut notes = run.stderr.lines();
        assert!(notes.any(|line| line.starts_with("note: the server sent no ID token")), "{run:?}");
    });
}

#[test]
fn the_time_limit_ends_with_5() {
    over_both(|transport| {
        let server = start(options().approval(Approval::Manual));
        let begin = Instant::now();
        let run = Program::login(&server, transport).json().option("--timeout", "1").run();
        assert_eq!(run.ended("cancelled", 5), json!({"event": "cancelled"}));
        assert!(begin.elapsed() < Duration::from_secs(3), "{run:?}");
        assert!(run.stderr.contains("--timeout"), "{run:?}");
    });
}

#[test]
fn the_time_limit_cuts_a_hanging_request_short() {
    over_both(|transport| {
        let hang = Script::new().fault(Fault::Hang(Duration::from_secs(20)));
        let server = start(options().script(Endpoint::DeviceAuthorization, hang));
        let begin = Instant::now();
        let run = Program::login(&server, transport).json().option("--timeout", "1").run();
        run.ended("cancelled", 5);
        assert!(begin.elapsed() < Duration::from_secs(3), "{run:?}");
    });
}

/// D9: a first request that nobody answers is tried again a few times.
#[test]
fn silence_ends_with_6() {
    over_both(|transport| {
        // A port that was free a moment ago refuses connections.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let run = Program::login_at(
            &format!("http://{port}/device_authorization"),
            &format!("http://{port}/token"),
            transport,
        )
        .json()
        .run();
        let failed = run.ended("failed", 6);
        assert_eq!(failed["kind"], "network");
        assert_eq!(failed["error"], "connect");
        let description = failed["description"].as_str().unwrap();
        assert!(description.contains("no connection to the server: nobody is listening there"), "{run:?}");
        assert_eq!(failed["uri"], json!(null));
        let retries = run.events();
        assert_eq!(retries.len(), 4, "{run:?}");
        assert!(run.stderr.contains("help: check the address"), "{run:?}");
    });
}

#[test]
fn refusal_by_the_server_ends_with_7_and_its_words() {
    let refusal =
        r#"{"error":"unauthorized_client","error_description":"not you","error_uri":"https://as.example/why"}"#;
    over_both(|transport| {
        let script = Script::new().answer(Answer::json(400, refusal));
        let server = start(options().script(Endpoint::DeviceAuthorization, script));
        let run = Program::login(&server, transport).json().run();
        assert_eq!(
            run.ended("failed", 7),
            json!({"event": "failed", "kind": "server", "error": "unauthorized_client", "description": "not you",
                   "uri": "https://as.example/why"})
        );
        for said in ["unauthorized_client", "not you", "https://as.example/why", "help: ask those who run the server"] {
            assert!(run.stderr.contains(said), "{said}: {run:?}");
        }
    });
}

#[test]
fn refusal_while_polling_ends_with_7() {
    over_both(|transport| {
        let script = Script::new().answer(Answer::oauth_error("invalid_grant"));
        let server = start(options().code(script));
        let run = Program::login(&server, transport).json().run();
        let failed = run.ended("failed", 7);
        assert_eq!(failed["kind"], "server");
        assert_eq!(failed["error"], "invalid_grant");
        assert_eq!(failed["description"], json!(null));
    });
}

#[test]
fn an_answer_against_the_protocol_ends_with_7() {
    over_both(|transport| {
        for answer in [
            Answer::html(200, "<h1>Welcome</h1>"),
            Answer::json(200, "{}"),
            Answer::redirect(307, "http://127.0.0.1:1/elsewhere"),
        ] {
            let script = Script::new().answer(answer);
            let server = start(options().script(Endpoint::DeviceAuthorization, script));
            let run = Program::login(&server, transport).json().run();
            let failed = run.ended("failed", 7);
            assert_eq!(failed["kind"], "protocol");
            assert!(failed["description"].is_string(), "{run:?}");
            assert_eq!(failed["error"], json!(null));
            assert_eq!(failed["uri"], json!(null));
        }
    });
}

/// T8: nothing larger than the limit is read.
#[test]
fn an_answer_without_end_ends_with_7() {
    over_both(|transport| {
        let script = Script::new().fault(Fault::Endless);
        let server = start(options().script(Endpoint::DeviceAuthorization, script));
        let run = Program::login(&server, transport).json().run();
        assert_eq!(run.ended("failed", 7)["kind"], "protocol");
    });
}

/// K8: the address of a stranger is not asked over http.
#[test]
fn what_cannot_work_ends_with_2() {
    over_both(|transport| {
        for (device, description) in [
            ("http://as.example/device_authorization", "neither https nor http on loopback"),
            ("ftp://127.0.0.1/", "neither https"),
            ("device_authorization", "not an absolute URL"),
            ("https://user:secret@as.example/", "user name or a password"),
        ] {
            let run = Program::login_at(device, "https://as.example/token", transport).json().run();
            let failed = run.ended("failed", 2);
            assert_eq!(failed["kind"], "config");
            let said = failed["description"].as_str().unwrap();
            assert!(said.contains(description), "{run:?}");
            assert!(run.stderr.contains("help:"), "{run:?}");
            assert!(!run.stderr.contains("secret"), "{run:?}");
        }
    });
}

/// Trouble while polling is no end: P4, P15.
#[test]
fn trouble_while_polling_is_told_and_passes() {
    over_both(|transport| {
        let script = Script::new().answer(Answer::html(503, "<h1>Back soon</h1>")).step(Step::approve());
        let server = start(options().code(script));
        let run = Program::login(&server, transport).json().run();
        run.ended("authorized", 0);
        let events = run.events();
        assert_eq!(events[1], json!({"event": "retrying", "reason": "http_status", "next_poll_in": 3}), "{run:?}");
        assert!(run.stderr.contains("HTTP status 503; trying again in 2.1 s."), "{run:?}");
    });
}

#[test]
fn a_first_request_that_got_lost_is_sent_again() {
    over_both(|transport| {
        let script = Script::new().fault(Fault::Close);
        let server = start(options().approval(Approval::AfterPolls(0)).script(Endpoint::DeviceAuthorization, script));
        let run = Program::login(&server, transport).json().run();
        run.ended("authorized", 0);
        assert_eq!(run.events()[0]["event"], "retrying", "{run:?}");
    });
}

#[cfg(unix)]
#[test]
fn http_beyond_loopback_is_there_for_those_who_ask_by_name() {
    let server = start(Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(0)));
    let port = server.addr().port();
    // The address of "this host" is reachable, and no loopback address.
    let login = || {
        Program::login_at(
            &format!("http://0.0.0.0:{port}/device_authorization"),
            &format!("http://0.0.0.0:{port}/token"),
            "ureq",
        )
        .json()
    };
    login().run().ended("failed", 2);
    assert!(server.requests().is_empty());
    login().flag("--allow-http").run().ended("authorized", 0);
}
