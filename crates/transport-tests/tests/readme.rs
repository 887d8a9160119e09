//! The README's examples are the programs in `src/bin/`, and they sign in.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test fails by panicking, in its helpers too")]

use std::process::Command;
use std::time::Duration;

use device_flow_testserver::{Approval, Options, Server};

const README: &str = include_str!("../../../README.md");
const BLOCKING: &str = include_str!("../src/bin/blocking.rs");
const ASYNCHRONOUS: &str = include_str!("../src/bin/asynchronous.rs");

#[test]
fn the_readme_shows_the_examples_to_the_letter() {
    for example in [BLOCKING, ASYNCHRONOUS] {
        let code = &example[example.find("use device_flow_core").unwrap()..];
        assert!(README.contains(&format!("```rust,no_run\n{code}```")), "{code}");
    }
}

#[test]
fn the_blocking_example_signs_in() {
    signs_in(env!("CARGO_BIN_EXE_blocking"));
}

#[test]
fn the_asynchronous_example_signs_in() {
    signs_in(env!("CARGO_BIN_EXE_asynchronous"));
}

fn signs_in(program: &str) {
    let options = Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(1));
    let server = Server::start(options).unwrap();
    let output = Command::new(program)
        .arg(server.issuer())
        // The world's proxies are not for loopback.
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    let code = server.user_codes().pop().unwrap();
    assert!(shown.contains(&code) && shown.contains(&server.verification_uri()), "{shown}");
    assert!(shown.contains("Signed in for Some(3600s)"), "{shown}");
}
