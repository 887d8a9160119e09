//! What is asked once: refresh, revocation, introspection, userinfo.

use crate::bench::{FOR_EVER, SOON, approving, assert_refused, client, config, options, refreshes, start, told, until};
use device_flow_core::{
    Call, CallEvent, ClientAuthentication, ClientMetadata, Config, ErrorCode, Failure, ProtocolErrorKind, RetryReason,
    Revoked, Stage, TokenResponse, TokenStatus, TransportFailure, UserinfoResponse,
};
use device_flow_testserver::{Answer, Client, Endpoint, Fault, RefreshTokens, Script, Server};
use device_flow_transport::Remote;
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use transport_tests::{Ending, Transport};

/// K1.
pub(crate) fn a_refresh_brings_new_tokens<T: Transport>() {
    let server = start(approving());
    let (client, tokens) = signed_in::<T>(&server, "read");
    let refresh_token = refresh_token(&tokens);
    let renewed = refresh(&client, &server, &refresh_token).unwrap();
    assert!(server.is_active(renewed.access_token().expose()));
    assert!(server.is_active(renewed.refresh_token().unwrap().expose()));
    assert!(!server.is_active(&refresh_token), "it was rotated");
    let requests = refreshes(&server);
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].parameter("client_id"), Some("television"));
}

/// K5.
pub(crate) fn revoking_the_refresh_token_ends_all_that_came_of_it<T: Transport>() {
    let server = start(approving());
    let (client, tokens) = signed_in::<T>(&server, "read");
    let refresh_token = refresh_token(&tokens);
    let access_token = tokens.access_token().expose();
    assert!(server.is_active(access_token));
    revoke_refresh_token(&client, &server, &refresh_token).unwrap();
    assert!(!server.is_active(&refresh_token));
    assert!(!server.is_active(access_token));
    assert_refused(refresh(&client, &server, &refresh_token), &ErrorCode::INVALID_GRANT);
    let requests = server.requests_to("/revoke");
    assert_eq!(requests.len(), 1);
    let hint = requests[0].parameter("token_type_hint");
    assert_eq!(hint, Some("refresh_token"));
}

/// K5.
pub(crate) fn revoking_the_access_token_leaves_the_refresh_token<T: Transport>() {
    let server = start(approving());
    let (client, tokens) = signed_in::<T>(&server, "read");
    revoke_access_token(&client, &server, &tokens).unwrap();
    assert!(!server.is_active(tokens.access_token().expose()));
    let renewed = refresh(&client, &server, &refresh_token(&tokens)).unwrap();
    assert!(server.is_active(renewed.access_token().expose()));
    let requests = server.requests_to("/revoke");
    let hint = requests[0].parameter("token_type_hint");
    assert_eq!(hint, Some("access_token"));
}

/// K5, RFC 7009 section 2.2: a token that is no good any more is as good as revoked.
pub(crate) fn a_sign_out_revokes_both_and_can_be_repeated<T: Transport>() {
    let server = start(approving().refresh_tokens(RefreshTokens::Keep));
    let (client, tokens) = signed_in::<T>(&server, "read");
    for _ in 0..2 {
        revoke_refresh_token(&client, &server, &refresh_token(&tokens)).unwrap();
        revoke_access_token(&client, &server, &tokens).unwrap();
    }
    assert!(!server.is_active(tokens.access_token().expose()));
    assert!(!server.is_active(&refresh_token(&tokens)));
}

/// K5.
pub(crate) fn another_clients_token_cannot_be_revoked<T: Transport>() {
    let server = start(approving());
    let (client, tokens) = signed_in::<T>(&server, "read");
    let other = Config::new("radio", server.device_authorization_endpoint(), server.token_endpoint());
    let endpoint = server.revocation_endpoint();
    let revocation = Call::revoke_refresh_token(&other, &endpoint, &refresh_token(&tokens));
    assert_refused(client.call(revocation.unwrap()), &ErrorCode::INVALID_GRANT);
    assert!(server.is_active(&refresh_token(&tokens)));
}

