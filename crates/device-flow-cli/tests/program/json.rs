//! The lines of `--format json`, field by field.

use std::time::Duration;

use device_flow_testserver::{Answer, Approval, Endpoint, Script};
use serde_json::{Value, json};

use crate::bench::{Program, options, over_both, start};

fn fields(event: &Value) -> Vec<&str> {
    event.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_prompt_and_tokens_have_all_their_fields() {
    over_both(|transport| {
        let server = start(options().approval(Approval::AfterPolls(0)));
        let run = Program::login(&server, transport).json().option("--scope", "openid").run();
        let tokens = run.ended("authorized", 0);
        let prompt = &run.events()[0];
        assert_eq!(run.events().len(), 2, "{run:?}");

        let code = &server.user_codes()[0];
        assert_eq!(
            fields(prompt),
            [
                "event",
                "expires_in",
                "interval",
                "message",
                "user_code",
                "verification_uri",
                "verification_uri_complete"
            ]
        );
        assert_eq!(prompt["event"], "prompt");
        assert_eq!(prompt["user_code"], code.as_str());
        assert_eq!(prompt["verification_uri"], server.verification_uri());
        assert_eq!(prompt["verification_uri_complete"], format!("{}?user_code={code}", server.verification_uri()));
        assert_eq!(prompt["expires_in"], 600);
        assert_eq!(prompt["interval"], 1);
        assert_eq!(prompt["message"], json!(null));

        assert_eq!(
            fields(&tokens),
            ["access_token", "event", "expires_in", "extra", "id_token", "refresh_token", "scope", "token_type"]
        );
        for token in ["access_token", "refresh_token", "id_token"] {
            assert!(tokens[token].is_string(), "{tokens}");
        }
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 3600);
        assert_eq!(tokens["scope"], json!(["openid"]));
        assert_eq!(tokens["extra"], json!({}));
    });
}

#[test]
fn what_the_server_did_not_tell_is_null() {
    over_both(|transport| {
        let device = r#"{"device_code":"d","user_code":"WDJB-MJHT","verification_url":"https://as.example/device","interval":1,
                         "message":"Visit us"}"#;
        let server =
            start(options().script(Endpoint::DeviceAuthorization, Script::new().answer(Answer::json(200, device))));
        let mut running = Program::login(&server, transport).json().start();
        assert_eq!(
            running.wait_for("prompt"),
            json!({"event": "prompt", "user_code": "WDJB-MJHT", "verification_uri": "https://as.example/device",
                   "verification_uri_complete": null, "expires_in": null, "interval": 1, "message": "Visit us"})
        );
        // The server does not know this code.
        running.finish().ended("failed", 7);
    });
}

#[test]
fn bare_tokens_have_all_their_fields_too() {
    over_both(|transport| {
        let token = "{\"access_token\":\"at\",\n \"api\":{\n\"url\":\"https://x.example\"}}";
        let server = start(options().code(Script::new().answer(Answer::json(200, token))));
        let run = Program::login(&server, transport).json().run();
        assert_eq!(
            run.ended("authorized", 0),
            json!({"event": "authorized", "access_token": "at", "token_type": "Bearer", "expires_in": null,
                   "refresh_token": null, "id_token": null, "scope": null,
                   "extra": {"api": {"url": "https://x.example"}}})
        );
    });
}

#[test]
fn what_the_contract_does_not_name_is_no_line() {
    let server = start(options().code(Script::new().slow_down()));
    let run = Program::login(&server, "ureq").json().option("--timeout", "2").run();
    run.ended("cancelled", 5);
    let names: Vec<_> = run.events().iter().map(|it| it["event"].clone()).collect();
    assert_eq!(names, ["prompt", "cancelled"]);
    assert!(run.stderr.contains("asked less often; asking again in 6.3 s"), "{run:?}");
}

#[test]
fn people_are_told_beside_json_too() {
    let server = start(options().approval(Approval::Manual).expires_in(Duration::from_secs(1)));
    let run = Program::login(&server, "ureq").json().run();
    run.ended("expired", 4);
    assert!(run.stderr.contains(&server.user_codes()[0]), "{run:?}");
}
