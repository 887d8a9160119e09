//! The server and the clients, each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use transport_benches::Job;

/// A program of this workspace: they lie side by side.
pub fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().expect("a program knows where it is");
    here.with_file_name(name)
}

/// After so many seconds a client is not waited for any more.
const LONGEST: u32 = 180;

/// What `timeout` ends with when it had to end the other.
const TIMED_OUT: i32 = 124;

/// How the server behaves.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// Seconds between polls.
    pub interval: u32,
    /// Whether `::1` is taken by somebody who says nothing.
    pub is_first_address_dead: bool,
}

impl Behaviour {
    pub const QUICK: Self = Self { interval: 1, is_first_address_dead: false };
    /// How many polls of a sign-in bring nothing.
    const PENDING: u32 = 3;
}

/// A server that is running; it ends when its standard input does.
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    port: u16,
}

impl Server {
    pub fn start(behaviour: Behaviour) -> Self {
        let mut command = Command::new(program("server"));
        command.args([behaviour.interval.to_string(), Behaviour::PENDING.to_string()]);
        if behaviour.is_first_address_dead {
            command.arg("dead");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a server");
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        let port = line(&mut output).parse().expect("a port");
        Self { child, input, output, port }
    }

    pub fn address(&self, host: &str) -> String {
        format!("{host}:{}", self.port)
    }

    /// Ends it, and gives the number of connections that it took.
    pub fn end(mut self) -> usize {
        drop(self.input.take());
        line(&mut self.output).parse().expect("a count")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

fn line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    line.trim().to_owned()
}

/// What a client that has done its job said, and what its watcher did.
pub struct Finished {
    /// Processor time in nanoseconds, without the first sign-in of each thread or task.
    pub processor: u64,
    /// Nanoseconds until the first prompt.
    pub first_prompt: u64,
    pub stderr: String,
}

/// Does a job under a watcher: a program and its arguments, before those of the client.
///
/// # Errors
///
/// What went wrong, in words.
pub fn run(watcher: &[&str], job: &Job) -> Result<Finished, String> {
    let Said { stdout, stderr } = output("client", watcher, job)?;
    let mut numbers = stdout.split_whitespace().filter_map(|it| it.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(processor), Some(first_prompt)) => Ok(Finished { processor, first_prompt, stderr }),
        _ => Err(format!("the client said {stdout:?}")),
    }
}

/// What a program said.
pub struct Said {
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program of this workspace that is told a job.
///
/// # Errors
///
/// What went wrong, in words.
pub fn output(name: &str, watcher: &[&str], job: &Job) -> Result<Said, String> {
    let mut command = Command::new("timeout");
    command.arg(LONGEST.to_string()).args(watcher).arg(program(name));
    // The server is on loopback, whatever proxy there is.
    for variable in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(variable);
    }
    let output = command.args(job.to_arguments()).stdin(Stdio::null()).output();
    let name = watcher.first().copied().unwrap_or(name);
    let output = output.map_err(|error| format!("timeout cannot be run: {error}"))?;
    let said = Said {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    match output.status.code() {
        Some(0) => Ok(said),
        Some(TIMED_OUT) => Err("it takes too long".to_owned()),
        _ => Err(format!("{name}: {}: {}", output.status, last_lines(&said.stderr))),
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}
