//! Clients that register themselves (RFC 7591).

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::time::{SystemTime, UNIX_EPOCH};

use common::*;
use device_flow_testserver::{Answer, Approval, Client, Endpoint, Options, Script, Server};
use serde_json::{Value, json};

/// A server that takes no client it does not know.
fn strict() -> Options {
    options().approval(Approval::AfterPolls(0)).client(Client::basic("printer", "s3cret"))
}

fn register_as(server: &Server, content_type: &str, body: &str) -> Response {
    let headers = [("content-type", content_type)];
    request(server, "POST", "/register", &headers, body)
}

fn register(server: &Server, metadata: &Value) -> Response {
    register_as(server, "application/json", &metadata.to_string())
}

fn client_id(response: &Response) -> String {
    assert_eq!(response.status, 201, "{}", response.text());
    response.json()["client_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_registered_client_signs_in_refreshes_and_revokes() {
    let server = start(strict());
    assert_eq!(post(&server, "/device_authorization", "client_id=made-up").error(), "invalid_client");
    let id = client_id(&register(&server, &json!({ "client_name": "Kitchen TV" })));
    let device = device_with(&server, &format!("client_id={id}&scope=openid"));
    let as_client = |body: &str| post(&server, "/token", &format!("{body}&client_id={id}"));
    let poll = format!("grant_type={}&device_code={}", encoded(DEVICE_CODE_GRANT), device.device_code);
    let tokens = as_client(&poll).json();
    let token = tokens["refresh_token"].as_str().unwrap();
    let refreshed = as_client(&format!("grant_type=refresh_token&refresh_token={token}")).json();
    let token = refreshed["refresh_token"].as_str().unwrap();
    let revoke = format!("client_id={id}&token={token}");
    assert_eq!(post(&server, "/revoke", &revoke).status, 200);
    assert!(!server.is_active(token));
}

#[test]
fn the_answer_has_the_id_the_time_and_the_metadata_as_it_was_registered() {
    let server = start(strict());
    let metadata = json!({
        "client_name": "Küchenfernseher",
        "client_uri": "https://tv.example/",
        "contacts": ["help@tv.example"],
        "scope": "openid profile",
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.2",
        "grant_types": [DEVICE_CODE_GRANT],
        "response_types": [],
        "token_endpoint_auth_method": "none",
    });
    let answer = register_as(&server, "Application/JSON; charset=utf-8", &format!(" \n{metadata}"));
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut registered = answer.json();
    let members = registered.as_object_mut().unwrap();
    let issued_at = members.remove("client_id_issued_at").unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!(now.as_secs() - issued_at.as_u64().unwrap() < 60);
    let id = members.remove("client_id").unwrap();
    assert!(id.as_str().unwrap().len() >= 32);
    assert_eq!(registered, metadata);
}

#[test]
fn what_was_left_open_is_filled_in_and_what_is_not_understood_is_ignored() {
    let server = start(strict());
    let metadata = json!({
        "application_type": "native", "client_name#fr": "Télé", "client_id": "mine", "client_secret": "mine",
        "software_statement": 1, "client_name": null,
    });
    let registered = register(&server, &metadata).json();
    assert_eq!(registered["token_endpoint_auth_method"], "none");
    assert_eq!(registered["grant_types"], json!([DEVICE_CODE_GRANT, "refresh_token"]));
    assert_eq!(registered["response_types"], json!([]));
    assert_ne!(registered["client_id"], "mine");
    assert_eq!(registered.as_object().unwrap().len(), 5, "{registered}");
}

#[test]
fn what_the_core_asks_for_is_registered() {
    use device_flow_core::{Call, ClientMetadata, Input, Machine as _, Output, Response, Timestamp};
    let server = start(strict());
    let endpoint = server.registration_endpoint();
    let metadata = ClientMetadata::new().client_name("TV").scope("openid");
    let mut call = Call::register(&endpoint, &metadata, true).unwrap();
    let asked = match call.poll_output(Timestamp::ZERO) {
        Output::Send(request) => Some((request.id(), request.body().to_vec())),
        _ => None,
    };
    let (id, body) = asked.unwrap();
    let body = String::from_utf8(body).unwrap();
    let answer = register_as(&server, "application/json", &body);
    let input = Input::Response(id, Response::new(answer.status, &answer.body));
    call.handle_input(Timestamp::ZERO, input).unwrap();
    let registered = call.into_outcome().unwrap().unwrap();
    assert_eq!(registered.client_id(), client_id(&answer));
    assert!(registered.client_secret().is_none());
}

#[test]
fn the_page_shows_the_name_a_client_gave_itself_escaped() {
    let server = start(strict().approval(Approval::Manual));
    let name = "<script>alert(1)</script>";
    let id = client_id(&register(&server, &json!({ "client_name": name })));
    let device = device_with(&server, &format!("client_id={id}"));
    let form = get(&server, "/device");
    let body = format!("form_token={}&user_code={}", form.input("form_token"), device.user_code);
    let page = post_with(&server, "/device", ("cookie", &form.cookie()), &body).text();
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains(name), "{page}");
}

