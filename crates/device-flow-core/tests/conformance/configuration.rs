//! Configurations: what works, what is refused, and what they say when asked; row K8.

use device_flow_core::{
    Call, ClientAuthentication, Config, ConfigError, DeviceFlow, Dialect, Discovery, PendingFlow, ServerMetadata,
    Session, Stage, StoredSession, Timestamp, UriError,
};
use std::time::Duration;

use crate::bench::{Bench, config, seconds};
use crate::device_authorization::codes_saying;

#[test]
fn a_configuration_that_cannot_work_is_refused_with_the_reason() {
    let refused = |config: Config| DeviceFlow::new(config).unwrap_err().to_string();
    assert_eq!(refused(Config::new("", "https://a.example/", "https://a.example/")), "the client id is empty");
    assert_eq!(
        refused(Config::new("tv", "/device", "https://a.example/")),
        "the address of the device authorization endpoint is not an absolute URL"
    );
    assert_eq!(refused(config().scope("a\"b")), "a scope has a character that no scope may have");
}

#[test]
fn a_configuration_says_what_it_was_told() {
    let bare = config();
    assert_eq!(bare.client_id(), "tv");
    assert_eq!(bare.token_endpoint(), "https://as.example/token");
    assert_eq!(bare.refresh_endpoint(), bare.token_endpoint());
    assert_eq!(bare.device_authorization_endpoint(), Some("https://as.example/device_authorization"));
    assert_eq!((bare.timeout(), bare.timeout_of_refresh()), (seconds(30), seconds(10)));
    assert_eq!(bare.spoken_dialect(), &Dialect::RFC_8628);
    assert!(bare.expected_issuer().is_none() && bare.scopes().next().is_none());
    assert!(!bare.authentication_method().is_confidential());
    let full = config()
        .scope("b  a")
        .issuer("https://as.example")
        .refresh_at("https://as.example/refresh")
        .client_authentication(ClientAuthentication::SecretPost("s".into()))
        .request_timeout(seconds(4))
        .dialect(Dialect::RFC_8628.response_type());
    assert_eq!(full.scopes().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(full.expected_issuer(), Some("https://as.example"));
    assert_eq!(full.refresh_endpoint(), "https://as.example/refresh");
    assert_eq!((full.timeout(), full.timeout_of_refresh()), (seconds(4), seconds(4)));
    assert_ne!(full.spoken_dialect(), &Dialect::RFC_8628);
    assert!(full.authentication_method().is_confidential());
}

#[test]
fn a_machine_tells_the_endpoints_as_it_calls_them() {
    let odd = || Config::new("tv", "HTTPS://AS.example/da", "https://as.example:443/t");
    let flow = DeviceFlow::new(odd()).unwrap();
    assert_eq!(flow.config().device_authorization_endpoint(), Some("https://as.example/da"));
    assert_eq!(flow.config().token_endpoint(), "https://as.example/t");
    let stored = StoredSession::new(&odd(), "a", None, None).unwrap();
    let session = Session::resume(odd(), stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    assert_eq!(session.config().token_endpoint(), "https://as.example/t");
}

/// Whoever cannot sign people in may still keep the tokens of those who did.
#[test]
fn k6_a_server_without_a_device_endpoint_still_refreshes_and_revokes() {
    let document = r#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token"}"#;
    let metadata = ServerMetadata::from_document(document, "https://as.example", false).unwrap();
    let config = Config::discovered("tv", &metadata);
    assert_eq!(config.device_authorization_endpoint(), None);
    assert_eq!(config.expected_issuer(), Some("https://as.example"));
    assert_eq!(DeviceFlow::new(config.clone()).unwrap_err(), ConfigError::NoDeviceEndpoint);
    assert!(Call::refresh(&config, "r1").is_ok());
    assert!(Call::revoke_refresh_token(&config, "https://as.example/revoke", "r1").is_ok());
    assert!(Call::userinfo(&config, "https://as.example/me", "a").is_ok());
    let stored = StoredSession::new(&config, "a", Some("r1"), None).unwrap();
    assert!(Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO).is_ok());
}

#[test]
fn k8_endpoints_must_be_https_or_loopback() {
    let with = |token: &str| DeviceFlow::new(Config::new("tv", "https://as.example/d", token)).err();
    assert_eq!(with("https://as.example/t"), None);
    assert_eq!(with("http://[::1]:80/t"), None);
    let source = UriError::Scheme;
    assert_eq!(with("http://as.example/t"), Some(ConfigError::Endpoint { stage: Stage::Token, source }));
    let allowed = Config::new("tv", "http://as.example/d", "http://as.example/t").allow_http(true);
    assert!(DeviceFlow::new(allowed).is_ok());
}

/// Addresses whose text looks as if they led to `known.example`, or as if they had no user name, and which do.
const DECEPTIVE: [&str; 12] = [
    "https://known.example@evil.example/",
    "https://known.example:pw@evil.example/",
    "https://@evil.example/",
    "https://:@evil.example/",
    r"https://\/known.example@evil.example/",
    "https://\n/known.example@evil.example/",
    "https://\t/known.example:login@evil.example/device",
    "https://\r\\known.example@evil.example/",
    "https:///known.example@evil.example/",
    r"https://\known.example@evil.example/",
    r"https:\/known.example@evil.example/",
    "https://known.example%40@evil.example/",
];

/// A look at the text where the parsed value should be asked let a user name pass.
#[test]
fn k8_no_spelling_gets_a_user_name_past_the_check_of_an_endpoint() {
    for address in DECEPTIVE {
        let endpoints = [
            Config::new("tv", address, "https://as.example/t"),
            Config::new("tv", "https://as.example/d", address),
            config().refresh_at(address),
        ];
        for config in endpoints {
            let refused = DeviceFlow::new(config.allow_http(true));
            assert!(matches!(refused, Err(ConfigError::Endpoint { .. })), "{address:?}");
        }
        assert!(Discovery::allowing_http(address).is_err(), "{address:?}");
        let calls = [
            Call::revoke_access_token(&config(), address, "a").err(),
            Call::introspect(&config(), address, "a").err(),
            Call::userinfo(&config(), address, "a").err(),
        ];
        assert!(calls.iter().all(Option::is_some), "{address:?}");
        let address = serde_json::to_string(address).unwrap();
        let document =
            format!(r#"{{"issuer":"https://as.example","token_endpoint":{address},"revocation_endpoint":{address}}}"#);
        let read = |it: &str| ServerMetadata::from_document(it, "https://as.example", true);
        assert!(read(&document).is_err(), "{address}");
        let document = document.replacen(&address, r#""https://as.example/t""#, 1);
        assert_eq!(read(&document).unwrap().revocation_endpoint(), None);
    }
}

#[test]
fn k8_no_spelling_gets_a_user_name_before_peoples_eyes() {
    for address in DECEPTIVE {
        let config = || config().allow_http(true);
        let mut bench = Bench::with_codes(config(), &codes_saying("verification_uri", address));
        assert!(bench.flow.prompt(bench.now).is_none(), "{address:?}");
        assert!(bench.failure().to_string().contains("verification_uri"));

        let codes = codes_saying("verification_uri_complete", address);
        let bench = Bench::with_codes(config(), &codes);
        let prompt = bench.flow.prompt(bench.now).unwrap();
        assert_eq!(prompt.verification_uri_complete(), None, "{address:?}");

        let json = serde_json::to_string(address).unwrap();
        let mut bench = Bench::polling(config());
        bench.poll(400, &format!(r#"{{"error":"x","error_uri":{json}}}"#));
        let shown = format!("{:?}", bench.failure());
        assert!(!shown.contains("evil"), "{shown}");

        // Nor through a form that was stored.
        let bench = Bench::polling(config());
        let stored = bench.flow.suspend(bench.now).unwrap().to_json();
        let stored = stored.expose().replace("\"https://as.example/device\"", &json);
        let pending = PendingFlow::from_json(&stored).unwrap();
        let resumed = DeviceFlow::resume(config(), pending, Duration::ZERO, Timestamp::ZERO);
        assert!(resumed.is_err(), "{address:?}");
    }
}
