//! It ends when it is asked to, after what it has begun.

use std::time::Duration;

use serde_json::json;

use crate::common::{Connection, poll_body};
use crate::running::{Program, address};

#[cfg(unix)]
fn signal(program: &Program, name: &str) {
    let kill = std::process::Command::new("kill").args(["-s", name, &program.child.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_success() {
    for name in ["TERM", "INT"] {
        let mut program = Program::start(&[]);
        signal(&program, name);
        assert_eq!(program.ended(), (Some(0), String::new()), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_request_that_has_arrived_is_answered_before_the_end() {
    let mut program = Program::start(&[]);
    let (device_code, _) = program.device();
    let step = json!({ "steps": [{ "answer": "approve", "late": "500ms" }] });
    assert_eq!(program.post("/answers", &step).status, 200);
    let issuer = address(program.text("issuer"));
    let mut idle = Connection::open(issuer);
    let mut connection = Connection::open(issuer);
    connection.send_form("/token", &poll_body(&device_code));
    while program.get("/transcript?path=/token").body.is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&program, "TERM");
    assert_eq!(connection.receive().unwrap().status, 200);
    assert_eq!(program.ended().0, Some(0));
    assert!(idle.read_to_end().0.is_empty());
}

#[test]
fn a_call_ends_it_and_is_answered() {
    let mut program = Program::start(&[]);
    let answer = program.post("/shutdown", &json!({}));
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    assert_eq!(program.ended().0, Some(0));
}

#[test]
fn the_end_of_standard_input_ends_it_only_where_that_was_asked_for() {
    let mut watching = Program::start(&["--until-stdin-closes"]);
    drop(watching.stdin.take());
    assert_eq!(watching.ended().0, Some(0));
    let mut indifferent = Program::start(&[]);
    drop(indifferent.stdin.take());
    std::thread::sleep(Duration::from_millis(200));
    assert!(indifferent.child.try_wait().unwrap().is_none());
    indifferent.device();
}
