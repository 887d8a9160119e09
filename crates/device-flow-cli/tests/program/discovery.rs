//! Finding the endpoints by the issuer.

use device_flow_testserver::{Answer, Approval, Endpoint, Options, Script, Step};
use serde_json::json;

use crate::bench::{Program, Run, options, over_both, start};

fn quick() -> Options {
    options().approval(Approval::AfterPolls(0))
}

fn login(issuer: &str, transport: &str) -> Run {
    Program::bare_login(transport).json().option("--issuer", issuer).run()
}

/// K6
#[test]
fn an_issuer_is_enough() {
    over_both(|transport| {
        for path in ["", "/tenant"] {
            let server = start(quick().issuer_path(path));
            login(&server.issuer(), transport).ended("authorized", 0);
        }
    });
}

#[test]
fn openid_metadata_will_do() {
    over_both(|transport| {
        let script = Script::new().answer(Answer::new(404));
        let server = start(quick().script(Endpoint::Metadata, script));
        login(&server.issuer(), transport).ended("authorized", 0);
    });
}

#[test]
fn k6_metadata_of_another_issuer_is_refused() {
    over_both(|transport| {
        let metadata = json!({
            "issuer": "https://another.example",
            "device_authorization_endpoint": "https://another.example/da",
            "token_endpoint": "https://another.example/token",
        });
        let script = Script::new().always(Step::answer(Answer::json(200, metadata.to_string())));
        let server = start(quick().script(Endpoint::Metadata, script));
        let run = login(&server.issuer(), transport);
        let failed = run.ended("failed", 7);
        assert_eq!(failed["kind"], "protocol");
        let description = failed["description"].as_str().unwrap();
        assert!(description.contains("https://another.example") && description.contains(&server.issuer()), "{run:?}");
    });
}

#[test]
fn a_place_without_metadata_is_told() {
    over_both(|transport| {
        let script = Script::new().always(Step::answer(Answer::html(404, "<h1>Not found</h1>")));
        let server = start(quick().script(Endpoint::Metadata, script));
        let run = login(&server.issuer(), transport);
        let failed = run.ended("failed", 7);
        assert_eq!(failed["kind"], "protocol");
        assert!(failed["description"].as_str().unwrap().contains("404"), "{run:?}");
        assert!(run.stderr.contains("help: check the address"), "{run:?}");
    });
}

#[test]
fn a_server_without_device_sign_in_is_told() {
    over_both(|transport| {
        let server = start(quick());
        let metadata = json!({"issuer": server.issuer(), "token_endpoint": server.token_endpoint()});
        let answer = Step::answer(Answer::json(200, metadata.to_string()));
        server.script(Endpoint::Metadata, Script::new().always(answer));
        let run = login(&server.issuer(), transport);
        assert_eq!(run.ended("failed", 7)["kind"], "protocol");
        assert!(run.stderr.contains("--device-authorization-endpoint"), "{run:?}");
    });
}

#[test]
fn trouble_on_the_way_to_the_metadata_is_told_and_passes() {
    over_both(|transport| {
        let script = Script::new().answer(Answer::new(503));
        let server = start(quick().script(Endpoint::Metadata, script));
        let run = login(&server.issuer(), transport);
        run.ended("authorized", 0);
        assert_eq!(run.events()[0], json!({"event": "retrying", "reason": "http_status", "next_poll_in": 1}));
        assert!(run.stderr.contains("(metadata endpoint); trying again"), "{run:?}");
    });
}

#[test]
fn an_issuer_that_cannot_be_one_is_a_usage_error() {
    for issuer in ["", "as.example", "http://as.example", "https://as.example/?query", "javascript:alert(1)"] {
        let failed = login(issuer, "ureq").ended("failed", 2);
        assert_eq!(failed["kind"], "config", "{issuer}");
    }
}
