//! New codes for old.

use std::time::Duration;

use device_flow_core::{
    Config, Input, Machine, Misuse, NonceMode, PkceVerifier, ServerMetadata, Session, SignIn, SignInEvent,
    SignInStatus, Stage, StoredSession, Timestamp,
};

use crate::bench::signer::{Signer, TOKENS};
use crate::bench::{CODES, config, seconds};

const EXPIRED: &str = r#"{"error":"expired_token"}"#;

#[test]
fn a_fresh_code_is_offered_when_the_old_one_ran_out() {
    let mut signer = Signer::code_shown();
    signer.exchange(400, EXPIRED);
    assert_eq!(signer.request(), None);
    assert!(matches!(
        signer.events.last(),
        Some(SignInEvent::CodeExpired(expiry)) if expiry.is_answered()
    ));
    assert_eq!(signer.status(), SignInStatus::CodeExpired);
    assert_eq!(signer.input(Input::Pause), Err(Misuse::NotPolling));
    let old = signer.sent().id;
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
    // An answer to the old code's poll changes nothing any more.
    signer.respond(old, 200, TOKENS);
    signer.answer(200, CODES);
    signer.exchange(200, TOKENS);
    assert_eq!(signer.access_token(), Some("first"));
}

#[test]
fn an_offer_stands_until_somebody_takes_it_and_is_looked_at_every_hour() {
    let mut signer = Signer::code_expired(config());
    assert_eq!(signer.request(), None);
    let next = signer.wake_at();
    let hour = seconds(60 * 60);
    assert!(next > signer.now && next <= signer.now.saturating_add(hour));
    signer.sleep(Duration::from_millis(1));
    assert_eq!(signer.wake_at(), next, "however often somebody asks");
    assert!(!signer.sign_in.is_done());
    signer.input(Input::Cancel).unwrap();
    assert!(signer.is_done());
}

#[test]
fn a_fresh_code_is_offered_when_the_refresh_token_is_no_longer_taken() {
    let mut signer = Signer::sign_in_needed();
    let granted = signer.names().iter().filter(|it| **it == "granted").count();
    assert_eq!(granted, 1);
    assert_eq!(signer.input(Input::Pause), Err(Misuse::NotPolling));
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
}

#[test]
fn a_new_code_can_be_asked_for_before_or_after_the_need_for_it_is_told() {
    let ended = || {
        let mut signer = Signer::granted();
        signer.exchange(400, r#"{"error":"invalid_grant"}"#);
        assert_eq!(signer.status(), SignInStatus::SignInNeeded);
        signer
    };
    let mut signer = ended();
    let refused = signer.sign_in.refresh(signer.now);
    assert_eq!(refused, Err(Misuse::NoRefreshToken));
    assert_eq!(signer.input(Input::Pause), Err(Misuse::NotPolling));
    assert_eq!(signer.settle().last(), Some(&"sign in"));
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));

    let mut signer = ended();
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
    assert_eq!(signer.last_name(), "sign in", "told all the same");
}

#[test]
fn a_session_that_is_over_is_no_place_to_go_on_from() {
    let config = config();
    let stored = StoredSession::new(&config, "first", Some("r1"), None).unwrap();
    let mut session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    session.handle_input(Timestamp::ZERO, Input::Cancel).unwrap();
    let mut signer = Signer::of(SignIn::with_session(session));
    assert_eq!(signer.status(), SignInStatus::SignInNeeded);
    assert_eq!(signer.sign_in.refresh(Timestamp::ZERO), Err(Misuse::NoRefreshToken));
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
}

#[test]
fn it_can_be_restarted_with_a_fresh_nonce() {
    let mut signer = Signer::with(config().scope("openid").nonce("n1"));
    signer.request();
    assert_eq!(signer.sent().parameter("nonce").as_deref(), Some("n1"));
    signer.sign_in.restart(config().scope("openid").nonce("n2")).unwrap();
    signer.request();
    assert_eq!(signer.sent().parameter("nonce").as_deref(), Some("n2"));
    assert!(signer.sign_in.restart(config().scope("\"")).is_err());
    signer.answer(200, CODES);
    assert_eq!(signer.status(), SignInStatus::CodeShown, "all stays as it was");
}

