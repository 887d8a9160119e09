//! What providers say in other words.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::time::Duration;

use common::*;
use device_flow_testserver::{Approval, Client, Dialect, Endpoint, ErrorWords, Members, Options, Script, Server};
use serde_json::{Value, json};

fn speaking(name: &str) -> Options {
    options().dialect(Dialect::named(name).unwrap())
}

fn path(server: &Server, endpoint: &str) -> String {
    endpoint.strip_prefix(&format!("http://{}", server.addr())).unwrap().to_owned()
}

fn ask(server: &Server, body: &str) -> Response {
    post_with(server, &path(server, &server.device_authorization_endpoint()), JSON, body)
}

fn send_poll(server: &Server, body: &str) -> Response {
    post_with(server, &path(server, &server.token_endpoint()), JSON, body)
}

const JSON: (&str, &str) = ("accept", "application/json");

fn device_code(response: &Value, member: &str) -> String {
    response[member].as_str().unwrap().to_owned()
}

/// Every error of a poll, with its status.
fn errors() -> Script {
    Script::new().pending(1).slow_down().deny().expire()
}

#[test]
fn github_answers_errors_with_success_and_writes_forms_unless_json_is_asked_for() {
    let server = start(speaking("github").every_code(errors()));
    assert!(server.token_endpoint().ends_with("/login/oauth/access_token"));
    let form = post(&server, "/login/device/code", "client_id=tv&scope=repo+user");
    assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded; charset=utf-8"));
    let members: Vec<(String, String)> = serde_urlencoded::from_bytes(&form.body).unwrap();
    let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["device_code", "expires_in", "interval", "user_code", "verification_uri"]);
    let poll = poll_body(&members[0].1);
    let pending = post(&server, "/login/oauth/access_token", &poll);
    assert_eq!(pending.status, 200);
    assert!(pending.text().starts_with("error=authorization_pending&error_description="));
    for expected in ["slow_down", "access_denied", "expired_token"] {
        let error = send_poll(&server, &poll);
        assert_eq!((error.status, error.error().as_str()), (200, expected));
    }
    assert_eq!(send_poll(&server, &poll_body("unknown")).error(), "incorrect_device_code");
}

#[test]
fn github_tells_the_new_interval_and_puts_commas_between_scopes() {
    let server = start(speaking("github").interval(Duration::from_secs(5)).approval(Approval::Manual));
    let answer = ask(&server, "client_id=tv&scope=repo+user").json();
    let poll = poll_body(&device_code(&answer, "device_code"));
    send_poll(&server, &poll);
    assert_eq!(send_poll(&server, &poll).json()["interval"], 10);
    assert_eq!(send_poll(&server, &poll).json()["interval"], 15);
    server.approve(answer["user_code"].as_str().unwrap());
    let tokens = send_poll(&server, &poll).json();
    assert_eq!((tokens["scope"].as_str(), tokens["token_type"].as_str()), (Some("repo,user"), Some("bearer")));
}

#[test]
fn google_spells_the_address_in_its_own_way_and_has_a_status_for_every_error() {
    let server = start(speaking("google").every_code(errors()));
    let answer = ask(&server, "client_id=tv").json();
    assert_eq!(answer["verification_url"], server.verification_uri());
    assert!(answer.get("verification_uri").is_none() && answer.get("verification_uri_complete").is_none());
    let poll = poll_body(&device_code(&answer, "device_code"));
    let statuses: Vec<_> = (0..4).map(|_| send_poll(&server, &poll).status).collect();
    assert_eq!(statuses, [428, 403, 403, 400]);
}

#[test]
fn microsoft_writes_a_message_and_has_its_own_word_for_a_refusal() {
    let server = start(speaking("microsoft").issuer_path("/common").every_code(Script::new().deny().approve()));
    let answer = ask(&server, "client_id=tv").json();
    let message = answer["message"].as_str().unwrap();
    let (code, uri) = (answer["user_code"].as_str().unwrap(), server.verification_uri());
    assert!(message.contains(&format!("open the page {uri} and enter the code {code} to")), "{message}");
    let poll = poll_body(&device_code(&answer, "device_code"));
    let error = send_poll(&server, &poll).json();
    assert_eq!((&error["error"], &error["error_codes"]), (&json!("authorization_declined"), &json!([70016])));
    assert!(error.get("interval").is_none());
    assert_eq!(send_poll(&server, &poll).json()["ext_expires_in"], 3600);
}

