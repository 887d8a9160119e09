//! What shows nowhere: row K7.

use device_flow_core::{
    ClientAuthentication, Config, Failure, Machine, NonceMode, PendingFlow, PkceVerifier, ServerError, Stage, Timestamp,
};

use crate::bench::{Bench, CODES, Seen, TOKEN, config, seconds};

#[test]
fn k7_no_secret_shows_in_debug_or_errors() {
    let secrets = [
        "hunter2",
        "GmRhmhcxhwAzkoEqiMEg",
        "2YotnFZFEjr1zCsicMWpAA",
        "dHY6aHVudGVyMg",
        "refresh-1",
        "header-secret",
        "nonce-1",
        "extra-1",
    ];
    let is_silent = |shown: String| {
        for secret in secrets {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    };
    let config = || {
        config()
            .client_authentication(ClientAuthentication::SecretBasic("hunter2".into()))
            .header(Stage::Token, "x-key", "header-secret")
            .parameter(Stage::Token, "assertion", "extra-1")
            .scope("openid")
            .nonce("nonce-1")
    };
    is_silent(format!("{:?} {:?}", config(), ClientAuthentication::SecretPost("hunter2".into())));
    let mut bench = Bench::new(config());
    is_silent(format!("{:?}", bench.flow));
    is_silent(format!("{:?}", bench.flow.poll_output(Timestamp::ZERO)));
    let mut bench = Bench::with_codes(config(), CODES);
    is_silent(format!("{:?} {:?}", bench.flow, bench.flow.suspend(bench.now)));
    while let seen @ (Seen::Event(_) | Seen::Wait(_)) = bench.ask() {
        is_silent(format!("{seen:?}"));
        if let Seen::Wait(until) = seen {
            bench.now = until;
            break;
        }
    }
    is_silent(format!("{:?}", bench.flow.poll_output(bench.now)));
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    is_silent(format!("{:?} {stored:?}", PendingFlow::from_json(stored.expose())));
    bench.sleep(seconds(60));
    let body = TOKEN.replace('}', r#","refresh_token":"refresh-1","id_token":"e30.e30.","more":"extra-1"}"#);
    bench.poll(200, &body);
    is_silent(format!("{:?} {:?}", bench.flow, bench.flow.outcome()));
    is_silent(format!("{:?}", bench.token()));
    // A damaged store is told without its text.
    is_silent(format!("{:?}", PendingFlow::from_json(&stored.expose().replace('}', ""))));
}

#[test]
fn k7_a_server_that_repeats_the_device_code_in_its_error_does_not_get_it_shown() {
    let mut bench = Bench::polling(config());
    bench.poll(400, r#"{"error":"invalid_request","error_description":"no such code: GmRhmhcxhwAzkoEqiMEg"}"#);
    let shown = bench.failure().to_string();
    assert!(!shown.contains("GmRhmhcxhwAzkoEqiMEg"), "{shown}");

    let config = config().client_authentication(ClientAuthentication::SecretPost("hunter2".into()));
    let mut bench = Bench::new(config);
    bench.next_request();
    bench.answer(
        401,
        r#"{"error":"hunter2","error_description":"hunter2 is wrong","error_uri":"https://as.example/?hunter2"}"#,
    );
    let failure = format!("{:?}", bench.failure());
    assert!(!failure.contains("hunter2"), "{failure}");
}

#[test]
fn k7_no_user_code_shows_in_debug_wherever_the_server_put_it() {
    for uri in [
        "https://as.example/device",
        "https://as.example/activate?public=true&device-code=WDJB-MJHT",
        "https://as.example/device/WDJB-MJHT",
    ] {
        let codes = CODES.replace("https://as.example/device\"", &format!("{uri}\""));
        let bench = Bench::with_codes(config(), &codes);
        let shown = format!("{:?} {:?} {:?}", bench.flow, bench.flow.prompt(bench.now), bench.flow.suspend(bench.now));
        assert!(!shown.contains("WDJB-MJHT"), "{shown}");
    }
}

/// A flow whose poll is refused in these words.
fn refused(config: Config, description: &str) -> ServerError {
    let mut bench = Bench::polling(config);
    let words = serde_json::to_string(description).unwrap();
    bench.poll(400, &format!(r#"{{"error":"invalid_request","error_description":{words}}}"#));
    match bench.failure() {
        Failure::Server(error) => error,
        other => panic!("{other:?}"),
    }
}

/// A secret is repeated as the server saw it, which is not how the caller spelt it.
#[test]
fn k7_a_secret_is_recognised_in_every_spelling_that_a_server_sees() {
    let post = |secret: &str| config().client_authentication(ClientAuthentication::SecretPost(secret.into()));
    let basic = |secret: &str| config().client_authentication(ClientAuthentication::SecretBasicRaw(secret.into()));
    let cases = [
        // As it is, and with its white space cleaned away.
        (post("correct horse battery"), "correct horse battery"),
        (post("correct  horse battery"), "correct  horse battery"),
        (post("tab\tand\u{202e}turn"), "tab\tand\u{202e}turn"),
        // Encoded in a form and in an address, in either case.
        (post("p@ssw/rd-1234"), "p%40ssw%2Frd-1234"),
        (post("p@ssw/rd-1234"), "p%40ssw%2frd-1234"),
        (post("two words!"), "two+words%21"),
        (post("two words!"), "two%20words%21"),
        // tv:p@ssw/rd-1234
        (basic("p@ssw/rd-1234"), "dHY6cEBzc3cvcmQtMTIzNA=="),
        (basic("p@ssw/rd-1234"), "p@ssw/rd-1234"),
    ];
    for (config, repeated) in cases {
        let error = refused(config, &format!("'{repeated}' is wrong"));
        assert_eq!(error.description(), Some("'[redacted]' is wrong"), "{repeated}");
    }
}

#[test]
fn k7_whatever_went_out_in_confidence_is_taken_out() {
    let config = || {
        config()
            .parameter(Stage::Token, "otp", "123456-one-time")
            .parameter(Stage::DeviceAuthorization, "assertion", "eyJhb+Gci/OiJ9")
            .header(Stage::Token, "x-api-key", "key-0815")
            .pkce(PkceVerifier::new(&[7; 32]))
            .nonce_mode(NonceMode::Enabled)
            .nonce("n-0S6_WzA2Mj")
    };
    let verifier = PkceVerifier::new(&[7; 32]).expose().to_owned();
    for secret in [
        "123456-one-time",
        "eyJhb+Gci/OiJ9",
        "eyJhb%2BGci%2FOiJ9",
        "key-0815",
        "n-0S6_WzA2Mj",
        &verifier,
        "GmRhmhcxhwAzkoEqiMEg",
        "WDJB-MJHT",
        "wdjb-mjht",
    ] {
        let error = refused(config(), &format!("no such thing: {secret}, sorry"));
        assert_eq!(error.description(), Some("no such thing: [redacted], sorry"), "{secret}");
    }
}

#[test]
fn k7_a_secret_in_an_address_or_a_code_goes_with_it() {
    let config = || config().client_authentication(ClientAuthentication::SecretPost("p@ssw/rd-1234".into()));
    for uri in [
        "https://as.example/?p@ssw/rd-1234",
        "https://as.example/?secret=p%40ssw%2Frd-1234",
        "https://as.example/help/WDJB-MJHT",
    ] {
        let mut bench = Bench::polling(config());
        bench.poll(400, &format!(r#"{{"error":"invalid_request","error_uri":"{uri}"}}"#));
        let Failure::Server(error) = bench.failure() else { panic!() };
        assert_eq!(error.uri(), None, "{uri}");
    }
    let mut bench = Bench::polling(config());
    bench.poll(400, r#"{"error":"unknown_secret_p@ssw/rd-1234"}"#);
    assert!(matches!(bench.failure(), Failure::Server(error) if error.code().as_str() == "[redacted]"));
}

/// A word that is a part of many others is no secret worth the loss.
#[test]
fn k7_what_is_no_secret_stays() {
    let config = || config().client_authentication(ClientAuthentication::SecretPost("the".into()));
    let error = refused(config(), "the grant is not there");
    assert_eq!(error.description(), Some("the grant is not there"));
}
