//! The life of tokens at panva's oidc-provider: refresh with and without rotation, revocation, introspection.

use std::ops::ControlFlow;
use std::time::Duration;

use device_flow_core::{Config, Event, Session, SessionEvent, SignIn, SignInEvent, SignInReason, TokenResponse};
use device_flow_transport::Remote;
use interop::Result;
use interop::person::ACCOUNT;
use interop::server::Server;
use transport_tests::Transport;

use crate::bench::expect;
use crate::machines::{NONCE, SignedIn, approve, client, drive, expect_same, granted, refresh_token, refused};

const SCOPE: &str = "openid offline_access";
const ROTATING: (&str, &str) = ("device-rotate", "rotate-secret-0123456789abcdef");
const RESOURCE: (&str, &str) = ("resource-server", "resource-secret-0123456789abcdef");

/// K1: the answer repeats the refresh token or leaves it out; either way it stays the same.
pub(crate) fn a_refresh_brings_a_new_access_token<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", SCOPE)?;
    let mut tokens = it.tokens.clone();
    for _ in 0..2 {
        let renewed = granted(it.refresh(it.refresh_token()?)?)?;
        let is_new = renewed.access_token().expose() != tokens.access_token().expose();
        expect(is_new, "a new access token")?;
        is_good(&it, &renewed)?;
        tokens = renewed;
    }
    Ok(())
}

/// K1: each refresh token is good for one use, and the session always has the latest.
pub(crate) fn a_rotating_server_is_followed_from_token_to_token<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::with_secret(server, ROTATING, SCOPE)?;
    let mut seen = vec![it.refresh_token()?.to_owned()];
    let mut tokens = it.tokens.clone();
    for _ in 0..3 {
        // Each in a session of its own, as a program that is started again would.
        let mut session = Session::new(it.config.clone(), tokens, it.client.now())?;
        session.refresh(it.client.now())?;
        let told = drive(&it.client, &mut session, &Remote::new(), |_| Ok(ControlFlow::Break(())))?;
        let [SessionEvent::Refreshed(renewed)] = told.as_slice() else {
            return Err(format!("wanted new tokens, not {told:?}").into());
        };
        let refresh_token = refresh_token(renewed)?.to_owned();
        expect(!seen.contains(&refresh_token), "a new refresh token")?;
        seen.push(refresh_token);
        tokens = renewed.clone();
    }
    is_good(&it, &tokens)
}

/// RFC 9700 section 4.14.2.
pub(crate) fn a_rotated_token_that_comes_again_ends_the_grant<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::with_secret(server, ROTATING, SCOPE)?;
    let renewed = granted(it.refresh(it.refresh_token()?)?)?;
    is_good(&it, &renewed)?;
    refused(&it.refresh(it.refresh_token()?)?, "invalid_grant")?;
    refused(&it.userinfo(&renewed)?, "invalid_token")?;
    needs_a_sign_in(&it, renewed)
}

/// K1, K3: access tokens that live three seconds, refreshed a second before their end.
pub(crate) fn a_session_keeps_fleeting_tokens_fresh<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-fleeting", SCOPE)?;
    let config = it.config.clone().refresh_lead(Duration::from_secs(1));
    let mut session = Session::new(config, it.tokens.clone(), it.client.now())?;
    let mut refreshes = 0;
    let told = drive(&it.client, &mut session, &Remote::new(), |event| {
        refreshes += usize::from(matches!(event, SessionEvent::Refreshed(_)));
        Ok(until(refreshes == 3))
    })?;
    let is_alternating =
        told.chunks(2).all(|round| matches!(round, [SessionEvent::AboutToExpire { .. }, SessionEvent::Refreshed(_)]));
    expect(is_alternating && told.len() == 6, format_args!("three refreshes, not {told:?}"))?;
    is_good(&it, session.tokens())
}

pub(crate) fn one_machine_signs_in_and_refreshes_until_it_is_cancelled<T: Transport>(server: &Server) -> Result<()> {
    let client = client::<T>(server)?;
    let metadata = granted(client.discover(server.issuer()))?;
    let config =
        Config::discovered("device-fleeting", &metadata).scope(SCOPE).nonce(NONCE).refresh_lead(Duration::from_secs(1));
    let mut sign_in = SignIn::new(config)?;
    let told = drive(&client, &mut sign_in, &Remote::new(), |event| {
        if let SignInEvent::Flow(Event::Prompt(prompt)) = event {
            approve(server, prompt)?;
        }
        let is_enough = matches!(event, SignInEvent::Session(SessionEvent::Refreshed(_)));
        Ok(until(is_enough))
    })?;
    let is_whole = matches!(
        told.as_slice(),
        [
            SignInEvent::Flow(Event::Prompt(_)),
            ..,
            SignInEvent::Granted(_),
            SignInEvent::Session(SessionEvent::AboutToExpire { .. }),
            SignInEvent::Session(SessionEvent::Refreshed(_)),
        ]
    );
    expect(is_whole, format_args!("a grant and a refresh, not {told:?}"))
}

