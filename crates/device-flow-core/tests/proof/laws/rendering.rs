//! What is written can be read again: `parse(render(x)) = x`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use device_flow_core::{
    Call, ClientAuthentication, ClientMetadata, Config, DeviceFlow, Input, Machine, Output, PendingFlow, PkceVerifier,
    Response, Session, Stage, StoredSession, Timestamp, TokenResponse,
};
use proptest::prelude::*;

type Pairs = Vec<(String, String)>;

const DEVICE: &str = "https://as.example/device_authorization";
const TOKEN: &str = "https://as.example/token";

/// Any text that a form may carry, with what needs care more often than chance would have it.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{1,20}", "[+&=%:\"\\\\ é€\u{1f600}]{1,12}"]
        .prop_filter("nobody is called nothing", |it| !it.is_empty())
}

/// RFC 6749 appendix A: what a token may consist of.
fn tokens() -> impl Strategy<Value = String> {
    "[!-~]{1,40}"
}

fn names() -> impl Strategy<Value = String> {
    "x_[a-z]{1,8}"
}

/// The one request that a machine makes first.
fn lent<M: Machine>(machine: &mut M) -> (Pairs, String, Pairs) {
    let Output::Send(request) = machine.poll_output(Timestamp::ZERO) else {
        panic!("no request");
    };
    let headers = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    let pairs = serde_urlencoded::from_str(&body).unwrap_or_default();
    (headers, body, pairs)
}

fn polling(config: Config, codes: &serde_json::Value, now: Timestamp) -> Option<DeviceFlow> {
    let mut flow = DeviceFlow::new(config).unwrap();
    let Output::Send(request) = flow.poll_output(now) else {
        panic!("no request");
    };
    let id = request.id();
    let body = codes.to_string();
    flow.handle_input(now, Input::Response(id, Response::new(200, body.as_bytes()))).unwrap();
    flow.device_authorization().is_some().then_some(flow)
}

/// Everything that tokens say.
fn told(tokens: &TokenResponse) -> String {
    let text = |it: Option<device_flow_core::SecretStr<'_>>| it.map(|it| it.expose().to_owned());
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        tokens.access_token().expose(),
        tokens.token_type(),
        text(tokens.refresh_token()),
        text(tokens.id_token()),
        tokens.scopes().map(Iterator::collect::<Vec<_>>),
        tokens.expires_in(),
        tokens.extra().expose(),
    )
}

