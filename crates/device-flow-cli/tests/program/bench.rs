//! What the tests share: a program to describe and start, and all that it said.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use device_flow_testserver::{Options, Server};
use serde_json::Value;

/// No run of a test takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Settings of the developer's own that would change what the program does.
const FOREIGN_SETTINGS: [&str; 10] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "CLICOLOR_FORCE",
    "DEVICE_FLOW_CLIENT_SECRET",
];

pub(crate) const CLIENT_ID: &str = "television";

/// A server that is as quick as whole seconds allow.
pub(crate) fn options() -> Options {
    Options::new().interval(Duration::from_secs(1))
}

pub(crate) fn start(options: Options) -> Server {
    Server::start(options).expect("the test server starts")
}

/// Runs a test over both transports at once.
pub(crate) fn over_both(test: impl Fn(&str) + Sync) {
    at_once(["ureq", "hyper"], test);
}

/// Runs several cases of a test at once: they wait for polls most of the time.
pub(crate) fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            let test = &test;
            scope.spawn(move || test(case));
        }
    });
}

/// A run of the program, to be described.
pub(crate) struct Program {
    command: Command,
}

impl Program {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_device-flow"));
        command.args(arguments);
        for setting in FOREIGN_SETTINGS {
            command.env_remove(setting);
        }
        Self { command }
    }

    /// A sign-in whose endpoints are told one by one.
    pub(crate) fn login(server: &Server, transport: &str) -> Self {
        Self::login_at(&server.device_authorization_endpoint(), &server.token_endpoint(), transport)
    }

    pub(crate) fn login_at(device: &str, token: &str, transport: &str) -> Self {
        Self::bare_login(transport).option("--device-authorization-endpoint", device).option("--token-endpoint", token)
    }

    /// A sign-in that does not know yet where to.
    pub(crate) fn bare_login(transport: &str) -> Self {
        Self::new(&["login", "--transport", transport, "--client-id", CLIENT_ID]).flag("--no-store")
    }

    pub(crate) fn json(self) -> Self {
        self.option("--format", "json")
    }

    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.command.arg(name);
        self
    }

    pub(crate) fn option(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.arg(name).arg(value);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run(self) -> Run {
        self.start().finish()
    }

    pub(crate) fn start(mut self) -> Running {
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8(std::mem::take(&mut line)).expect("stdout is UTF-8");
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        let mut stderr = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("stderr is UTF-8");
            text
        });
        Running { child, lines, stderr: Some(stderr), stdout: String::new(), end: Instant::now() + PATIENCE }
    }

    /// The bare command, for a test that ties its streams differently.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }
}

/// A run that is going on; it is ended when this is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    stdout: String,
    end: Instant,
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads standard output up to an event of this name.
    pub(crate) fn wait_for(&mut self, event: &str) -> Value {
        loop {
            let line = self.line().unwrap_or_else(|| {
                panic!("no {event:?} before the end of {:?}", self.stdout);
            });
            let line: Value = serde_json::from_str(&line).expect("a line of JSON");
            if line["event"] == event {
                return line;
            }
        }
    }

    pub(crate) fn finish(mut self) -> Run {
        while self.line().is_some() {}
        let code = wait(&mut self.child, self.end);
        Run { code, stdout: std::mem::take(&mut self.stdout), stderr: self.stderr.take().unwrap().join().unwrap() }
    }

    fn line(&mut self) -> Option<String> {
        use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
        let left = self.end.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) => {
                self.stdout.push_str(&line);
                Some(line)
            }
            Err(Disconnected) => None,
            Err(Timeout) => panic!("the program did not end; it said {:?}", self.stdout),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended by itself, or a test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the end of a program; `None` when a signal ended it.
pub(crate) fn wait(child: &mut Child, end: Instant) -> Option<i32> {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > end {
            let _ = child.kill();
            panic!("the program did not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// All that a run said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The lines of standard output, each a JSON object.
    pub(crate) fn events(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        assert!(events.iter().all(Value::is_object), "{self:?}");
        events
    }

    /// The last line, which says how it ended.
    #[track_caller]
    pub(crate) fn ended(&self, event: &str, code: i32) -> Value {
        let last = self.events().pop().unwrap_or_default();
        assert_eq!(last["event"], event, "{self:?}");
        assert_eq!(self.code, Some(code), "{self:?}");
        self.is_tidy();
        last
    }

    /// Nothing that a terminal would obey or hide is said, and no trace of a panic.
    #[track_caller]
    pub(crate) fn is_tidy(&self) {
        for text in [&self.stdout, &self.stderr] {
            for character in text.chars() {
                assert!(character == '\n' || !is_steering(character), "{character:?} in {text:?}");
            }
            assert!(!text.contains("panicked"), "{text}");
        }
    }
}

fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}
