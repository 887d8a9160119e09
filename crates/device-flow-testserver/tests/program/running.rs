//! The program, started and spoken to.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Connection, FORM, Response, poll_body};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_device-flow-testserver");

/// A program that runs until it is dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: BufReader<ChildStdout>,
    pub(crate) ready: Value,
}

impl Program {
    /// Starts it, with polls that need no waiting, and reads its ready line.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["--interval", "0s"]).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { child, stdin, stdout, ready }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.ready))
    }

    pub(crate) fn token(&self) -> &str {
        self.text("control_token")
    }

    pub(crate) fn control(&self) -> SocketAddr {
        address(self.text("control"))
    }

    /// A request to the control API with these headers alone, beside `host`.
    pub(crate) fn control_request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let mut connection = Connection::open(self.control());
        connection.send(method, path, headers, body);
        connection.receive().unwrap()
    }

    /// A call with the token.
    pub(crate) fn call(&self, method: &str, path: &str, body: &[u8]) -> Response {
        let bearer = format!("Bearer {}", self.token());
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.control_request(method, path, &headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.call("GET", path, b"")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Response {
        self.call("POST", path, body.to_string().as_bytes())
    }

    /// A form to one of the endpoints of the ready line.
    pub(crate) fn send(&self, endpoint: &str, body: &str) -> Response {
        let url = self.text(endpoint);
        let path = url.get(url.match_indices('/').nth(2).unwrap().0..).unwrap();
        let mut connection = Connection::open(address(url));
        connection.send("POST", path, &[FORM, ("accept", "application/json")], body.as_bytes());
        connection.receive().unwrap()
    }

    /// A new code: its device code and its user code.
    pub(crate) fn device(&self) -> (String, String) {
        let response = self.send("device_authorization_endpoint", "client_id=tv");
        assert_eq!(response.status, 200, "{}", response.text());
        let response = response.json();
        let member = |name: &str| response[name].as_str().unwrap().to_owned();
        (member("device_code"), member("user_code"))
    }

    pub(crate) fn poll(&self, device_code: &str) -> Response {
        self.send("token_endpoint", &poll_body(device_code))
    }

    pub(crate) fn approve(&self, user_code: &str) -> Response {
        self.post("/approve", &json!({ "user_code": user_code }))
    }

    /// Waits for the end by itself, and says with which code, and what was left on standard output.
    pub(crate) fn ended(&mut self) -> (Option<i32>, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "it goes on");
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (status.code(), rest)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `http://127.0.0.1:80/path`
pub(crate) fn address(url: &str) -> SocketAddr {
    let (_, rest) = url.split_once("://").unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

/// Runs it where it ends at once.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A file of this text in a folder of its own.
pub(crate) fn file(text: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}
