//! The life of tokens at Authlib's server, which rotates refresh tokens and hashes access tokens into ID tokens.

use std::ops::ControlFlow;

use device_flow_core::{IdTokenError, Session, SessionEvent};
use device_flow_transport::Remote;
use interop::Result;
use interop::person::ACCOUNT;
use interop::server::Server;
use transport_tests::Transport;

use crate::bench::expect;
use crate::machines::{SignedIn, client, drive, expect_same, granted, refresh_token, refused};

const BASIC: (&str, &str) = ("device-basic", "basic-secret-0123456789abcdef");

/// K1.
pub(crate) fn a_session_follows_the_rotation<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", "profile")?;
    let mut session = Session::new(it.config.clone(), it.tokens.clone(), it.client.now())?;
    session.refresh(it.client.now())?;
    let told = drive(&it.client, &mut session, &Remote::new(), |_| Ok(ControlFlow::Break(())))?;
    let [SessionEvent::Refreshed(renewed)] = told.as_slice() else {
        return Err(format!("wanted new tokens, not {told:?}").into());
    };
    let is_rotated = refresh_token(renewed)? != it.refresh_token()?;
    expect(is_rotated, "another refresh token")?;
    let userinfo = granted(it.userinfo(renewed)?)?;
    expect_same("sub", userinfo.subject(), Some(ACCOUNT.to_owned()))
}

/// The server ends no more than the token that comes again.
pub(crate) fn a_rotated_token_that_comes_again_is_refused<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::with_secret(server, BASIC, "profile")?;
    let renewed = granted(it.refresh(it.refresh_token()?)?)?;
    refused(&it.refresh(it.refresh_token()?)?, "invalid_grant")?;
    granted(it.refresh(refresh_token(&renewed)?)?).map(drop)
}

/// K5, RFC 7662.
pub(crate) fn a_revoked_token_is_inactive<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", "profile")?;
    let access_token = it.tokens.access_token();
    let status = it.introspect_as(BASIC, access_token.expose())?;
    expect(status.is_active(), "an active token")?;
    let claim = |name| status.claims().text(name);
    expect_same("client_id", claim("client_id"), Some("device-public".into()))?;
    expect_same("sub", claim("sub"), Some(ACCOUNT.to_owned()))?;

    it.revoke_refresh_token(it.refresh_token()?)?;
    it.revoke_access_token(access_token.expose())?;
    let status = it.introspect_as(BASIC, access_token.expose())?;
    expect(!status.is_active(), "a token that has ended")?;
    refused(&it.refresh(it.refresh_token()?)?, "invalid_grant")?;
    refused(&it.userinfo(&it.tokens)?, "invalid_token")
}

/// OpenID Connect Core section 3.1.3.8.
pub(crate) fn an_id_token_belongs_to_its_access_token<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::with_secret(server, BASIC, "openid")?;
    let (id_token, expected) = it.id_token()?;
    let claims = id_token.check(&expected)?;
    expect(claims.text("at_hash").is_some(), "at_hash")?;

    let renewed = granted(it.refresh(it.refresh_token()?)?)?;
    let of_another = expected.access_token(renewed.access_token().expose());
    expect_same("hash", id_token.check(&of_another).map(drop), Err(IdTokenError::AccessTokenHash))?;
    crate::machines::id_token(&renewed)?.check(&of_another)?;
    Ok(())
}

/// K6: the server registers nobody, and says so by leaving the endpoint out.
pub(crate) fn discovery_finds_what_there_is<T: Transport>(server: &Server) -> Result<()> {
    let client = client::<T>(server)?;
    let metadata = granted(client.discover(server.issuer()))?;
    let endpoints = [
        (metadata.device_authorization_endpoint(), Some("device_authorization")),
        (Some(metadata.token_endpoint()), Some("token")),
        (metadata.revocation_endpoint(), Some("revoke")),
        (metadata.introspection_endpoint(), Some("introspect")),
        (metadata.userinfo_endpoint(), Some("userinfo")),
        (metadata.registration_endpoint(), None),
    ];
    for (found, path) in endpoints {
        let wanted = path.map(|path| format!("{}/{path}", server.issuer()));
        expect_same("endpoint", found, wanted.as_deref())?;
    }
    Ok(())
}
