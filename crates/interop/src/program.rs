//! The real `device-flow` program, run as a user's script would.

use std::fmt::{self, Display};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::Result;
use crate::person::Way;
use crate::process::Process;
use crate::server::Server;

/// No sign-in of the suite takes longer, even on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// Settings of the developer's own that would change what the program does.
const FOREIGN_SETTINGS: [&str; 9] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "DEVICE_FLOW_CLIENT_SECRET",
];

/// Finds the program: what `DEVICE_FLOW_BIN` names, else what cargo builds now.
///
/// Cargo knows better than a look at dates whether the one in the target directory is stale.
pub fn locate() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("DEVICE_FLOW_BIN") {
        return Ok(path.into());
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo.args(["build", "--package", "device-flow-cli", "--bin", "device-flow", "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output()?;
    let messages = String::from_utf8(output.stdout)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    executable.filter(|_| output.status.success()).ok_or_else(|| "failed to build the device-flow program".into())
}

/// One `device-flow login`, to be described and started.
#[derive(Debug)]
pub struct Login {
    command: Command,
    home: TempDir,
    secrets: Vec<String>,
}

/// A sign-in under way.
#[derive(Debug)]
pub struct Running {
    process: Process,
    lines: Receiver<String>,
    stderr: JoinHandle<String>,
    end: Instant,
    run: Run,
    _home: TempDir,
}

/// All that a sign-in said.
#[derive(Debug, Default)]
pub struct Run {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The lines of stdout.
    pub events: Vec<Value>,
    /// What a person saw.
    pub stderr: String,
    stdout: String,
    secrets: Vec<String>,
}

impl Login {
    /// Describes `device-flow login` over the named transport as a client that has no secret.
    pub fn new(program: &Path, transport: &str, client_id: &str) -> Result<Self> {
        let home = TempDir::new()?;
        let mut command = Command::new(program);
        command.arg("login").args(["--transport", transport, "--client-id", client_id]);
        command.args(["--format", "json", "--no-store", "--no-browser", "--qr", "never"]);
        for setting in FOREIGN_SETTINGS {
            command.env_remove(setting);
        }
        for setting in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"] {
            command.env(setting, home.path());
        }
        Ok(Self { command, home, secrets: Vec::new() })
    }

    /// Lets the program find the server's endpoints by its issuer.
    pub fn issuer(self, server: &Server) -> Self {
        self.option("--issuer", server.issuer())
    }

    /// Names the server's endpoints one by one.
    pub fn endpoints(self, server: &Server) -> Self {
        self.option("--device-authorization-endpoint", server.device_authorization_endpoint())
            .option("--token-endpoint", server.token_endpoint())
    }

    /// Authenticates the client with a secret, kept in a file.
    pub fn secret(mut self, method: &str, secret: &str) -> Result<Self> {
        let file = self.home.path().join("client-secret");
        // As an editor leaves it.
        fs::write(&file, format!("{secret}\n"))?;
        self.secrets.push(secret.to_owned());
        Ok(self.option("--auth", method).option("--client-secret-file", file))
    }

    /// Gives one option with its value.
    pub fn option(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(name).arg(value);
        self
    }

    /// Starts the program.
    pub fn start(self) -> Result<Running> {
        let Self { mut command, home, secrets } = self;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::spawn(&mut command)?;
        let (sender, lines) = channel();
        let stdout = process.0.stdout.take().ok_or("no stdout")?;
        thread::spawn(move || {
            // A reader who has given up needs no more lines.
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut stderr = process.0.stderr.take().ok_or("no stderr")?;
        let stderr = thread::spawn(move || {
            let mut said = Vec::new();
            // Half a text says more than none.
            let _ = stderr.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        let run = Run { secrets, ..Run::default() };
        Ok(Running { process, lines, stderr, end: Instant::now() + PATIENCE, run, _home: home })
    }
}

impl Running {
    /// Reads up to the prompt.
    ///
    /// A program that ends without one is reported with all it said.
    pub fn prompt(mut self) -> Result<(Self, Value)> {
        while let Some(event) = self.next_event()? {
            if event["event"] == "prompt" {
                return Ok((self, event));
            }
        }
        Err(format!("the program ended without a prompt: {}", self.finish()?).into())
    }

    /// Reads to the end.
    pub fn finish(mut self) -> Result<Run> {
        while self.next_event()?.is_some() {}
        self.run.code = self.process.0.wait()?.code();
        self.run.stderr = self.stderr.join().map_err(|_| "the reader of stderr panicked")?;
        Ok(self.run)
    }

    fn next_event(&mut self) -> Result<Option<Value>> {
        use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
        match self.lines.recv_timeout(self.end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let event = serde_json::from_str::<Value>(&line);
                let event = event.map_err(|error| format!("stdout is not a JSON object a line: {error}: {line}"))?;
                self.run.stdout.push_str(&line);
                self.run.stdout.push('\n');
                self.run.events.push(event.clone());
                Ok(Some(event))
            }
            Err(Disconnected) => Ok(None),
            Err(Timeout) => {
                Err(format!("the program did not end within {PATIENCE:?}, it said:\n{}", self.run.stdout).into())
            }
        }
    }
}

impl Run {
    /// The last line of stdout, which says how it ended.
    pub fn last(&self) -> &Value {
        self.events.last().unwrap_or(&Value::Null)
    }

    /// Whether it ended with this event and this exit code, and kept what it has to keep to itself.
    pub fn ended(&self, event: &str, code: i32) -> Result<()> {
        if self.last()["event"] != event || self.code != Some(code) {
            return Err(format!("not the end wanted, which is {event:?} with exit code {code}: {self}").into());
        }
        self.is_discreet()
    }

    /// Whether stdout and stderr tell no client secret, and stderr no token.
    fn is_discreet(&self) -> Result<()> {
        for secret in &self.secrets {
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            for form in [secret, &encoded] {
                if self.stdout.contains(form.as_str()) || self.stderr.contains(form.as_str()) {
                    return Err(format!("the output holds the client secret: {self}").into());
                }
            }
        }
        for token in ["access_token", "refresh_token", "id_token"] {
            if self.last()[token].as_str().is_some_and(|token| self.stderr.contains(token)) {
                return Err(format!("stderr holds the {token}: {self}").into());
            }
        }
        Ok(())
    }
}

impl Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, stdout, stderr, .. } = self;
        write!(f, "exit code {code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}---")
    }
}

/// The way a prompt sends a person who types the code.
pub fn typing(prompt: &Value) -> Result<Way<'_>> {
    Ok(Way::Type { verification_uri: text(prompt, "verification_uri")?, user_code: text(prompt, "user_code")? })
}

/// The way a prompt sends a person who follows the complete address.
pub fn following(prompt: &Value) -> Result<Way<'_>> {
    Ok(Way::Follow { verification_uri_complete: text(prompt, "verification_uri_complete")? })
}

/// A text of an event.
pub fn text<'a>(event: &'a Value, name: &str) -> Result<&'a str> {
    event[name].as_str().ok_or_else(|| format!("no {name} in {event}").into())
}