/// A nonce that goes out twice ties an ID token to neither sign-in, and a challenge that does protects neither code.
#[test]
fn d10_a_nonce_and_a_verifier_that_were_used_are_not_used_again() {
    let pkce = || PkceVerifier::new(&[7; 32]);
    for with in [
        config().scope("openid").nonce("n1"),
        config().nonce_mode(NonceMode::Enabled).nonce("n1"),
        config().pkce(pkce()),
        config().scope("openid").nonce("n1").pkce(pkce()),
    ] {
        let mut signer = Signer::code_expired(with);
        assert_eq!(signer.input(Input::Resume), Err(Misuse::NotFresh));
        assert_eq!(signer.status(), SignInStatus::CodeExpired);
        assert_eq!(signer.request(), None, "nothing is sent");
        let fresh = config().scope("openid").nonce("n2");
        signer.sign_in.restart(fresh).unwrap();
        assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
    }
}

#[test]
fn d10_who_uses_neither_may_go_on() {
    for without in [
        config(),
        config().nonce("n1"),
        config().scope("openid").nonce("n1").nonce_mode(NonceMode::Disabled),
        config().scope("openid"),
    ] {
        let mut signer = Signer::code_expired(without);
        assert_eq!(signer.input(Input::Resume), Ok(()));
        assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
    }
}

/// What a code was asked for with: nonce and challenge.
fn values(signer: &Signer) -> [Option<String>; 2] {
    ["nonce", "code_challenge"].map(|it| signer.sent().parameter(it))
}

#[test]
fn d10_a_secret_makes_fresh_values_for_every_code() {
    let openid = || config().scope("openid").nonce("n1").pkce(PkceVerifier::new(&[7; 32]));
    let codes = |config: Config, secret: u8| {
        let mut signer = Signer::of(SignIn::new(config).unwrap().fresh_from(&[secret; 32]));
        let mut seen = Vec::new();
        for _ in 0..3 {
            signer.request();
            seen.push(values(&signer));
            signer.answer(200, CODES);
            signer.request();
            // The flow knows what was sent, so that it can be checked.
            let flow = signer.sign_in.flow().unwrap();
            let nonce = flow.nonce().map(|it| it.expose().to_owned());
            assert_eq!(nonce.as_ref(), seen.last().unwrap()[0].as_ref());
            let verifier = flow.code_verifier().map(|it| it.expose().to_owned());
            assert_eq!(verifier, signer.sent().parameter("code_verifier"));
            signer.answer(400, EXPIRED);
            signer.input(Input::Resume).unwrap();
        }
        let shown = format!("{:?}", signer.sign_in);
        assert!(shown.contains("Seed { used: 3, .. }"), "it shows how many there were, and no secret: {shown}");
        seen
    };
    let seen = codes(openid(), 42);
    assert_eq!(seen[0][0].as_deref(), Some("n1"), "the first are the caller's");
    let mut all: Vec<&String> = seen.iter().flatten().flatten().collect();
    assert_eq!(all.len(), 6);
    assert!(all[1..].iter().all(|it| it.len() >= 32));
    let others = codes(openid(), 43);
    all.extend(others[1..].iter().flatten().flatten());
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 10, "no two are alike");
    // What is not sent is not made either.
    let plain = codes(config(), 42);
    assert!(plain.iter().flatten().all(Option::is_none));
}

#[test]
fn d10_it_makes_them_after_a_refused_refresh_too() {
    let openid = config().scope("openid").nonce("n1");
    let mut signer = Signer::of(SignIn::new(openid).unwrap().fresh_from(&[9; 32]));
    signer.exchange(200, CODES);
    signer.exchange(200, TOKENS);
    signer.exchange(400, r#"{"error":"invalid_grant"}"#);
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
    let [nonce, _] = values(&signer);
    assert!(nonce.is_some_and(|it| it != "n1"));
}

/// A session's configuration needs no place to ask for codes at.
#[test]
fn d10_without_a_device_endpoint_there_is_no_new_code() {
    let metadata = r#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token"}"#;
    let metadata = ServerMetadata::from_document(metadata, "https://as.example", false).unwrap();
    let config = Config::discovered("tv", &metadata);
    let stored = StoredSession::new(&config, "first", Some("r1"), Some(seconds(600)));
    let now = Timestamp::ZERO;
    let session = Session::resume(config, stored.unwrap(), Duration::ZERO, now);
    let mut signer = Signer::of(SignIn::with_session(session.unwrap()));
    signer.exchange(400, r#"{"error":"invalid_grant"}"#);
    signer.settle();
    assert_eq!(signer.input(Input::Resume), Err(Misuse::NoDeviceEndpoint));
    assert_eq!(signer.status(), SignInStatus::SignInNeeded);
}
