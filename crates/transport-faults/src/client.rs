//! The client: a process of its own for each run, so that its memory can be measured and its life be stopped.

use crate::case::Patience;
use crate::words;
use device_flow_core::{Config, DeviceFlow, Event, Failure, Outcome};
use device_flow_transport::{Proxy, Remote};
use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;
use transport_tests::{Hyper, Settings, Transport, Ureq};

const TRANSPORT: &str = "FAULTS_TRANSPORT";
const ENDPOINTS: &str = "FAULTS_ENDPOINTS";
const PROXY: &str = "FAULTS_PROXY";
const ROOTS: &str = "FAULTS_ROOTS";
const IDENTITY: [&str; 2] = ["FAULTS_CHAIN", "FAULTS_KEY"];
const REQUEST_TIMEOUT: &str = "FAULTS_REQUEST_TIMEOUT";
const CONNECT_TIMEOUT: &str = "FAULTS_CONNECT_TIMEOUT";

/// What a client is told to do.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) transport: &'static str,
    /// The device authorization endpoint and the token endpoint.
    pub(crate) endpoints: [String; 2],
    pub(crate) proxy: Option<String>,
    pub(crate) roots: String,
    /// Chain and key as PEM.
    pub(crate) identity: Option<(String, String)>,
    pub(crate) patience: Patience,
}

/// What a client tells, line by line.
#[derive(Debug)]
pub(crate) enum Line {
    Prompt,
    Pending,
    /// Which endpoint's request is made again, and why.
    Retrying {
        endpoint: String,
        reason: String,
    },
    End(String),
    /// The access token of a sign-in that succeeded.
    Token(String),
    /// The most memory that the process ever had in use, in KiB.
    Peak(u64),
    /// What should not be there.
    Other(String),
}

/// The transports, by name.
pub(crate) const TRANSPORTS: [&str; 2] = [Ureq::NAME, Hyper::NAME];

/// A client at work, ended when dropped.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) child: Child,
    lines: Option<BufReader<ChildStdout>>,
}

impl Client {
    pub(crate) fn start(assignment: &Assignment) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        let millis = |it: Duration| it.as_millis().to_string();
        let Assignment { transport, endpoints, proxy, roots, identity, patience } = assignment;
        let variables = [
            (TRANSPORT, Some((*transport).to_owned())),
            (ENDPOINTS, Some(endpoints.join(" "))),
            (PROXY, proxy.clone()),
            (ROOTS, (!roots.is_empty()).then(|| roots.clone())),
            (IDENTITY[0], identity.as_ref().map(|(chain, _)| chain.clone())),
            (IDENTITY[1], identity.as_ref().map(|(_, key)| key.clone())),
            (REQUEST_TIMEOUT, patience.request.map(millis)),
            (CONNECT_TIMEOUT, patience.connect.map(millis)),
        ];
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let lines = child.stdout.take().map(BufReader::new);
        Ok(Self { child, lines })
    }

    /// What it tells. Meant to be called once.
    pub(crate) fn lines(&mut self) -> impl Iterator<Item = Line> + Send + use<> {
        let lines = self.lines.take().into_iter().flat_map(BufReader::lines);
        lines.map_while(Result::ok).map(|line| Line::read(&line))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Either call fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Line {
    fn read(line: &str) -> Self {
        let (word, rest) = line.split_once('\t').unwrap_or((line, ""));
        match word {
            "prompt" => Self::Prompt,
            "pending" => Self::Pending,
            "retrying" => {
                let (endpoint, reason) = rest.split_once('\t').unwrap_or_default();
                Self::Retrying { endpoint: endpoint.to_owned(), reason: reason.to_owned() }
            }
            "end" => Self::End(rest.to_owned()),
            "token" => Self::Token(rest.to_owned()),
            "peak" => Self::Peak(rest.parse().unwrap_or(u64::MAX)),
            _ => Self::Other(line.to_owned()),
        }
    }
}

/// Does a client's work if this process is one.
pub(crate) fn run_if_asked() -> Option<ExitCode> {
    let transport = env::var(TRANSPORT).ok()?;
    let result = match transport.as_str() {
        Ureq::NAME => sign_in::<Ureq>(),
        Hyper::NAME => sign_in::<Hyper>(),
        other => Err(format!("no transport is called {other}")),
    };
    Some(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&[&error]);
            ExitCode::FAILURE
        }
    })
}

fn sign_in<T: Transport>() -> Result<(), String> {
    let text = |name| env::var(name).ok();
    let millis = |name| text(name).and_then(|it| it.parse().ok()).map(Duration::from_millis);
    let client = T::build(&Settings {
        roots: text(ROOTS).into_iter().collect(),
        identity: text(IDENTITY[0]).zip(text(IDENTITY[1])),
        connect_timeout: millis(CONNECT_TIMEOUT),
        proxy: text(PROXY).map_or(Proxy::None, Proxy::Url),
        ..Settings::default()
    })?;
    let endpoints = text(ENDPOINTS).unwrap_or_default();
    let (device, token) = endpoints.split_once(' ').unwrap_or_default();
    // The shortest interval that there is, without the usual margin, to save time.
    let mut config = Config::new("television", device, token).interval_margin(0).allow_http(true);
    if let Some(timeout) = millis(REQUEST_TIMEOUT) {
        config = config.request_timeout(timeout);
    }
    let mut flow = DeviceFlow::new(config).map_err(|error| error.to_string())?;
    client.drive(&mut flow, &Remote::new(), &mut |event| tell_event(&event));
    match flow.into_outcome() {
        Ok(outcome) => tell_end(&outcome),
        Err(_) => return Err("the driver left before the end".to_owned()),
    }
    if let Some(peak) = peak() {
        tell(&["peak", &peak]);
    }
    Ok(())
}

fn tell_event(event: &Event) {
    match event {
        Event::Prompt(_) => tell(&["prompt"]),
        Event::Pending { .. } => tell(&["pending"]),
        Event::Retrying { stage, reason, .. } => tell(&["retrying", stage.endpoint_name(), &words::reason(*reason)]),
        other => tell(&[&format!("unexpected: {other:?}")]),
    }
}

fn tell_end(outcome: &Outcome) {
    match outcome {
        Outcome::Authorized(tokens) => {
            tell(&["token", tokens.access_token().expose()]);
            tell(&["end", words::AUTHORIZED]);
        }
        Outcome::Denied => tell(&["end", "denied"]),
        Outcome::Cancelled => tell(&["end", "cancelled"]),
        Outcome::Expired(expiry) => tell(&["end", &words::expired(expiry.last_trouble())]),
        // The advice is what a person needs after a lost answer.
        Outcome::Failed(Failure::Server(error)) if error.to_string().contains("sign in again") => {
            tell(&["end", words::LOST]);
        }
        Outcome::Failed(failure) => tell(&["end", &failure.to_string()]),
    }
}

/// A line for the parent, who may be gone.
fn tell(words: &[&str]) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", words.join("\t"));
    let _ = out.flush();
}

/// The most memory that this process ever had in use, in KiB, where the system tells.
fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next().map(str::to_owned)
}
