//! Ctrl-C and SIGTERM, at every moment of a sign-in.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use device_flow_testserver::{Approval, Endpoint, Fault, Options, Script, Server};
use serde_json::json;
use tempfile::TempDir;

use crate::bench::{Program, Running, options, over_both, start, wait};

fn send(signal: &str, id: u32) {
    let status = Command::new("kill").args(["-s", signal, &id.to_string()]).status().unwrap();
    assert!(status.success());
}

#[track_caller]
fn ends_at_once(running: Running, signal: &str) {
    let begin = Instant::now();
    send(signal, running.id());
    let run = running.finish();
    let taken = begin.elapsed();
    assert_eq!(run.ended("cancelled", 130), json!({"event": "cancelled"}));
    assert!(run.stderr.ends_with("Cancelled.\n"), "{run:?}");
    assert!(taken < Duration::from_secs(1), "{taken:?}: {run:?}");
}

fn hanging() -> Script {
    Script::new().fault(Fault::Hang(Duration::from_secs(20)))
}

/// Starts a sign-in and waits until the server has seen this many requests.
fn after_requests(options: Options, transport: &str, count: usize) -> (Server, Running) {
    let server = start(options);
    let running = Program::bare_login(transport).json().option("--issuer", server.issuer()).start();
    assert!(server.wait_for_requests(count, Duration::from_secs(10)));
    (server, running)
}

#[test]
fn while_it_sleeps_between_polls() {
    over_both(|transport| {
        for signal in ["INT", "TERM"] {
            let server = start(options().approval(Approval::Manual).interval(Duration::from_secs(60)));
            let mut running = Program::login(&server, transport).json().start();
            running.wait_for("prompt");
            ends_at_once(running, signal);
        }
    });
}

#[test]
fn while_the_metadata_is_awaited() {
    over_both(|transport| {
        let options = options().script(Endpoint::Metadata, hanging());
        let (_server, running) = after_requests(options, transport, 1);
        ends_at_once(running, "INT");
    });
}

#[test]
fn while_a_code_is_awaited() {
    over_both(|transport| {
        let options = options().script(Endpoint::DeviceAuthorization, hanging());
        let (_server, running) = after_requests(options, transport, 2);
        ends_at_once(running, "INT");
    });
}

#[test]
fn while_a_poll_is_awaited() {
    over_both(|transport| {
        let (_server, running) = after_requests(options().code(hanging()), transport, 3);
        ends_at_once(running, "INT");
    });
}

#[test]
fn while_an_answer_drips() {
    over_both(|transport| {
        let drip = Fault::DripAll { every: Duration::from_millis(50) };
        let options = options().script(Endpoint::DeviceAuthorization, Script::new().fault(drip));
        let (_server, running) = after_requests(options, transport, 2);
        ends_at_once(running, "TERM");
    });
}

/// A file that is a pipe may take for ever to be opened.
#[test]
fn while_a_secret_is_awaited() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("secret");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let running = Program::bare_login("ureq")
        .json()
        .option("--issuer", "https://as.example")
        .option("--client-secret-file", &pipe)
        .start();
    // Nothing tells that the program waits for the pipe; whether it has come so far makes no difference.
    thread::sleep(Duration::from_millis(300));
    ends_at_once(running, "INT");
}

#[test]
fn twice_is_as_good_as_once() {
    let server = start(options().approval(Approval::Manual));
    let mut running = Program::login(&server, "ureq").json().start();
    running.wait_for("prompt");
    send("INT", running.id());
    ends_at_once(running, "INT");
}

/// A reader that has stopped reading blocks the main thread, and must not keep the program.
#[test]
fn while_nobody_reads_its_output() {
    let server = start(options().approval(Approval::Manual));
    let (_reader, writer) = full_stream();
    let mut child =
        Program::login(&server, "ureq").json().into_command().stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    // The prompt is stuck when polls are made.
    assert!(server.wait_for_requests(2, Duration::from_secs(10)));
    let begin = Instant::now();
    send("INT", child.id());
    let code = wait(&mut child, begin + Duration::from_secs(5));
    assert_eq!(code, Some(130));
    assert!(begin.elapsed() < Duration::from_secs(1));
}

/// A stream that takes nothing more, with the end that nobody reads.
fn full_stream() -> (UnixStream, OwnedFd) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    while writer.write(&[b' '; 4096]).is_ok() {}
    writer.set_nonblocking(false).unwrap();
    (reader, writer.into())
}
