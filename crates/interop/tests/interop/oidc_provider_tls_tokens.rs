//! The life of tokens at panva's oidc-provider over https.

use interop::Result;
use interop::person::ACCOUNT;
use interop::server::Server;
use transport_tests::Transport;

use crate::bench::expect;
use crate::machines::{SignedIn, expect_same, granted, refused};

/// Every request that there is goes over TLS, and trusts the authority that it was told of.
pub(crate) fn tokens_live_and_end_under_an_own_authority<T: Transport>(server: &Server) -> Result<()> {
    let rotating = ("device-rotate", "rotate-secret-0123456789abcdef");
    let it = SignedIn::<T>::with_secret(server, rotating, "openid offline_access")?;
    let (id_token, expected) = it.id_token()?;
    id_token.check(&expected)?;
    let renewed = granted(it.refresh(it.refresh_token()?)?)?;
    let userinfo = granted(it.userinfo(&renewed)?)?;
    expect_same("sub", userinfo.subject(), Some(ACCOUNT.to_owned()))?;

    let resource = ("resource-server", "resource-secret-0123456789abcdef");
    let access_token = renewed.access_token();
    let status = it.introspect_as(resource, access_token.expose())?;
    expect(status.is_active(), "an active token")?;
    it.revoke_refresh_token(crate::machines::refresh_token(&renewed)?)?;
    it.revoke_access_token(access_token.expose())?;
    let status = it.introspect_as(resource, access_token.expose())?;
    expect(!status.is_active(), "a token that has ended")?;
    refused(&it.userinfo(&renewed)?, "invalid_token")
}
