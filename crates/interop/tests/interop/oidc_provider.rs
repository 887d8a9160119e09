//! panva's oidc-provider over plain http: OpenID Connect, no `interval` in its answers, encoded Basic credentials.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use interop::program::{following, text};
use interop::{Error, Result};
use serde_json::Value;

use crate::bench::{Bench, expect_eq, is_refused, let_expire};

pub(crate) fn a_public_client_signs_in(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-public")?.option("--scope", "openid offline_access");
    let run = bench.approve(login)?;
    let claims = claims(text(run.last(), "id_token")?)?;
    expect_eq("iss", &claims["iss"], bench.server.issuer())?;
    expect_eq("aud", &claims["aud"], "device-public")?;
    text(run.last(), "refresh_token")?;
    Ok(())
}

pub(crate) fn a_client_with_its_secret_in_basic_signs_in(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-basic")?.secret("basic", "basic-secret-0123456789abcdef")?;
    bench.approve(login.option("--scope", "openid"))?;
    Ok(())
}

pub(crate) fn a_client_with_its_secret_in_the_body_signs_in(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-post")?.secret("post", "post-secret-0123456789abcdef")?;
    bench.approve(login.option("--scope", "openid"))?;
    Ok(())
}

/// RFC 6749 section 2.3.1: id and secret are form-urlencoded before they go into Basic.
pub(crate) fn special_characters_survive_basic(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device:special/id+1")?.secret("basic", "p%ss word:+/&=?")?;
    bench.approve(login.option("--scope", "openid"))?;
    Ok(())
}

pub(crate) fn the_complete_address_needs_no_typing(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-public")?.option("--scope", "openid");
    bench.approve_by(login, following)?;
    Ok(())
}

pub(crate) fn polling_goes_on_until_somebody_approves(bench: &Bench<'_>) -> Result<()> {
    bench.approve_late(bench.login("device-public")?.option("--scope", "openid"))
}

pub(crate) fn endpoints_may_be_named_one_by_one(bench: &Bench<'_>) -> Result<()> {
    let login = bench.bare_login("device-public")?.endpoints(bench.server).option("--scope", "openid");
    let run = bench.approve(login)?;
    // Without offline_access there is nothing to refresh with.
    expect_eq("refresh_token", &run.last()["refresh_token"], Value::Null)
}

pub(crate) fn a_refusal_ends_the_sign_in(bench: &Bench<'_>) -> Result<()> {
    bench.deny(bench.login("device-public")?.option("--scope", "openid"))
}

pub(crate) fn a_code_that_nobody_enters_expires(bench: &Bench<'_>) -> Result<()> {
    let_expire(bench.login("device-short")?.option("--scope", "openid"))
}

pub(crate) fn a_wrong_secret_is_told_and_kept(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-basic")?.secret("basic", "not/the secret+of-this-client")?;
    is_refused(login.option("--scope", "openid"), "invalid_client")
}

/// oidc-provider says `invalid_request` where RFC 6749 section 5.2 has `unauthorized_client`.
pub(crate) fn a_client_without_the_device_grant_is_refused(bench: &Bench<'_>) -> Result<()> {
    is_refused(bench.login("not-device")?.option("--scope", "openid"), "invalid_request")
}

/// The claims of an ID token, which came straight from the server and so needs no check of its signature.
fn claims(id_token: &str) -> Result<Value> {
    let payload = id_token.split('.').nth(1).ok_or_else(|| Error::from("the id_token is no JWT"))?;
    Ok(serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload)?)?)
}