/// The same patience as for every other request: three more attempts, one and two seconds apart.
pub(crate) fn a_call_is_made_again_after_passing_trouble<T: Transport>() {
    let server = start(approving());
    let trouble = Script::new().answer(Answer::html(503, "<h1>Soon</h1>")).fault(Fault::Reset);
    server.script(Endpoint::Revocation, trouble);
    let (client, tokens) = signed_in::<T>(&server, "read");
    let refresh_token = refresh_token(&tokens);
    let endpoint = server.revocation_endpoint();
    let mut revocation = Call::revoke_refresh_token(&config(&server), &endpoint, &refresh_token).unwrap();
    let told = told(&client, &mut revocation, &Remote::new(), |_| until(false));
    let reasons: Vec<_> = told
        .iter()
        .map(|event| match event {
            CallEvent::Retrying { reason, .. } => *reason,
            other => panic!("{other:?}"),
        })
        .collect();
    let reset = RetryReason::Transport(TransportFailure::Closed);
    assert_eq!(reasons, [RetryReason::Status(503), reset]);
    assert!(revocation.into_outcome().unwrap().is_ok());
    assert!(!server.is_active(&refresh_token));
    let requests = server.requests_to("/revoke");
    assert_eq!(requests.len(), 3);
    for (pair, seconds) in requests.windows(2).zip([1, 2]) {
        let gap = pair[1].arrived - pair[0].arrived;
        let least = Duration::from_millis(seconds * 1_000 - 10);
        assert!(gap >= least, "made again after {gap:?}");
    }
}

/// Nothing is left behind of a call that nobody waits for any more.
pub(crate) fn a_cancelled_call_ends_as_cancelled<T: Transport>() {
    let hang = Script::new().fault(Fault::Hang(FOR_EVER));
    let server = start(options().script(Endpoint::Userinfo, hang));
    let endpoint = server.userinfo_endpoint();
    let mut call = Call::userinfo(&config(&server), &endpoint, "any-token").unwrap();
    let remote = Remote::new();
    let took = thread::scope(|scope| {
        let cancelled = scope.spawn(|| {
            assert!(server.wait_for_requests(1, SOON));
            remote.cancel();
            Instant::now()
        });
        told(&client::<T>(), &mut call, &remote, |_| until(false));
        cancelled.join().unwrap().elapsed()
    });
    assert!(took < SOON, "took {took:?}");
    assert!(matches!(call.outcome(), Some(Err(Failure::Cancelled))));
}

/// RFC 7662.
pub(crate) fn introspection_tells_active_tokens_from_others<T: Transport>() {
    let server =
        start(approving().client(Client::public("television")).client(Client::basic("archive", "s3cret & more")));
    let (client, tokens) = signed_in::<T>(&server, "read");
    let archive = Config::new("archive", server.device_authorization_endpoint(), server.token_endpoint())
        .client_authentication(ClientAuthentication::SecretBasic("s3cret & more".into()));
    let endpoint = server.introspection_endpoint();
    let ask = |config: &Config, token: &str| -> Result<TokenStatus, Ending> {
        client.call(Call::introspect(config, &endpoint, token).unwrap())
    };

    let access_token = tokens.access_token();
    let status = ask(&archive, access_token.expose()).unwrap();
    assert!(status.is_active());
    let claim = |name| status.claims().text(name);
    assert_eq!(claim("client_id").as_deref(), Some("television"));
    assert_eq!(claim("scope").as_deref(), Some("read"));
    assert_eq!(claim("sub").as_deref(), Some("user-1"));
    assert!(status.claims().seconds("exp") > status.claims().seconds("iat"));

    assert!(!ask(&archive, "no-such-token").unwrap().is_active());
    server.expire_access_tokens();
    assert!(!ask(&archive, access_token.expose()).unwrap().is_active());
    let refresh_token = refresh_token(&tokens);
    assert!(ask(&archive, &refresh_token).unwrap().is_active());
    revoke_refresh_token(&client, &server, &refresh_token).unwrap();
    assert!(!ask(&archive, &refresh_token).unwrap().is_active());

    let impostor = archive.client_authentication(ClientAuthentication::SecretBasic("wrong".into()));
    assert_refused(ask(&impostor, access_token.expose()), &ErrorCode::INVALID_CLIENT);
}

/// OpenID Connect Core section 5.3.
pub(crate) fn userinfo_tells_who_signed_in<T: Transport>() {
    let server = start(approving().subject("maria"));
    let (client, tokens) = signed_in::<T>(&server, "openid profile email");
    let userinfo = userinfo(&client, &server, tokens.access_token().expose()).unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let config = config(&server).issuer(&server.issuer());
    let identity = config.identity(&tokens, now).unwrap();
    assert_eq!(userinfo.subject().as_deref(), Some("maria"));
    assert_eq!(userinfo.subject(), identity.text("sub"));
    let claims = userinfo.claims();
    assert_eq!(claims.text("email").as_deref(), Some("user@example.com"));
    assert_eq!(claims.flag("email_verified"), Some(true));
    let requests = server.requests_to("/userinfo");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].header("content-type"), None);
}