proptest! {
    #[test]
    fn the_pairs_of_a_request_are_read_as_they_were_meant(
        client in texts(),
        secret in texts(),
        scopes in proptest::collection::vec("[!#-\\[\\]-~]{1,10}", 0..4),
        extra in proptest::collection::vec((names(), texts()), 0..4),
    ) {
        let mut config = Config::new(&*client, DEVICE, TOKEN)
            .client_authentication(ClientAuthentication::SecretPost(secret.as_str().into()))
            .require_id_token(false)
            .scope(&scopes.join(" "));
        for (name, value) in &extra {
            config = config.parameter(Stage::DeviceAuthorization, name, value.as_str());
        }
        let Ok(mut flow) = DeviceFlow::new(config.nonce_mode(device_flow_core::NonceMode::Disabled)) else {
            return Ok(());
        };
        let (_, _, pairs) = lent(&mut flow);
        let mut meant = vec![("client_id".to_owned(), client), ("client_secret".to_owned(), secret)];
        if !scopes.is_empty() {
            meant.push(("scope".to_owned(), scopes.join(" ")));
        }
        meant.extend(extra);
        prop_assert_eq!(pairs, meant);
    }

    #[test]
    fn the_credentials_of_basic_authentication_are_read_as_they_were_meant(
        client in texts(), secret in texts(),
    ) {
        let config = Config::new(&*client, DEVICE, TOKEN)
            .client_authentication(ClientAuthentication::SecretBasic(secret.as_str().into()));
        let Ok(mut flow) = DeviceFlow::new(config) else { return Ok(()) };
        let (headers, ..) = lent(&mut flow);
        let (_, header) = headers.iter().find(|(name, _)| name == "authorization").unwrap();
        let decoded = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        let decoded = String::from_utf8(decoded).unwrap();
        // RFC 6749 section 2.3.1: the first colon divides, because both parts are encoded.
        let (id, password) = decoded.split_once(':').unwrap();
        let read = |text: &str| -> String {
            let pairs: Pairs = serde_urlencoded::from_str(&format!("a={text}")).unwrap();
            pairs[0].1.clone()
        };
        prop_assert_eq!((read(id), read(password)), (client, secret));
    }

    #[test]
    fn a_flow_that_was_put_aside_is_read_as_it_was(
        client in texts(),
        device_code in texts(),
        user_code in "[A-Z0-9-]{1,20}",
        message in proptest::option::of(texts()),
        has_complete in any::<bool>(),
        lifetime in proptest::option::of(1_i64..100_000),
        interval in proptest::option::of(1_i64..400),
        nonce in proptest::option::of(texts()),
        random in proptest::option::of(any::<[u8; 32]>()),
        age in 0_u64..100_000,
    ) {
        let mut codes = serde_json::json!({
            "device_code": device_code, "user_code": user_code, "verification_uri": "https://as.example/device",
            "expires_in": lifetime, "interval": interval, "message": message,
        });
        if has_complete {
            codes["verification_uri_complete"] = "https://as.example/device?code=1".into();
        }
        let mut config = Config::new(&*client, DEVICE, TOKEN);
        if let Some(nonce) = &nonce {
            config = config.nonce(nonce.as_str()).nonce_mode(device_flow_core::NonceMode::Enabled);
        }
        if let Some(random) = &random {
            config = config.pkce(PkceVerifier::new(random));
        }
        if DeviceFlow::new(config.clone()).is_err() {
            return Ok(());
        }
        let now = Timestamp::from_millis(1_000);
        let Some(flow) = polling(config.clone(), &codes, now) else { return Ok(()) };
        let later = now.saturating_add(Duration::from_millis(age));
        let pending = flow.suspend(later).unwrap();
        let stored = pending.to_json();
        let read = PendingFlow::from_json(stored.expose()).unwrap();
        let again = read.to_json();
        prop_assert_eq!(again.expose(), stored.expose());
        prop_assert_eq!(read.client_id(), &*client);
        prop_assert_eq!(
            (read.remaining(), read.next_poll_in(), read.token_endpoint()),
            (pending.remaining(), pending.next_poll_in(), TOKEN)
        );
        let mut resumed = DeviceFlow::resume(config, read, Duration::ZERO, later).unwrap();
        prop_assert_eq!(resumed.interval(), flow.interval());
        prop_assert_eq!(resumed.expires_at(), flow.expires_at().map(|it| it.max(later)));
        let (ours, theirs) = (resumed.device_authorization().unwrap(), flow.device_authorization().unwrap());
        prop_assert_eq!(ours.device_code().expose(), theirs.device_code().expose());
        prop_assert_eq!(ours.user_code(), theirs.user_code());
        prop_assert_eq!(ours.verification_uri(), theirs.verification_uri());
        prop_assert_eq!(ours.verification_uri_complete(), theirs.verification_uri_complete());
        prop_assert_eq!(ours.message(), theirs.message());
        if let Output::WaitUntil(due) = resumed.poll_output(later) {
            let left = due.saturating_duration_since(later);
            prop_assert_eq!(left, pending.next_poll_in().min(pending.remaining()));
        }
    }

    #[test]
    fn tokens_that_were_put_aside_are_read_as_they_were(
        access in tokens(),
        refresh in proptest::option::of(tokens()),
        id in proptest::option::of(tokens()),
        kind in proptest::option::of("[A-Za-z]{1,10}"),
        scopes in proptest::collection::vec("[!#-+\\--\\[\\]-~]{1,8}", 0..4),
        life in proptest::option::of(0_u64..1_000_000),
        extra in proptest::collection::btree_map(names(), texts(), 0..3),
        age in 0_u64..10_000_000,
    ) {
        let mut body = serde_json::json!({
            "access_token": access, "refresh_token": refresh, "id_token": id, "token_type": kind,
            "scope": scopes.join(" "), "expires_in": life,
        });
        for (name, value) in extra {
            body[name] = value.into();
        }
        let tokens = TokenResponse::from_json(&body.to_string()).unwrap();
        let config = Config::new("tv", DEVICE, TOKEN);
        let session = Session::new(config.clone(), tokens.clone(), Timestamp::ZERO).unwrap();
        let stored = session.suspend(Timestamp::from_millis(age));
        let json = stored.to_json();
        let read = StoredSession::from_json(json.expose()).unwrap();
        prop_assert_eq!(told(read.tokens()), told(&tokens));
        prop_assert_eq!(read.remaining(), stored.remaining());
        prop_assert_eq!((read.client_id(), read.token_endpoint()), ("tv", TOKEN));
        let again = read.to_json();
        prop_assert_eq!(again.expose(), json.expose());
    }

    #[test]
    fn a_registration_is_read_as_it_was_meant(
        name in proptest::option::of(any::<String>()), scope in proptest::option::of(any::<String>()),
    ) {
        let mut metadata = ClientMetadata::new();
        if let Some(name) = &name {
            metadata = metadata.client_name("another").client_name(name);
        }
        if let Some(scope) = &scope {
            metadata = metadata.scope(scope);
        }
        let mut call = Call::register("https://as.example/r", &metadata, false).unwrap();
        let (_, body, _) = lent(&mut call);
        let read: serde_json::Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(read["client_name"].as_str(), name.as_deref());
        prop_assert_eq!(read["scope"].as_str(), scope.as_deref());
        prop_assert_eq!(read["token_endpoint_auth_method"].as_str(), Some("none"));
    }
}
