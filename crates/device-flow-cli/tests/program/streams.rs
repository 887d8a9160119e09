//! Streams that nobody reads.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use device_flow_testserver::{Approval, Options, Script};

use crate::bench::{Program, options, over_both, start, wait};

fn quick() -> Options {
    options().approval(Approval::AfterPolls(0))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A reader that goes before the tokens are there, such as `head -1`.
#[test]
fn a_reader_that_goes_away_ends_the_sign_in_and_is_told() {
    over_both(|transport| {
        let server = start(quick());
        let mut child = Program::login(&server, transport)
            .json()
            .into_command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("prompt"));
        let code = wait(&mut child, soon());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(code, Some(8), "{stderr}");
        assert!(stderr.contains("error: nobody reads standard output any more"), "{stderr}");
        assert!(!stderr.contains("Signed in") && !stderr.contains("panicked"), "{stderr}");
    });
}

#[test]
fn tokens_that_nobody_takes_are_no_success() {
    for is_json in [false, true] {
        let server = start(quick());
        let mut program = Program::login(&server, "ureq");
        if is_json {
            program = program.json();
        }
        let mut child = program.into_command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let code = wait(&mut child, soon());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(code, Some(8), "{stderr}");
        let loss = if is_json { "the sign-in was given up" } else { "the tokens that were granted are lost" };
        assert!(stderr.contains(loss), "{stderr}");
        assert!(!stderr.contains("Signed in"), "{stderr}");
    }
}

/// A sign-in that failed is a failure, whether or not somebody read of it.
#[test]
fn a_denial_that_nobody_reads_is_a_denial() {
    let server = start(options().code(Script::new().deny()));
    let mut child =
        Program::login(&server, "ureq").into_command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(wait(&mut child, soon()), Some(3));
}

#[cfg(unix)]
#[test]
fn a_failure_that_nobody_reads_is_a_failure() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    let (reader, writer) = UnixStream::pair().unwrap();
    drop(reader);
    let mut child = Program::login_at("http://as.example/da", "http://as.example/token", "ureq")
        .json()
        .into_command()
        .stdout(OwnedFd::from(writer))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(wait(&mut child, soon()), Some(2));
}

#[test]
fn a_closed_standard_error_changes_nothing() {
    over_both(|transport| {
        let server = start(quick());
        let mut child = Program::login(&server, transport)
            .into_command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        let mut stdout = String::new();
        child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        assert_eq!(wait(&mut child, soon()), Some(0));
        assert!(server.is_active(stdout.trim_end()), "{stdout}");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_told() {
    let server = start(quick());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Program::login(&server, "ureq").into_command().stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(8), "{stderr}");
    assert!(stderr.contains("failed to write to standard output"), "{stderr}");
}
