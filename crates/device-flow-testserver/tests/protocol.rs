//! The protocol as RFC 8628, RFC 6749 and RFC 7009 have it.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::time::{Duration, Instant};

use common::*;
use device_flow_testserver::{Approval, RefreshTokens, Script};

#[test]
fn a_device_signs_in_after_one_pending_answer() {
    let server = start(options());
    let device = device(&server);
    let pending = poll(&server, &device);
    assert_eq!((pending.status, pending.error().as_str()), (400, "authorization_pending"));
    let tokens = poll(&server, &device);
    assert_eq!(tokens.status, 200);
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    assert_eq!(tokens.header("content-type"), Some("application/json"));
    let tokens = tokens.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid profile");
    assert!(server.is_active(tokens["access_token"].as_str().unwrap()));
    assert!(server.is_active(tokens["refresh_token"].as_str().unwrap()));
}

#[test]
fn the_device_authorization_response_has_what_section_3_2_asks_for() {
    let server = start(options().interval(Duration::from_secs(7)).expires_in(Duration::from_secs(90)));
    let response = post(&server, "/device_authorization", "client_id=tv");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let response = response.json();
    assert!(response["device_code"].as_str().unwrap().len() >= 32);
    let user_code = response["user_code"].as_str().unwrap();
    assert_eq!(user_code.len(), 9);
    assert_eq!(response["verification_uri"], server.verification_uri());
    assert_eq!(response["verification_uri_complete"], format!("{}?user_code={user_code}", server.verification_uri()));
    assert_eq!(response["expires_in"], 90);
    assert_eq!(response["interval"], 7);
    assert_eq!(server.user_codes(), [user_code]);
}

#[test]
fn interval_and_complete_uri_can_be_left_out_and_fractions_of_seconds_are_told() {
    let server = start(options().send_interval(false).send_verification_uri_complete(false));
    let response = device(&server).response;
    assert!(response.get("interval").is_none());
    assert!(response.get("verification_uri_complete").is_none());
    let server = start(options().interval(Duration::from_millis(250)));
    assert_eq!(device(&server).response["interval"], 0.25);
}

#[test]
fn a_device_code_works_once() {
    let server = start(options().approval(Approval::AfterPolls(0)));
    let device = device(&server);
    assert_eq!(poll(&server, &device).status, 200);
    assert_eq!(poll(&server, &device).error(), "invalid_grant");
}

#[test]
fn a_device_code_is_bound_to_its_client_and_an_unknown_one_is_invalid() {
    let server = start(options().approval(Approval::AfterPolls(0)));
    let device = device(&server);
    let foreign = poll_body(&device.device_code).replace("client_id=tv", "client_id=radio");
    assert_eq!(post(&server, "/token", &foreign).error(), "invalid_grant");
    assert_eq!(post(&server, "/token", &poll_body("made-up")).error(), "invalid_grant");
    assert_eq!(poll(&server, &device).status, 200, "a foreign poll must not use the code up");
}

#[test]
fn an_early_poll_is_told_to_slow_down_by_five_seconds() {
    let server = start(options().interval(Duration::from_millis(400)).approval(Approval::Manual));
    let device = device(&server);
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
    assert_eq!(poll(&server, &device).error(), "slow_down");
    std::thread::sleep(Duration::from_millis(410));
    assert_eq!(poll(&server, &device).error(), "slow_down", "the old interval is not enough any more");
}

#[test]
fn early_polls_can_be_let_through() {
    let server =
        start(options().interval(Duration::from_secs(5)).slow_down_early_polls(false).approval(Approval::Manual));
    let device = device(&server);
    for _ in 0..3 {
        assert_eq!(poll(&server, &device).error(), "authorization_pending");
    }
}

#[test]
fn a_code_can_be_approved_denied_or_made_to_expire_by_a_call() {
    let server = start(options().approval(Approval::Manual));
    let (first, second, third) = (device(&server), device(&server), device(&server));
    assert!(server.approve(&first.user_code.to_lowercase().replace('-', " ")));
    assert!(!server.approve(&first.user_code), "it is decided");
    assert!(server.deny(&second.user_code));
    assert!(server.expire(&third.user_code));
    assert_eq!(poll(&server, &first).status, 200);
    assert_eq!(poll(&server, &second).error(), "access_denied");
    assert_eq!(poll(&server, &third).error(), "expired_token");
    assert!(!server.approve("NONE-SUCH"));
}

#[test]
fn a_code_expires_by_itself() {
    let server = start(options().approval(Approval::Manual).expires_in(Duration::from_millis(400)));
    let device = device(&server);
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
    std::thread::sleep(Duration::from_millis(410));
    assert_eq!(poll(&server, &device).error(), "expired_token");
    assert!(!server.approve(&device.user_code));
}

#[test]
fn a_code_can_be_approved_after_a_time() {
    let server = start(options().approval(Approval::After(Duration::from_millis(400))));
    let device = device(&server);
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
    std::thread::sleep(Duration::from_millis(410));
    assert_eq!(poll(&server, &device).status, 200);
}

