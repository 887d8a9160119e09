//! What the server tells about what it received and did.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::*;
use device_flow_testserver::{Approval, Decider, Event, Script, Server};

#[test]
fn requests_are_kept_with_headers_parameters_connection_and_time() {
    let server = start(options());
    let mut connection = Connection::open(server.addr());
    connection.send_form("/device_authorization", "client_id=tv&scope=a+b&x=%26");
    connection.receive().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    connection.send("GET", "/device?user_code=AB%20C", &[("x-custom", "yes")], b"");
    connection.receive().unwrap();
    get(&server, "/.well-known/openid-configuration");

    let requests = server.requests();
    assert_eq!(requests.iter().map(|request| request.connection).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(server.connections(), 2);
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("POST", "/device_authorization"));
    assert_eq!(requests[0].parameter("scope"), Some("a b"));
    assert_eq!(requests[0].parameter("x"), Some("&"));
    assert_eq!(requests[0].parameter("missing"), None);
    assert_eq!(requests[0].body, b"client_id=tv&scope=a+b&x=%26");
    assert_eq!(requests[1].header("x-custom"), Some("yes"));
    assert_eq!(requests[1].path, "/device");
    assert_eq!(requests[1].query, [("user_code".to_owned(), "AB C".to_owned())]);
    assert!(requests[1].arrived - requests[0].arrived >= Duration::from_millis(20));

    assert_eq!(server.requests_to("/device_authorization").len(), 1);
    assert!(server.wait_for_requests(3, Duration::ZERO));
    assert!(!server.wait_for_requests(4, Duration::from_millis(10)));
    server.clear_requests();
    assert!(server.requests().is_empty());
}

#[test]
fn an_observer_sees_a_sign_in_step_by_step_and_no_secret() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let observer = move |event: &Event| sink.lock().unwrap().push(event.clone());
    let server = start(options().observer(observer).code(Script::new().pending(1).approve()));
    let device = device(&server);
    poll(&server, &device);
    let tokens = poll(&server, &device).json();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    post(&server, "/revoke", &format!("client_id=tv&token={refresh_token}"));

    let user_code = device.user_code.clone();
    let event = |number, answer| Event::Poll { user_code: user_code.clone(), number, answer };
    let seen = seen.lock().unwrap().clone();
    let expected = [
        Event::DeviceAuthorization {
            client_id: "tv".to_owned(),
            scope: Some("openid profile".to_owned()),
            user_code: user_code.clone(),
        },
        event(1, "authorization_pending"),
        Event::Approved { user_code: user_code.clone(), by: Decider::Server },
        event(2, "tokens"),
        Event::Revoked { client_id: "tv".to_owned() },
    ];
    assert_eq!(seen, expected);
    let text = format!("{seen:?}");
    assert!(!text.contains(&device.device_code) && !text.contains(refresh_token));
}

#[test]
fn an_observer_sees_what_becomes_of_tokens_and_clients_and_no_secret() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let observer = move |event: &Event| sink.lock().unwrap().push(event.clone());
    let server = start(options().approval(Approval::AfterPolls(0)).observer(observer));
    let first = tokens(&server, "openid");
    seen.lock().unwrap().clear();
    let second = refresh(&server, &first, "").json();
    let access_token = second["access_token"].as_str().unwrap();
    let bearer = format!("Bearer {access_token}");
    request(&server, "GET", "/userinfo", &[("authorization", &bearer)], "");
    let asked = format!("client_id=tv&token={access_token}&token_type_hint=access_token");
    post(&server, "/introspect", &asked);
    refresh(&server, &first, "");
    post(&server, "/introspect", &asked);
    let json = [("content-type", "application/json")];
    let metadata = r#"{"client_name":"TV"}"#;
    let registered = request(&server, "POST", "/register", &json, metadata).json();

    let client_id = || "tv".to_owned();
    let introspected = |is_active| Event::Introspected { client_id: client_id(), is_active };
    let expected = [
        Event::Refreshed { client_id: client_id() },
        Event::Userinfo { client_id: client_id() },
        introspected(true),
        Event::RefreshTokenReused { client_id: client_id() },
        introspected(false),
        Event::Registered {
            client_id: registered["client_id"].as_str().unwrap().to_owned(),
            client_name: Some("TV".to_owned()),
        },
    ];
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen, expected);
    let text = format!("{seen:?} {:?}", server.requests());
    for tokens in [&first, &second] {
        for name in ["access_token", "refresh_token"] {
            assert!(!text.contains(tokens[name].as_str().unwrap()), "{text}");
        }
    }
    assert!(text.contains("\"token_type_hint\": \"access_token\""));
}

#[test]
fn an_observer_may_call_the_server_and_drop_it() {
    let slot: Arc<Mutex<Option<Server>>> = Arc::default();
    let inner = Arc::clone(&slot);
    let observer = move |event: &Event| {
        if let Event::DeviceAuthorization { user_code, .. } = event {
            let server = inner.lock().unwrap().take().unwrap();
            assert!(server.approve(user_code));
        }
    };
    let server = start(options().observer(observer));
    let mut connection = Connection::open(server.addr());
    *slot.lock().unwrap() = Some(server);
    connection.send_form("/device_authorization", "client_id=tv");
    let _ = connection.read_to_end();
    assert!(slot.lock().unwrap().is_none());
}

#[test]
fn a_server_can_be_started_and_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let server = start(options());
        let mut stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
        let request = b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"));
        drop(server);
    });
}