#[test]
fn facebook_has_another_protocol_with_numbers_for_errors() {
    let options = speaking("facebook").client(Client::post("1", "s|cret")).every_code(errors().approve());
    let server = start(options);
    let answer = ask(&server, "access_token=1%7Cs%7Ccret&scope=email,profile");
    assert_eq!(answer.header("content-type"), Some("text/javascript; charset=UTF-8"));
    let answer = answer.json();
    assert!(answer.get("device_code").is_none());
    let poll = format!("access_token=1%7Cs%7Ccret&code={}", device_code(&answer, "code"));
    for expected in [1_349_174, 1_349_172, 1_349_173, 1_349_152] {
        let error = send_poll(&server, &poll);
        assert_eq!((error.status, &error.json()["error"]["error_subcode"]), (400, &json!(expected)));
    }
    let tokens = send_poll(&server, &poll).json();
    assert!(tokens["access_token"].is_string() && tokens.get("token_type").is_none());
    assert_eq!(server.codes()[0].scope.as_deref(), Some("email profile"));
    assert_eq!(ask(&server, "access_token=1%7Cwrong").json()["error"]["code"], 100);
}

#[test]
fn trakt_says_everything_with_a_status() {
    let server = start(speaking("trakt").every_code(errors()));
    let answer = ask(&server, "client_id=tv").json();
    let poll = format!("client_id=tv&code={}", device_code(&answer, "device_code"));
    for expected in [400, 429, 418, 410] {
        let error = send_poll(&server, &poll);
        assert_eq!((error.status, error.body.as_slice(), error.header("content-type")), (expected, &b""[..], None));
    }
    assert_eq!(send_poll(&server, "client_id=tv&code=unknown").status, 404);
}

#[test]
fn twitch_puts_the_error_into_the_message_and_scopes_into_lists() {
    let server = start(speaking("twitch"));
    let answer = ask(&server, "client_id=tv&scopes=a+b").json();
    let poll = format!("{}&scopes=a+b", poll_body(&device_code(&answer, "device_code")));
    assert_eq!(send_poll(&server, &poll).json(), json!({ "status": 400, "message": "authorization_pending" }));
    let tokens = send_poll(&server, &poll).json();
    assert_eq!(tokens["scope"], json!(["a", "b"]));
    let refresh =
        format!("grant_type=refresh_token&client_id=tv&refresh_token={}", device_code(&tokens, "refresh_token"));
    assert_eq!(send_poll(&server, &refresh).json()["scope"], json!(["a", "b"]));
}

#[test]
fn salesforce_takes_both_requests_at_one_endpoint() {
    let server = start(speaking("salesforce"));
    assert_eq!(server.device_authorization_endpoint(), server.token_endpoint());
    let answer = ask(&server, "client_id=tv&response_type=device_code").json();
    assert!(answer.get("expires_in").is_none());
    let poll = format!("grant_type=device&client_id=tv&code={}", device_code(&answer, "device_code"));
    assert_eq!(send_poll(&server, &poll).error(), "authorization_pending");
    assert!(send_poll(&server, &poll).json().get("expires_in").is_none());
    assert_eq!(ask(&server, "client_id=tv&response_type=token").error(), "invalid_request");
}

#[test]
fn amazon_wants_both_codes_in_a_poll() {
    let server = start(speaking("amazon"));
    assert_eq!(ask(&server, "client_id=tv").error(), "invalid_request", "response_type is missing");
    let ask = || ask(&server, "client_id=tv&response_type=device_code").json();
    let (answer, other) = (ask(), ask());
    let poll = format!("grant_type=device_code&client_id=tv&device_code={}", device_code(&answer, "device_code"));
    assert_eq!(send_poll(&server, &poll).error(), "invalid_request");
    let foreign = format!("{poll}&user_code={}", other["user_code"].as_str().unwrap());
    assert_eq!(send_poll(&server, &foreign).error(), "invalid_grant");
    let poll = format!("{poll}&user_code={}", answer["user_code"].as_str().unwrap());
    assert_eq!(send_poll(&server, &poll).error(), "authorization_pending");
    assert_eq!(send_poll(&server, &poll).status, 200);
}