#[test]
fn an_id_token_comes_with_openid_and_echoes_the_nonce() {
    use base64::Engine as _;
    let server = start(options().approval(Approval::AfterPolls(0)).subject("alice"));
    let device = device_with(&server, "client_id=tv&scope=openid&nonce=n-0S6_WzA2Mj");
    let id_token = poll(&server, &device).json()["id_token"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = id_token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["iss"], server.issuer());
    assert_eq!(claims["sub"], "alice");
    assert_eq!(claims["aud"], "tv");
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);

    let device = device_with(&server, "client_id=tv&scope=profile");
    assert!(poll(&server, &device).json().get("id_token").is_none());
}

#[test]
fn a_refresh_token_can_be_kept_or_not_issued() {
    let server = start(options().approval(Approval::AfterPolls(0)).refresh_tokens(RefreshTokens::Keep));
    let tokens = poll(&server, &device(&server)).json();
    let body =
        format!("grant_type=refresh_token&client_id=tv&refresh_token={}", tokens["refresh_token"].as_str().unwrap());
    for _ in 0..2 {
        assert!(post(&server, "/token", &body).json().get("refresh_token").is_none());
    }
    let foreign = body.replace("client_id=tv", "client_id=radio");
    assert_eq!(post(&server, "/token", &foreign).error(), "invalid_grant");
    assert_eq!(post(&server, "/token", &format!("{body}&scope=openid+admin")).error(), "invalid_scope");
    assert_eq!(post(&server, "/token", &format!("{body}&scope=profile")).json()["scope"], "profile");

    let server = start(options().approval(Approval::AfterPolls(0)).refresh_tokens(RefreshTokens::None));
    assert!(poll(&server, &device(&server)).json().get("refresh_token").is_none());
}

#[test]
fn revoking_the_refresh_token_revokes_its_access_tokens_and_an_unknown_token_is_no_error() {
    let server = start(options().approval(Approval::AfterPolls(0)));
    let tokens = poll(&server, &device(&server)).json();
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    let revoke = |client: &str, token: &str| post(&server, "/revoke", &format!("client_id={client}&token={token}"));
    assert_eq!(revoke("radio", refresh).error(), "invalid_grant");
    assert!(server.is_active(access));
    let revoked = revoke("tv", refresh);
    assert_eq!((revoked.status, revoked.body.len()), (200, 0));
    assert!(!server.is_active(access));
    assert!(!server.is_active(refresh));
    assert_eq!(revoke("tv", "made-up").status, 200);
    assert_eq!(post(&server, "/revoke", "client_id=tv").error(), "invalid_request");
}

#[test]
fn revoking_an_access_token_leaves_the_refresh_token() {
    let server = start(options().approval(Approval::AfterPolls(0)));
    let tokens = poll(&server, &device(&server)).json();
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    assert_eq!(
        post(&server, "/revoke", &format!("client_id=tv&token={access}&token_type_hint=access_token")).status,
        200
    );
    assert!(!server.is_active(access));
    assert!(server.is_active(refresh));
}

#[test]
fn access_tokens_end_with_their_lifetime_or_by_a_call() {
    let server = start(options().approval(Approval::AfterPolls(0)).token_lifetime(Duration::from_millis(400)));
    let access = poll(&server, &device(&server)).json()["access_token"].as_str().unwrap().to_owned();
    assert!(server.is_active(&access));
    std::thread::sleep(Duration::from_millis(410));
    assert!(!server.is_active(&access));

    let server = start(options().approval(Approval::AfterPolls(0)));
    let access = poll(&server, &device(&server)).json()["access_token"].as_str().unwrap().to_owned();
    server.expire_access_tokens();
    assert!(!server.is_active(&access));
}

