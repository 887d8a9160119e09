//! What requests look like when they arrive.

use crate::bench::{client, config, options, polled, start};
use device_flow_core::{ClientAuthentication, Outcome, Stage};
use device_flow_testserver::{Client, Request, Script};
use transport_tests::{Settings, Transport};

fn first_request<T: Transport>(client: &T) -> Request {
    let server = start(options());
    client.exchange(config(&server)).unwrap();
    server.requests().remove(0)
}

/// D1.
pub(crate) fn requests_carry_what_the_protocol_asks_for_once_each<T: Transport>() {
    let request = first_request(&client::<T>());
    assert_eq!(request.method, "POST");
    assert_eq!(request.body, b"client_id=television");
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.retain(|name| *name != "connection");
    assert_eq!(
        names,
        ["accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"],
        "and no other, cookie say"
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("content-length"), Some("20"));
    let form = "application/x-www-form-urlencoded";
    assert_eq!(request.header("content-type"), Some(form));
}

pub(crate) fn the_user_agent_is_the_projects_by_default<T: Transport>() {
    let request = first_request(&client::<T>());
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!("device-flow/{version}");
    assert_eq!(request.header("user-agent"), Some(expected.as_str()));
}

pub(crate) fn the_user_agent_can_be_set<T: Transport>() {
    let client =
        T::build(&Settings { user_agent: Some("television/2.1 (living room)".to_owned()), ..Settings::default() });
    let request = first_request(&client.unwrap());
    assert_eq!(request.header("user-agent"), Some("television/2.1 (living room)"));
}

/// D10.
pub(crate) fn extra_headers_and_parameters_go_to_their_stage<T: Transport>() {
    let server = polled(Script::new().approve());
    let config = config(&server)
        .header(Stage::DeviceAuthorization, "X-Room", "living room")
        .header(Stage::Token, "x-room", "kitchen")
        .parameter(Stage::DeviceAuthorization, "audience", "https://api.example/ü&=")
        .parameter(Stage::Token, "audience", "other");
    let outcome = client::<T>().outcome(config);
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    let requests = server.requests();
    assert_eq!(requests[0].header("x-room"), Some("living room"));
    assert_eq!(requests[0].parameter("audience"), Some("https://api.example/ü&="));
    assert_eq!(requests[1].header("x-room"), Some("kitchen"));
    assert_eq!(requests[1].parameter("audience"), Some("other"));
}

/// D2, D3: the client's id is in the body of the first request in any case.
pub(crate) fn a_confidential_client_authenticates_at_both_endpoints<T: Transport>() {
    let server = start(options().client(Client::basic("television", "s:cret ü")).code(Script::new().approve()));
    let authentication = ClientAuthentication::SecretBasic("s:cret ü".into());
    let outcome = client::<T>().outcome(config(&server).client_authentication(authentication));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    let requests = server.requests();
    for request in &requests {
        assert!(request.header("authorization").unwrap().starts_with("Basic "));
    }
    assert_eq!(requests[0].parameter("client_id"), Some("television"));
    assert_eq!(requests[1].parameter("client_id"), None);
}

pub(crate) fn a_fresh_nonce_is_filled_in_when_openid_is_asked_for<T: Transport>() {
    let server = start(options());
    let client = client::<T>();
    for _ in 0..2 {
        client.start_and_suspend(config(&server).scope("openid")).unwrap();
    }
    client.start_and_suspend(config(&server).scope("email")).unwrap();
    let requests = server.requests();
    let nonces: Vec<_> = requests.iter().map(|it| it.parameter("nonce")).collect();
    assert_eq!(nonces[0].unwrap().len(), 32);
    assert_ne!(nonces[0], nonces[1]);
    assert_eq!(nonces[2], None);
}