/// RFC 6750 section 3.1.
pub(crate) fn a_token_that_userinfo_refuses_is_told_as_that<T: Transport>() {
    let server = start(approving());
    let (client, tokens) = signed_in::<T>(&server, "openid");
    server.expire_access_tokens();
    let ask = |tokens: &TokenResponse| userinfo(&client, &server, tokens.access_token().expose());
    assert_refused(ask(&tokens), &ErrorCode::new("invalid_token"));

    // Granted, but not for this.
    let (_, others) = signed_in::<T>(&server, "read");
    assert_refused(ask(&others), &ErrorCode::new("insufficient_scope"));

    // Most servers say so in a header alone.
    let bare = Answer::new(401).header("www-authenticate", "Bearer error=\"invalid_token\"");
    server.script(Endpoint::Userinfo, Script::new().answer(bare));
    let result = ask(&tokens);
    let Err(Ending::Failed(Failure::Protocol(error))) = result else { panic!("{result:?}") };
    let refused = ProtocolErrorKind::TokenRefused { status: 401 };
    assert_eq!(error.kind(), &refused);
    assert_eq!(server.requests_to("/userinfo").len(), 3, "asked once each");
}

/// P14, RFC 9700 section 4.12: no other place gets the token.
pub(crate) fn a_call_follows_no_redirect<T: Transport>() {
    let elsewhere = start(options());
    let target = elsewhere.userinfo_endpoint();
    let redirect = Answer::new(307).header("location", &target);
    let server = start(options());
    for endpoint in
        [Endpoint::Refresh, Endpoint::Revocation, Endpoint::Introspection, Endpoint::Userinfo, Endpoint::Registration]
    {
        server.script(endpoint, Script::new().answer(redirect.clone()));
    }
    let (client, config) = (client::<T>(), config(&server));
    let assert_redirected = |error, stage| assert_redirected(error, stage, &target);
    assert_redirected(refresh(&client, &server, "secret").err(), Stage::Refresh);
    assert_redirected(revoke_refresh_token(&client, &server, "secret").err(), Stage::Revocation);
    let endpoint = server.introspection_endpoint();
    let introspection = Call::introspect(&config, &endpoint, "secret").unwrap();
    assert_redirected(client.call(introspection).err(), Stage::Introspection);
    assert_redirected(userinfo(&client, &server, "secret").err(), Stage::Userinfo);
    let metadata = ClientMetadata::new();
    let registration = Call::register(&server.registration_endpoint(), &metadata, false).unwrap();
    assert_redirected(client.call(registration).err(), Stage::Registration);
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(server.requests().len(), 5);
}

fn assert_redirected(error: Option<Ending>, stage: Stage, target: &str) {
    let Some(Ending::Failed(Failure::Protocol(error))) = error else { panic!("{error:?}") };
    assert_eq!(error.stage(), stage);
    let target = Some(target.into());
    let redirect = ProtocolErrorKind::Redirect { status: 307, target };
    assert_eq!(error.kind(), &redirect);
}

fn signed_in<T: Transport>(server: &Server, scope: &str) -> (T, TokenResponse) {
    let client = client::<T>();
    let tokens = client.sign_in(config(server).scope(scope)).unwrap();
    (client, tokens)
}

fn refresh<T: Transport>(client: &T, server: &Server, refresh_token: &str) -> Result<TokenResponse, Ending> {
    client.call(Call::refresh(&config(server), refresh_token).unwrap())
}

fn revoke_refresh_token<T: Transport>(client: &T, server: &Server, token: &str) -> Result<Revoked, Ending> {
    let endpoint = server.revocation_endpoint();
    client.call(Call::revoke_refresh_token(&config(server), &endpoint, token).unwrap())
}

fn revoke_access_token<T: Transport>(client: &T, server: &Server, tokens: &TokenResponse) -> Result<Revoked, Ending> {
    let endpoint = server.revocation_endpoint();
    let token = tokens.access_token();
    client.call(Call::revoke_access_token(&config(server), &endpoint, token.expose()).unwrap())
}

fn userinfo<T: Transport>(client: &T, server: &Server, access_token: &str) -> Result<UserinfoResponse, Ending> {
    let endpoint = server.userinfo_endpoint();
    client.call(Call::userinfo(&config(server), &endpoint, access_token).unwrap())
}

fn refresh_token(tokens: &TokenResponse) -> String {
    tokens.refresh_token().unwrap().expose().to_owned()
}
