//! Registering a client.

use device_flow_core::{
    Call, ClientMetadata, ConfigError, Failure, ProtocolErrorKind, RegisteredClient, Stage, TransportFailure,
};

use super::{answered, kind, lent, run};

fn register(metadata: &ClientMetadata) -> Call<RegisteredClient> {
    Call::register("https://as.example/register", metadata, false).unwrap()
}

fn body(metadata: &ClientMetadata) -> serde_json::Value {
    serde_json::from_str(&lent(&mut register(metadata)).body).unwrap()
}

#[test]
fn a_public_client_registers_itself() {
    let metadata = ClientMetadata::new().client_name("TV \"1\"").scope("openid");
    let sent = lent(&mut register(&metadata));
    assert_eq!(sent.method, "POST");
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.header("authorization"), None);
    let body = body(&metadata);
    assert_eq!(body["client_name"], "TV \"1\"");
    assert_eq!(body["token_endpoint_auth_method"], "none");
    assert_eq!(body["grant_types"][0], "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(body["response_types"], serde_json::json!([]));
    assert_eq!(body["scope"], "openid");
    let client = answered(
        register(&metadata),
        201,
        r#"{"client_id":"c1","client_secret":"s1","registration_access_token":"t"}"#,
    )
    .unwrap();
    assert_eq!((client.client_id().as_str(), client.client_secret().unwrap().expose()), ("c1", "s1"));
    assert!(
        answered(register(&metadata), 201, r#"{"client_id":"c1","client_secret":null}"#)
            .unwrap()
            .client_secret()
            .is_none()
    );
    assert_eq!(kind(answered(register(&metadata), 201, "{}")), ProtocolErrorKind::MissingMember { name: "client_id" });
    let refused = answered(register(&metadata), 400, r#"{"error":"invalid_client_metadata"}"#);
    assert!(matches!(refused, Err(Failure::Server(error)) if error.stage() == Stage::Registration));
}

#[test]
fn anything_that_the_specification_knows_can_be_registered() {
    let body = body(
        &ClientMetadata::default()
            .client_uri("https://tv.example")
            .contacts(["a@tv.example", "b@tv.example"])
            .token_endpoint_auth_method("client_secret_basic")
            .text("software_id", "4NRB1")
            .texts("grant_types", ["refresh_token"]),
    );
    assert_eq!(body["client_uri"], "https://tv.example");
    assert_eq!(body["contacts"][1], "b@tv.example");
    assert_eq!(body["software_id"], "4NRB1");
    // What is said twice stands there once, as it was said last.
    assert_eq!(body["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(body["grant_types"], serde_json::json!(["refresh_token"]));
    assert_eq!(body.as_object().unwrap().len(), 7);
}

#[test]
fn a_server_may_want_a_token_of_those_who_register() {
    let with = |token: &str| {
        let metadata = ClientMetadata::new().initial_access_token(token);
        assert!(!format!("{metadata:?}").contains("initial-1"));
        Call::register("https://as.example/register", &metadata, false)
    };
    let sent = lent(&mut with("initial-1").unwrap());
    assert_eq!(sent.header("authorization"), Some("Bearer initial-1"));
    assert!(!sent.body.contains("initial-1"));
    let repeated = r#"{"error":"invalid_token","error_description":"no such token: initial-1"}"#;
    let Err(Failure::Server(error)) = answered(with("initial-1").unwrap(), 401, repeated) else { panic!() };
    assert_eq!(error.description(), Some("no such token: [redacted]"));
    for unfit in ["", "a\r\nb", "ü"] {
        assert!(matches!(with(unfit), Err(ConfigError::HeaderValue { .. })));
    }
}

#[test]
fn a_registration_whose_answer_was_lost_is_not_made_twice() {
    let metadata = ClientMetadata::new();
    for lost in [TransportFailure::Timeout, TransportFailure::Closed] {
        let (sent_at, outcome) = run(register(&metadata), |_| Err(lost));
        assert_eq!(sent_at.len(), 1, "{lost}");
        assert!(matches!(outcome, Err(Failure::Network(_))));
    }
    let (sent_at, _) = run(register(&metadata), |_| Err(TransportFailure::Connect(None)));
    assert_eq!(sent_at.len(), 4, "nobody has heard it");
}
