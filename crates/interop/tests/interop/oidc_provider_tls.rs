//! panva's oidc-provider over https, with the certificate of an authority that no machine trusts by itself.

use interop::Result;
use interop::certificate::write_unrelated_ca;
use interop::program::{Login, text};
use tempfile::TempDir;

use crate::bench::{Bench, is_unreachable};

pub(crate) fn an_own_authority_is_trusted_when_named(bench: &Bench<'_>) -> Result<()> {
    let login = bench.login("device-public")?.option("--scope", "openid offline_access");
    let run = bench.approve(login)?;
    text(run.last(), "id_token")?;
    text(run.last(), "refresh_token")?;
    Ok(())
}

pub(crate) fn a_client_with_a_secret_signs_in(bench: &Bench<'_>) -> Result<()> {
    bench.approve(with_secret(bench.login("device-basic")?)?)?;
    Ok(())
}

pub(crate) fn an_unknown_authority_is_a_network_failure(bench: &Bench<'_>) -> Result<()> {
    is_unreachable(with_secret(bench.bare_login("device-basic")?.issuer(bench.server))?)
}

pub(crate) fn an_unrelated_authority_is_a_network_failure(bench: &Bench<'_>) -> Result<()> {
    let directory = TempDir::new()?;
    let ca = directory.path().join("unrelated-ca.pem");
    write_unrelated_ca(&ca)?;
    let login = bench.bare_login("device-basic")?.issuer(bench.server).option("--ca-cert", &ca);
    is_unreachable(with_secret(login)?)
}

fn with_secret(login: Login) -> Result<Login> {
    Ok(login.secret("basic", "basic-secret-0123456789abcdef")?.option("--scope", "openid"))
}
