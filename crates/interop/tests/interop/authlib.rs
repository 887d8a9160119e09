//! Authlib's server over plain http: plain OAuth, an `interval` of 2 seconds that it insists on, raw Basic credentials.

use interop::Result;
use interop::program::{following, text};

use crate::bench::{Bench, is_refused, let_expire};

/// Needs encoding inside Basic by the letter of the RFC, and must not have it here.
const SPECIAL_SECRET: &str = "p%ss word:+/&=?";

pub(crate) fn a_public_client_signs_in(bench: &Bench<'_>) -> Result<()> {
    let run = bench.approve(bench.login("device-public")?.option("--scope", "read write"))?;
    text(run.last(), "refresh_token")?;
    Ok(())
}

pub(crate) fn a_client_with_its_secret_in_basic_signs_in(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-basic")?.secret("basic", "basic-secret-0123456789abcdef")?;
    bench.approve(login.option("--scope", "read"))?;
    Ok(())
}

pub(crate) fn a_client_with_its_secret_in_the_body_signs_in(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-post")?.secret("post", "post-secret-0123456789abcdef")?;
    bench.approve(login.option("--scope", "read"))?;
    Ok(())
}

pub(crate) fn special_characters_need_raw_basic(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-special")?.secret("basic-raw", SPECIAL_SECRET)?;
    bench.approve(login.option("--scope", "read"))?;
    Ok(())
}

/// Shows that `basic-raw` is there for a reason. Should Authlib learn to decode, this case is the one to go.
pub(crate) fn special_characters_do_not_survive_encoded_basic(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-special")?.secret("basic", SPECIAL_SECRET)?;
    is_refused(login.option("--scope", "read"), "invalid_client")
}

pub(crate) fn the_complete_address_needs_no_typing(bench: &Bench<'_>) -> Result<()> {
    bench.approve_by(bench.login("device-public")?.option("--scope", "read"), following)?;
    Ok(())
}

pub(crate) fn polling_goes_on_until_somebody_approves(bench: &Bench<'_>) -> Result<()> {
    bench.approve_late(bench.login("device-public")?.option("--scope", "read"))
}

pub(crate) fn endpoints_may_be_named_one_by_one(bench: &Bench<'_>) -> Result<()> {
    let login = bench.bare_login("device-public")?.endpoints(bench.server);
    bench.approve(login.option("--scope", "read"))?;
    Ok(())
}

pub(crate) fn a_refusal_ends_the_sign_in(bench: &Bench<'_>) -> Result<()> {
    bench.deny(bench.login("device-public")?.option("--scope", "read"))
}

pub(crate) fn a_code_that_nobody_enters_expires(bench: &Bench<'_>) -> Result<()> {
    let_expire(bench.login("device-short")?.option("--scope", "read"))
}

pub(crate) fn a_wrong_secret_is_told_and_kept(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-post")?.secret("post", "not/the secret+of-this-client")?;
    is_refused(login.option("--scope", "read"), "invalid_client")
}

/// The device authorization is granted all the same: the first poll tells.
pub(crate) fn a_client_without_the_device_grant_is_refused(bench: &Bench<'_>) -> Result<()> {
    is_refused(bench.login("not-device")?.option("--scope", "read"), "unauthorized_client")
}