#[test]
fn metadata_that_cannot_be_registered_is_refused() {
    let server = start(strict());
    for metadata in [
        json!({ "token_endpoint_auth_method": "client_secret_basic" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "grant_types": ["authorization_code"] }),
        json!({ "grant_types": ["refresh_token"] }),
        json!({ "grant_types": [] }),
        json!({ "grant_types": [DEVICE_CODE_GRANT, "implicit"] }),
        json!({ "response_types": ["code"] }),
        json!({ "client_name": 7 }),
        json!({ "contacts": "help@tv.example" }),
        json!({ "grant_types": DEVICE_CODE_GRANT }),
        json!({ "client_name": "n".repeat(1025) }),
        json!({ "scope": "s".repeat(1025) }),
        json!({ "contacts": vec!["c"; 17] }),
        json!({ "contacts": ["c".repeat(1025)] }),
        json!([]),
        json!(["TV", null, null, null, null, null, null, null, null]),
        json!("TV"),
        json!(null),
    ] {
        let answer = register(&server, &metadata);
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_client_metadata"), "{metadata}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let server = start(strict());
    let deep = format!("{{\"contacts\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
    for body in [
        "",
        "{",
        "{}{}",
        "{\"client_name\":\"a\",\"client_name\":\"b\"}",
        "{\"client_name\":\"\\ud800\"}",
        "\u{feff}{}",
        "client_name=TV",
        &deep,
    ] {
        let answer = register_as(&server, "application/json", body);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "invalid_client_metadata"),
            "{}",
            body.get(..40).unwrap_or(body)
        );
    }
    let mut connection = Connection::open(server.addr());
    let json = [("content-type", "application/json")];
    connection.send("POST", "/register", &json, b"{\"client_name\":\"\xff\"}");
    assert_eq!(connection.receive().unwrap().error(), "invalid_client_metadata");
    let huge = format!("{{\"client_name\":\"{}\"}}", "n".repeat(64 * 1024));
    assert_eq!(register_as(&server, "application/json", &huge).status, 413);
}

#[test]
fn what_is_ignored_may_be_as_deep_and_as_large_as_it_likes() {
    let server = start(strict());
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for ignored in [&deep, "1e999999", "-0", "\"\\ud800\""] {
        let body = format!("{{\"x\":{ignored},\"client_name\":\"TV\"}}");
        let answer = register_as(&server, "application/json", &body);
        client_id(&answer);
        assert!(answer.body.len() < 1024);
    }
}

#[test]
fn a_content_type_that_a_foreign_page_could_send_is_refused() {
    let server = start(strict());
    for content_type in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=application/json",
        "text/plain; application/json",
        "",
    ] {
        let answer = register_as(&server, content_type, "{}");
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{content_type}");
    }
    assert_eq!(request(&server, "POST", "/register", &[], "{}").error(), "invalid_request");
    assert_eq!(get(&server, "/register").status, 405);
}

#[test]
fn old_registrations_give_way_to_new_ones() {
    let server = start(strict().most_codes(20));
    let ask = |id: &str| post(&server, "/device_authorization", &format!("client_id={id}")).status;
    let first = client_id(&register(&server, &json!({})));
    assert_eq!(ask(&first), 200);
    let mut connection = Connection::open(server.addr());
    let mut newest = String::new();
    for _ in 0..20 {
        let json = [("content-type", "application/json")];
        connection.send("POST", "/register", &json, b"{}");
        newest = client_id(&connection.receive().unwrap());
    }
    assert_eq!(ask(&newest), 200);
    assert_eq!(ask(&first), 401);
}

#[test]
fn registration_can_be_scripted() {
    let script = Script::new().answer(Answer::oauth_error("unapproved_software_statement")).deny();
    let server = start(strict().script(Endpoint::Registration, script));
    let error = || register(&server, &json!({})).error();
    assert_eq!(error(), "unapproved_software_statement");
    assert_eq!(error(), "access_denied");
    client_id(&register(&server, &json!({})));
}
