//! What the cases share: servers started once, the program built once, and the steps of a sign-in.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use interop::install::Unavailable;
use interop::person::{ACCOUNT, Decision, Way, decide};
use interop::program::{self, Login, Run, text, typing};
use interop::server::{Server, Transport};
use interop::{Error, Result};
use libtest_mimic::{Completion, Failed};
use serde_json::Value;

use crate::Case;

/// The server that a case needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Site {
    OidcProvider,
    OidcProviderTls,
    Authlib,
}

/// What lives as long as the suite.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    program: OnceLock<Result<PathBuf>>,
    oidc_provider: OnceLock<Result<Server, Unavailable>>,
    oidc_provider_tls: OnceLock<Result<Server, Unavailable>>,
    authlib: OnceLock<Result<Server, Unavailable>>,
    skipped: Mutex<BTreeMap<String, usize>>,
}

impl Shared {
    /// Runs a case of the program, or tells why not.
    pub(crate) fn run(&self, site: Site, transport: &'static str, case: Case) -> Result<Completion, Failed> {
        let program = self.program.get_or_init(program::locate).as_ref()?;
        self.run_at(site, |server| case(&Bench { server, program, transport }))
    }

    /// Runs a case that needs a server only, or tells why not.
    pub(crate) fn run_at(&self, site: Site, case: impl FnOnce(&Server) -> Result<()>) -> Result<Completion, Failed> {
        let server = match self.server(site) {
            Ok(server) => server,
            Err(Unavailable::Missing(reason)) if !is_required() => return Ok(self.skip(reason)),
            Err(reason) => return Err(format!("{site:?} cannot be had: {reason}").into()),
        };
        case(server).map_err(|error| format!("{error}\n--- end of the server's log\n{}", server.log_tail()))?;
        Ok(Completion::Completed)
    }

    /// The reasons for which cases were skipped, and how many each.
    pub(crate) fn skipped(&self) -> BTreeMap<String, usize> {
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn server(&self, site: Site) -> &Result<Server, Unavailable> {
        match site {
            Site::OidcProvider => self.oidc_provider.get_or_init(|| Server::oidc_provider(Transport::Plain)),
            Site::OidcProviderTls => self.oidc_provider_tls.get_or_init(|| Server::oidc_provider(Transport::Tls)),
            Site::Authlib => self.authlib.get_or_init(Server::authlib),
        }
    }

    fn skip(&self, reason: &str) -> Completion {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        *skipped.entry(reason.to_owned()).or_default() += 1;
        Completion::ignored_with(reason.lines().next().unwrap_or_default())
    }
}

/// Whether a server that cannot be had is a failure.
fn is_required() -> bool {
    let is_ci = env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    is_ci || env::var("DEVICE_FLOW_INTEROP").is_ok_and(|value| value == "require")
}

/// What a case works with.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    pub(crate) server: &'a Server,
    program: &'a Path,
    transport: &'static str,
}

impl Bench<'_> {
    /// A sign-in at the server, found by its issuer and trusted.
    pub(crate) fn login(&self, client_id: &str) -> Result<Login> {
        let login = self.bare_login(client_id)?.issuer(self.server);
        Ok(match self.server.ca() {
            Some(ca) => login.option("--ca-cert", ca),
            None => login,
        })
    }

    /// A sign-in that does not know yet where to.
    pub(crate) fn bare_login(&self, client_id: &str) -> Result<Login> {
        Login::new(self.program, self.transport, client_id)
    }

    /// Signs in, with a person who types the code and approves.
    pub(crate) fn approve(&self, login: Login) -> Result<Run> {
        self.approve_by(login, typing)
    }

    /// Signs in, with a person who goes this way and approves. The token is the server's and works.
    pub(crate) fn approve_by(&self, login: Login, way: fn(&Value) -> Result<Way<'_>>) -> Result<Run> {
        let (running, prompt) = login.start()?.prompt()?;
        decide(self.server, way(&prompt)?, Decision::Approve)?;
        let run = running.finish()?;
        self.is_signed_in(&run, &prompt)?;
        Ok(run)
    }

    /// Signs in, with a person who approves after the program has polled in vain.
    pub(crate) fn approve_late(&self, login: Login) -> Result<()> {
        let (running, prompt) = login.start()?.prompt()?;
        self.server.wait_for_answer(text(&prompt, "user_code")?, "authorization_pending")?;
        decide(self.server, typing(&prompt)?, Decision::Approve)?;
        self.is_signed_in(&running.finish()?, &prompt)
    }

    /// Signs in, with a person who refuses.
    pub(crate) fn deny(&self, login: Login) -> Result<()> {
        let (running, prompt) = login.start()?.prompt()?;
        decide(self.server, typing(&prompt)?, Decision::Deny)?;
        running.finish()?.ended("denied", 3)
    }

    fn is_signed_in(&self, run: &Run, prompt: &Value) -> Result<()> {
        run.ended("authorized", 0)?;
        let token = run.last();
        let kind = text(token, "token_type")?;
        expect(kind.eq_ignore_ascii_case("bearer"), format_args!("a bearer token, not {kind:?}"))?;
        expect_eq("expires_in", &token["expires_in"], 3600)?;
        let account = self.server.userinfo(text(token, "access_token")?)?;
        expect_eq("the token's account", &account["sub"], ACCOUNT)?;
        let mut answers = self.server.wait_for_answer(text(prompt, "user_code")?, "ok")?;
        answers.retain(|answer| answer != "authorization_pending");
        expect(answers == ["ok"], format_args!("one token and no complaint from the server, not {answers:?}"))
    }
}

/// Signs in with a code that nobody enters.
pub(crate) fn let_expire(login: Login) -> Result<()> {
    let (running, prompt) = login.start()?.prompt()?;
    expect_eq("expires_in", &prompt["expires_in"], 4)?;
    running.finish()?.ended("expired", 4)
}

/// Signs in with what the server refuses.
pub(crate) fn is_refused(login: Login, error: &str) -> Result<()> {
    let run = login.start()?.finish()?;
    run.ended("failed", 7)?;
    expect_eq("kind", &run.last()["kind"], "server")?;
    expect_eq("error", &run.last()["error"], error)
}

/// Signs in at a server that cannot be talked to.
pub(crate) fn is_unreachable(login: Login) -> Result<()> {
    let run = login.start()?.finish()?;
    run.ended("failed", 6)?;
    expect_eq("kind", &run.last()["kind"], "network")
}

/// Fails unless `holds`.
pub(crate) fn expect(holds: bool, wanted: impl Display) -> Result<()> {
    if holds { Ok(()) } else { Err(format!("wanted {wanted}").into()) }
}

/// Fails unless the value of an event is the wanted one.
pub(crate) fn expect_eq(name: &str, value: &Value, wanted: impl Into<Value>) -> Result<()> {
    let wanted = wanted.into();
    if *value == wanted { Ok(()) } else { Err(Error::from(format!("{name} is {value}, wanted {wanted}"))) }
}