#[test]
fn the_standard_names_are_unknown_where_a_dialect_has_its_own() {
    for (name, grant_type) in [("yandex", "device_code"), ("baidu", "device_token"), ("huawei", "device_code")] {
        let server = start(speaking(name));
        let code = device_code(&ask(&server, "client_id=tv&response_type=device_code").json(), "device_code");
        let standard = format!("grant_type={grant_type}&client_id=tv&device_code={code}");
        assert_eq!(send_poll(&server, &standard).error(), "invalid_request", "{name}");
        assert_eq!(send_poll(&server, &poll_body(&code)).error(), "unsupported_grant_type", "{name}");
        let own = format!("grant_type={grant_type}&client_id=tv&code={code}");
        assert_eq!(send_poll(&server, &own).status, 400, "{name}");
        assert_eq!(send_poll(&server, &own).status, 200, "{name}");
    }
}

#[test]
fn a_dialect_of_ones_own_has_every_part_that_the_named_ones_are_made_of() {
    let dialect = Dialect::rfc8628()
        .paths("/d", "/t")
        .device_code_parameter("dc")
        .scope_parameter("s")
        .scope_separator(";")
        .grant_types(&["poll"])
        .numbers_as_strings()
        .content_type("text/plain")
        .device_answer(Members::new().rename("user_code", "uc").set("hint", "{user_code}"))
        .token_answer(Members::new().omit("refresh_token"))
        .error_status(418)
        .error_body(
            json!({ "why": "{error_description}", "what": "{error}", "http": "{status}", "wait": "{interval}" }),
        )
        .error("authorization_pending", ErrorWords::new().status(202).code("not_yet"))
        .error("slow_down", ErrorWords::new().body(Value::Null));
    let script = Script::new().slow_down_to(7).pending(1).step(device_flow_testserver::Step::approve());
    let server = start(options().dialect(dialect).every_code(script));
    let answer = post(&server, "/d", "client_id=tv&s=a;b");
    assert_eq!(answer.header("content-type"), Some("text/plain"));
    let answer = answer.json();
    assert_eq!((&answer["expires_in"], &answer["interval"]), (&json!("600"), &json!("0")));
    assert_eq!(answer["hint"], answer["uc"]);
    let poll = format!("grant_type=poll&client_id=tv&dc={}", device_code(&answer, "device_code"));
    assert_eq!(post(&server, "/t", &poll).body, b"");
    let pending = post(&server, "/t", &poll);
    let expected = json!({ "why": "the user has not decided yet", "what": "not_yet", "http": 202 });
    assert_eq!((pending.status, pending.json()), (202, expected));
    let tokens = post(&server, "/t", &poll).json();
    assert_eq!((&tokens["scope"], &tokens["expires_in"]), (&json!("a;b"), &json!("3600")));
    assert!(tokens.get("refresh_token").is_none());
    let metadata = get(&server, "/.well-known/openid-configuration").json();
    assert_eq!(metadata["token_endpoint"], server.token_endpoint());
    assert_eq!(metadata["grant_types_supported"], json!(["poll", "refresh_token"]));
    assert_eq!(get(&server, "/token").status, 404);
}

#[test]
fn a_scripted_error_and_one_too_many_are_put_in_the_dialect_too() {
    let script = Script::new().slow_down();
    let server = start(speaking("twitch").most_codes(1).script(Endpoint::DeviceAuthorization, script));
    assert_eq!(ask(&server, "client_id=tv").json()["message"], "slow_down");
    assert_eq!(ask(&server, "client_id=tv").status, 200);
    let refused = ask(&server, "client_id=tv");
    assert_eq!(refused.json(), json!({ "status": 503, "message": "temporarily_unavailable" }));
    assert!(refused.header("retry-after").is_some());
}

#[test]
fn a_path_without_a_slash_is_a_mistake() {
    let error = Server::start(options().dialect(Dialect::rfc8628().paths("/d", "t"))).unwrap_err();
    assert_eq!(error.to_string(), "a dialect's paths start with a slash");
}