#[test]
fn missing_repeated_and_empty_parameters_are_invalid_requests() {
    let server = start(options());
    let device = device(&server);
    for (path, body) in [
        ("/device_authorization", String::new()),
        ("/device_authorization", "client_id=".to_owned()),
        ("/device_authorization", "client_id=tv&client_id=tv".to_owned()),
        ("/device_authorization", "client_id=tv&scope=a&scope=b".to_owned()),
        ("/token", String::new()),
        ("/token", format!("grant_type={DEVICE_CODE_GRANT}&client_id=tv")),
        ("/token", format!("grant_type={DEVICE_CODE_GRANT}&device_code={}", device.device_code)),
        ("/token", format!("{}&device_code=x", poll_body(&device.device_code))),
        ("/token", "grant_type=refresh_token&client_id=tv".to_owned()),
        ("/revoke", "token=x".to_owned()),
    ] {
        let response = post(&server, path, &body);
        assert_eq!((response.status, response.error().as_str()), (400, "invalid_request"), "{path} {body}");
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn parameters_that_would_fill_the_memory_are_refused() {
    let server = start(options());
    let long = "s".repeat(9_000);
    assert_eq!(post(&server, "/device_authorization", &format!("client_id={long}")).error(), "invalid_request");
    assert_eq!(
        post(&server, "/device_authorization", &format!("client_id=tv&nonce={long}")).error(),
        "invalid_request"
    );
    assert_eq!(post(&server, "/device_authorization", &format!("client_id=tv&scope={long}")).error(), "invalid_scope");
}

#[test]
fn other_grants_methods_content_types_and_paths_are_refused_as_they_should_be() {
    let server = start(options());
    assert_eq!(post(&server, "/token", "grant_type=password&client_id=tv").error(), "unsupported_grant_type");
    for path in ["/token", "/device_authorization", "/revoke", "/device/decision"] {
        let response = get(&server, path);
        assert_eq!((response.status, response.header("allow")), (405, Some("POST")), "{path}");
    }
    assert_eq!(post(&server, "/.well-known/openid-configuration", "").status, 405);
    let json = request(&server, "POST", "/token", &[("content-type", "application/json")], "{}");
    assert_eq!((json.status, json.error().as_str()), (400, "invalid_request"));
    let charset = ("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
    assert_eq!(request(&server, "POST", "/device_authorization", &[charset], "client_id=tv").status, 200);
    assert_eq!(get(&server, "/").status, 404);
}

#[test]
fn metadata_is_at_both_well_known_paths_and_names_the_endpoints() {
    let server = start(options());
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        let document = get(&server, path).json();
        assert_eq!(document["issuer"], server.issuer());
        assert_eq!(document["device_authorization_endpoint"], server.device_authorization_endpoint());
        assert_eq!(document["token_endpoint"], server.token_endpoint());
        assert_eq!(document["revocation_endpoint"], server.revocation_endpoint());
        for (name, endpoint) in [
            ("introspection_endpoint", server.introspection_endpoint()),
            ("userinfo_endpoint", server.userinfo_endpoint()),
            ("registration_endpoint", server.registration_endpoint()),
        ] {
            assert_eq!(document[name], endpoint);
            assert_ne!(get(&server, endpoint.strip_prefix(&server.issuer()).unwrap()).status, 404);
        }
        assert_eq!(document["grant_types_supported"][0], DEVICE_CODE_GRANT);
        assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    }
}

#[test]
fn an_issuer_with_a_path_has_its_metadata_where_each_standard_puts_it() {
    let server = start(options().issuer_path("/tenant/").public_host("localhost"));
    assert!(server.issuer().starts_with("http://localhost:") && server.issuer().ends_with("/tenant"));
    for path in ["/.well-known/oauth-authorization-server/tenant", "/tenant/.well-known/openid-configuration"] {
        assert_eq!(get(&server, path).json()["issuer"], server.issuer());
    }
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/token"] {
        assert_eq!(get(&server, path).status, 404, "{path}");
    }
    assert_eq!(post(&server, "/tenant/device_authorization", "client_id=tv").status, 200);
}

#[test]
fn codes_have_the_letters_and_the_length_that_were_asked_for() {
    let server = start(options().user_code("0123456789", 6));
    let user_code = device(&server).user_code;
    assert_eq!(user_code.len(), 7);
    assert!(user_code.bytes().filter(|byte| *byte != b'-').all(|byte| byte.is_ascii_digit()), "{user_code}");
}

#[test]
fn scripts_belong_to_codes_in_order() {
    let server =
        start(options().code(Script::new().deny()).code(Script::new().expire()).every_code(Script::new().approve()));
    let devices = [device(&server), device(&server), device(&server)];
    assert_eq!(poll(&server, &devices[2]).status, 200);
    assert_eq!(poll(&server, &devices[1]).error(), "expired_token");
    assert_eq!(poll(&server, &devices[0]).error(), "access_denied");
    assert_eq!(poll(&server, &devices[0]).error(), "access_denied", "a decision stays");
}

#[test]
fn a_server_starts_within_milliseconds_and_is_gone_when_dropped() {
    let begin = Instant::now();
    let server = start(options());
    let mut connection = Connection::open(server.addr());
    assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    connection.send("GET", "/.well-known/openid-configuration", &[], b"");
    assert_eq!(connection.receive().unwrap().status, 200);

    let address = server.addr();
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    assert!(connection.read_to_end().0.is_empty(), "the open connection must end");
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn scopes_can_be_limited_and_granted_in_part() {
    let server = start(options().scopes(&["openid", "email", "profile"]).grant_only(&["email", "openid"]));
    let wrong = post(&server, "/device_authorization", "client_id=tv&scope=openid+admin");
    assert_eq!((wrong.status, wrong.error().as_str()), (400, "invalid_scope"));
    let granted = |scope: &str| {
        let device = device_with(&server, &format!("client_id=tv&scope={scope}"));
        poll(&server, &device);
        poll(&server, &device).json()["scope"].clone()
    };
    assert_eq!(granted("openid+profile+email"), "openid email");
    assert_eq!(granted("profile"), "", "that nothing was granted has to be told");
    let metadata = get(&server, "/.well-known/openid-configuration").json();
    assert_eq!(metadata["scopes_supported"], serde_json::json!(["openid", "email", "profile"]));
    let response = post(&server, "/device_authorization", "client_id=tv");
    assert_eq!(response.status, 200, "no scope is no unknown one");
}
