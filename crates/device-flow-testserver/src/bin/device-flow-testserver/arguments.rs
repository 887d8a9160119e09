//! The command line.

use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use device_flow_testserver::{Approval, Client, Dialect, Options, RefreshTokens, Script, ServerCertificate, Step, Tls};

use crate::ending::Failure;

/// A scriptable OAuth 2.0 device authorization server (RFC 8628) for tests.
///
/// It starts within milliseconds, writes one line of JSON to standard output when it answers (issuer, endpoints, the
/// address and the token of the control API), and serves until it is told to end. Every request is answered as RFC 8628
/// has it, or as a script says.
#[derive(Debug, Parser)]
#[command(version, after_long_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Reads settings and scripts from a TOML file; options given here have precedence
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,

    /// Checks options and script file, and ends
    #[arg(long, requires = "script")]
    pub(crate) check: bool,

    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:0]
    #[arg(long, value_name = "ADDRESS:PORT", help_heading = "Server")]
    pub(crate) listen: Option<SocketAddr>,

    /// The host in issuer and endpoints, such as localhost [default: the address listened on]
    #[arg(long, value_name = "HOST", help_heading = "Server")]
    public_host: Option<String>,

    /// The path of the issuer, such as /tenant
    #[arg(long, value_name = "PATH", help_heading = "Server")]
    issuer_path: Option<String>,

    /// How to depart from RFC 8628: the habits of a provider
    #[arg(long, value_name = "NAME", value_parser = Dialect::NAMES, help_heading = "Server")]
    dialect: Option<String>,

    /// Knows this public client, and refuses strangers; may be repeated. Clients with a secret are for the script file
    #[arg(long = "client", value_name = "ID", help_heading = "Server")]
    clients: Vec<String>,

    /// When a code is approved by itself: manual, polls=N (after N answers "pending"), or after=TIME [default: polls=1]
    #[arg(long, value_name = "WHEN", value_parser = approval, help_heading = "Codes")]
    approval: Option<Approval>,

    /// The polling interval, such as 5s or 50ms [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Codes")]
    interval: Option<Duration>,

    /// How long codes live [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Codes")]
    expires_in: Option<Duration>,

    #[arg(long, help = POLLS, value_name = "STEP,…", value_delimiter = ',', help_heading = "Codes")]
    polls: Vec<Step>,

    /// How long access tokens live [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Codes")]
    token_expires_in: Option<Duration>,

    /// What becomes of refresh tokens [default: rotate]
    #[arg(long, value_name = "HOW", help_heading = "Codes")]
    refresh_tokens: Option<Refresh>,

    /// Serves over TLS, with an authority made for this start
    #[arg(long, help_heading = "TLS")]
    tls: bool,

    /// Writes the authority's certificate, which clients have to trust, as PEM
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Which certificate the server shows [default: valid]
    #[arg(long, value_name = "KIND", help_heading = "TLS")]
    tls_certificate: Option<Certificate>,

    /// Demands a client certificate, and writes one with its key, as PEM, readable by you alone
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub(crate) client_certificate_file: Option<PathBuf>,

    /// Where the control API listens; on loopback only
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = loopback, default_value = "127.0.0.1:0", help_heading = "Control")]
    pub(crate) control: SocketAddr,

    /// Has no control API
    #[arg(long, conflicts_with_all = ["control", "control_token_file"], help_heading = "Control")]
    pub(crate) no_control: bool,

    /// Writes the token of the control API into this file, readable by you alone, and not into the ready line; the file
    /// is removed at the end
    #[arg(long, value_name = "FILE", help_heading = "Control")]
    pub(crate) control_token_file: Option<PathBuf>,

    /// Ends when standard input is closed, as it is when the program that started this one is gone
    #[arg(long, help_heading = "Control")]
    pub(crate) until_stdin_closes: bool,

    /// Writes a line of JSON for everything that happens, after the ready line; no line holds a secret
    #[arg(long, help_heading = "Control")]
    pub(crate) events: bool,
}

const POLLS: &str = "What the polls of every code are answered, step by step: pending, slow_down, denied, expired, \
approve, ordinary, close, reset, until_closed, endless; ordinary behaviour follows";