/// RFC 6749 section 6.
pub(crate) fn fewer_scopes_can_be_asked_for<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", "openid offline_access email")?;
    let mut session = Session::new(it.config.clone(), it.tokens.clone(), it.client.now())?;
    session.refresh_with_scope(it.client.now(), "openid")?;
    drive(&it.client, &mut session, &Remote::new(), |_| Ok(ControlFlow::Break(())))?;
    let scopes = session.tokens().scopes();
    expect_same("scope", scopes.map(Iterator::collect), Some(vec!["openid"]))?;
    let userinfo = granted(it.userinfo(session.tokens())?)?;
    expect_same("email", userinfo.claims().text("email"), None::<String>)?;
    let userinfo = granted(it.userinfo(&it.tokens)?)?;
    let email = format!("{ACCOUNT}@example.test");
    expect_same("email", userinfo.claims().text("email"), Some(email))
}

/// K5.
pub(crate) fn revoking_the_refresh_token_ends_all_that_came_of_it<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::with_secret(server, ROTATING, SCOPE)?;
    let refresh_token = it.refresh_token()?;
    let access_token = it.tokens.access_token();
    let both = [refresh_token, access_token.expose()];
    for token in both {
        let is_active = it.introspect_as(RESOURCE, token)?.is_active();
        expect(is_active, "an active token")?;
    }
    it.revoke_refresh_token(refresh_token)?;
    for token in both {
        let is_active = it.introspect_as(RESOURCE, token)?.is_active();
        expect(!is_active, "a token that has ended")?;
    }
    // A second time is as good as the first (RFC 7009 section 2.2).
    it.revoke_refresh_token(refresh_token)?;
    refused(&it.refresh(refresh_token)?, "invalid_grant")?;
    needs_a_sign_in(&it, it.tokens.clone())
}

/// K5.
pub(crate) fn revoking_the_access_token_ends_it<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", SCOPE)?;
    is_good(&it, &it.tokens)?;
    let access_token = it.tokens.access_token();
    it.revoke_access_token(access_token.expose())?;
    let status = it.introspect_as(RESOURCE, access_token.expose())?;
    expect(!status.is_active(), "a token that has ended")?;
    refused(&it.userinfo(&it.tokens)?, "invalid_token")
}

/// RFC 7662.
pub(crate) fn a_resource_server_learns_about_tokens<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", SCOPE)?;
    let status = it.introspect_as(RESOURCE, it.tokens.access_token().expose())?;
    expect(status.is_active(), "an active token")?;
    let claim = |name| status.claims().text(name);
    expect_same("client_id", claim("client_id"), Some("device-public".into()))?;
    expect_same("sub", claim("sub"), Some(ACCOUNT.to_owned()))?;
    expect_same("iss", claim("iss"), Some(server.issuer().to_owned()))?;
    let life = (status.claims().seconds("exp"), status.claims().seconds("iat"));
    let (Some(end), Some(start)) = life else {
        return Err(format!("exp and iat are {life:?}").into());
    };
    expect_same("life", end - start, 3600)?;
    let status = it.introspect_as(RESOURCE, "no-such-token")?;
    expect(!status.is_active(), "no active token")
}

/// The person's own access token, as the server's userinfo sees it.
fn is_good<T: Transport>(it: &SignedIn<T>, tokens: &TokenResponse) -> Result<()> {
    let userinfo = granted(it.userinfo(tokens)?)?;
    expect_same("sub", userinfo.subject(), Some(ACCOUNT.to_owned()))
}

/// A session with these tokens ends at its first refresh.
fn needs_a_sign_in<T: Transport>(it: &SignedIn<T>, tokens: TokenResponse) -> Result<()> {
    let mut session = Session::new(it.config.clone(), tokens, it.client.now())?;
    session.refresh(it.client.now())?;
    let told = drive(&it.client, &mut session, &Remote::new(), |_| Ok(ControlFlow::Continue(())))?;
    let is_told = matches!(told.as_slice(), [SessionEvent::SignInNeeded(SignInReason::Refused(_))]);
    expect(is_told, format_args!("an end, not {told:?}"))
}

const fn until(is_enough: bool) -> ControlFlow<()> {
    if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
