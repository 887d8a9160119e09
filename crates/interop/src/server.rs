//! A running authorization server, ended with its handle.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::certificate::TlsFiles;
use crate::install::{self, Unavailable};
use crate::process::Process;
use crate::{Result, browser};

/// A machine busy with other tests starts a server in seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose server it is: decides what its pages look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// panva's oidc-provider, on Node.js.
    OidcProvider,
    /// Authlib, on Python and Flask.
    Authlib,
}

/// How a server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `http` on loopback.
    Plain,
    /// `https` with a certificate of an authority made for this server.
    Tls,
}

/// An authorization server that runs as long as this value lives.
#[derive(Debug)]
pub struct Server {
    product: Product,
    watch: Arc<Watch>,
    issuer: String,
    tls: Option<(TlsFiles, TempDir)>,
    _process: Process,
}

/// What the server has told so far.
#[derive(Debug, Default)]
struct Watch {
    state: Mutex<Told>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    events: Vec<Value>,
    log: String,
    is_silent: bool,
}

impl Server {
    /// Installs and starts `oidc-provider`.
    pub fn oidc_provider(transport: Transport) -> Result<Self, Unavailable> {
        let mut command = install::oidc_provider()?;
        let mut tls = None;
        if transport == Transport::Tls {
            let directory = TempDir::new()?;
            let files = TlsFiles::generate(directory.path())?;
            command.arg("--tls-key").arg(&files.key).arg("--tls-cert").arg(&files.certificate);
            tls = Some((files, directory));
        }
        Ok(Self::start(Product::OidcProvider, command, tls)?)
    }

    /// Installs and starts Authlib's server.
    pub fn authlib() -> Result<Self, Unavailable> {
        Ok(Self::start(Product::Authlib, install::authlib()?, None)?)
    }

    /// Whose server it is.
    pub fn product(&self) -> Product {
        self.product
    }

    /// Its issuer identifier, which is its address too.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The certificate of the authority to trust, for a server with TLS.
    pub fn ca(&self) -> Option<&Path> {
        self.tls.as_ref().map(|(files, _)| files.ca.as_path())
    }

    /// The address of the endpoint for device authorization requests.
    pub fn device_authorization_endpoint(&self) -> String {
        let path = match self.product {
            Product::OidcProvider => "device/auth",
            Product::Authlib => "device_authorization",
        };
        format!("{}/{path}", self.issuer)
    }

    /// The address of the token endpoint.
    pub fn token_endpoint(&self) -> String {
        format!("{}/token", self.issuer)
    }

    /// Asks the server who the access token belongs to.
    pub fn userinfo(&self, access_token: &str) -> Result<Value> {
        let path = match self.product {
            Product::OidcProvider => "me",
            Product::Authlib => "userinfo",
        };
        let request = browser::agent(self.ca())?.get(format!("{}/{path}", self.issuer));
        let mut response = request.header("authorization", format!("Bearer {access_token}")).call()?;
        let body = response.body_mut().read_to_string()?;
        if response.status().is_success() {
            return Ok(serde_json::from_str(&body)?);
        }
        Err(format!("the server refuses the access token ({}): {body}", response.status()).into())
    }

    /// Waits until the server has answered a poll for this code so, and returns its answers up to then.
    ///
    /// An answer is an error code such as `authorization_pending`, or `ok`.
    pub fn wait_for_answer(&self, user_code: &str, answer: &str) -> Result<Vec<String>> {
        let is_there = |told: &Told| polls(told, user_code).any(|poll| poll == answer);
        let told = self.watch.wait_while(|told| !is_there(told));
        let answers: Vec<_> = polls(&told, user_code).map(str::to_owned).collect();
        if is_there(&told) {
            return Ok(answers);
        }
        Err(format!("no poll for {user_code} was answered {answer} within {PATIENCE:?}, only {answers:?}").into())
    }

    /// The end of what the server wrote to its log.
    pub fn log_tail(&self) -> String {
        let told = self.watch.lock();
        let lines: Vec<_> = told.log.lines().collect();
        lines.split_at(lines.len().saturating_sub(20)).1.join("\n")
    }

    fn start(product: Product, mut command: Command, tls: Option<(TlsFiles, TempDir)>) -> Result<Self> {
        // The server ends when its stdin does: should this process be killed, nothing is left behind.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::spawn(&mut command)?;
        let watch = Arc::new(Watch::default());
        if let (Some(stdout), Some(stderr)) = (process.0.stdout.take(), process.0.stderr.take()) {
            watch.listen(stdout, Watch::tell);
            watch.listen(stderr, |watch, line| watch.lock().note(line));
        }
        let mut server = Self { product, watch, issuer: String::new(), tls, _process: process };
        let ready = |event: &Value| event["event"] == "ready";
        let told = server.watch.wait_while(|told| !told.is_silent && !told.events.iter().any(ready));
        let issuer = told.events.iter().find(|event| ready(event)).and_then(|event| event["issuer"].as_str());
        let Some(issuer) = issuer.map(str::to_owned) else {
            return Err(format!("{product:?} is not ready within {PATIENCE:?}:\n{}", told.log).into());
        };
        drop(told);
        server.issuer = issuer;
        Ok(server)
    }
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, is_waiting: impl Fn(&Told) -> bool) -> MutexGuard<'_, Told> {
        let result = self.changed.wait_timeout_while(self.lock(), PATIENCE, |told| is_waiting(told));
        result.unwrap_or_else(PoisonError::into_inner).0
    }

    fn listen(self: &Arc<Self>, pipe: impl Read + Send + 'static, take: impl Fn(&Self, &str) + Send + 'static) {
        let watch = Arc::clone(self);
        thread::spawn(move || {
            BufReader::new(pipe).lines().map_while(Result::ok).for_each(|line| take(&watch, &line));
            watch.lock().is_silent = true;
            watch.changed.notify_all();
        });
    }

    /// Takes a line of stdout: an event, or a library's chatter.
    fn tell(&self, line: &str) {
        match serde_json::from_str(line) {
            Ok(event @ Value::Object(_)) => self.lock().events.push(event),
            _ => self.lock().note(line),
        }
        self.changed.notify_all();
    }
}

impl Told {
    fn note(&mut self, line: &str) {
        self.log.push_str(line);
        self.log.push('\n');
    }
}

fn polls<'a>(told: &'a Told, user_code: &'a str) -> impl Iterator<Item = &'a str> {
    let polls = told.events.iter().filter(move |event| event["event"] == "token" && event["user_code"] == user_code);
    polls.filter_map(|event| event["answer"].as_str())
}