const AFTER_HELP: &str = "\
A script file, in which every key can be left out:
  dialect = \"github\"
  [codes]
  interval = \"1s\"
  [[clients]]
  id = \"television\"
  secret = \"…\"
  [scripts]
  every_code = [\"pending\", \"slow_down\", { status = 502, body = \"…\" }, \"reset\", \"approve\"]
The README of the crate has all keys and steps.

The control API takes JSON over HTTP, with the header `Authorization: Bearer TOKEN`:
  GET  /codes        all codes and how they stand
  POST /approve, /deny, /expire
                     {\"user_code\": \"WDJB-MJHT\"}
  POST /answers      {\"steps\": [\"slow_down\", {\"status\": 502, \"body\": \"…\"}]}
                     for the next polls; with \"user_code\" for those of one code, with
                     \"endpoint\" for the next requests to another endpoint
  POST /scripts      {\"script\": [\"pending\", \"approve\"]} for the next code
  GET  /transcript   every request so far, a line of JSON each
  POST /reset, /expire_access_tokens, /shutdown

It ends at SIGTERM, SIGINT, POST /shutdown and, with --until-stdin-closes, at the end of
standard input. Requests that have arrived are answered first.

Exit codes: 0 ended as asked, 1 could not start, 2 wrong usage or a mistake in the script file.

This is no authorization server for production: whoever holds a user code can approve it.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Refresh {
    None,
    Keep,
    Rotate,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Certificate {
    Valid,
    WrongName,
    Expired,
}

impl Arguments {
    /// The settings: those of the script file, and in their place what was given here.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        let mut options = match &self.script {
            None => Options::new(),
            Some(path) => {
                let text = script_text(path)?;
                Options::from_toml(&text).map_err(|mistake| Failure::Script { path: path.clone(), mistake })?
            }
        };
        if let Some(address) = self.listen {
            options = options.listen(address);
        }
        if let Some(host) = &self.public_host {
            options = options.public_host(host);
        }
        if let Some(path) = &self.issuer_path {
            options = options.issuer_path(path);
        }
        if let Some(dialect) = self.dialect.as_deref().and_then(Dialect::named) {
            options = options.dialect(dialect);
        }
        options = self.clients.iter().fold(options, |options, id| options.client(Client::public(id)));
        if let Some(approval) = self.approval {
            options = options.approval(approval);
        }
        if let Some(interval) = self.interval {
            options = options.interval(interval);
        }
        if let Some(lifetime) = self.expires_in {
            options = options.expires_in(lifetime);
        }
        if !self.polls.is_empty() {
            options = options.every_code(self.polls.iter().cloned().fold(Script::new(), Script::step));
        }
        if let Some(lifetime) = self.token_expires_in {
            options = options.token_lifetime(lifetime);
        }
        if let Some(refresh) = self.refresh_tokens {
            options = options.refresh_tokens(match refresh {
                Refresh::None => RefreshTokens::None,
                Refresh::Keep => RefreshTokens::Keep,
                Refresh::Rotate => RefreshTokens::Rotate,
            });
        }
        let tls = options.tls_settings().cloned().or(self.tls.then(Tls::new));
        match (tls, self.option_of_tls()) {
            (Some(tls), _) => options = options.tls(self.tls_settings(tls)),
            (None, Some(option)) => return Err(Failure::NoTls { option }),
            (None, None) => {}
        }
        Ok(options)
    }

    /// An option that makes sense with TLS alone.
    fn option_of_tls(&self) -> Option<&'static str> {
        [
            ("--ca-file", self.ca_file.is_some()),
            ("--tls-certificate", self.tls_certificate.is_some()),
            ("--client-certificate-file", self.client_certificate_file.is_some()),
        ]
        .into_iter()
        .find_map(|(option, is_given)| is_given.then_some(option))
    }

    fn tls_settings(&self, tls: Tls) -> Tls {
        let tls = match self.tls_certificate {
            None => tls,
            Some(Certificate::Valid) => tls.certificate(ServerCertificate::Valid),
            Some(Certificate::WrongName) => tls.certificate(ServerCertificate::WrongName),
            Some(Certificate::Expired) => tls.certificate(ServerCertificate::Expired),
        };
        match self.client_certificate_file {
            Some(_) => tls.require_client_certificate(),
            None => tls,
        }
    }
}

/// Longer than anybody writes; without an end, such as `/dev/zero`, it would take all memory.
const LONGEST_SCRIPT: u64 = 16 * 1024 * 1024;

fn script_text(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_SCRIPT.saturating_add(1)).read_to_end(&mut bytes));
    let length = read.map_err(|source| Failure::ReadScript { path: path.to_owned(), source })?;
    if u64::try_from(length).is_ok_and(|length| length > LONGEST_SCRIPT) {
        return Err(Failure::ScriptSize { path: path.to_owned(), most: LONGEST_SCRIPT });
    }
    String::from_utf8(bytes).map_err(|_| Failure::ScriptText { path: path.to_owned() })
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error: std::net::AddrParseError| error.to_string())?;
    if !address.ip().is_loopback() {
        return Err(format!("the control API listens on loopback only, and {} is not there", address.ip()));
    }
    Ok(address)
}

fn time(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text)
}

fn approval(text: &str) -> Result<Approval, String> {
    match text.split_once('=') {
        None if text == "manual" => Ok(Approval::Manual),
        Some(("polls", count)) => count.parse().map(Approval::AfterPolls).map_err(|error| error.to_string()),
        Some(("after", delay)) => time(delay).map(Approval::After).map_err(|error| error.to_string()),
        _ => Err("write manual, polls=N or after=TIME".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn approval_is_written_in_three_ways() {
        assert_eq!(approval("manual"), Ok(Approval::Manual));
        assert_eq!(approval("polls=3"), Ok(Approval::AfterPolls(3)));
        assert_eq!(approval("after=1m 30s"), Ok(Approval::After(Duration::from_secs(90))));
        for wrong in ["", "auto", "polls", "polls=x", "after=", "manual=1"] {
            assert!(approval(wrong).is_err(), "{wrong}");
        }
    }
}
