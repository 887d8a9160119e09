//! What people see, and what a simple script gets.

use std::time::Duration;

use device_flow_testserver::{Approval, Script};

use crate::bench::{Program, options, over_both, start};

#[test]
fn standard_output_is_the_access_token_and_nothing_else() {
    over_both(|transport| {
        let server = start(options().approval(Approval::AfterPolls(0)));
        let run = Program::login(&server, transport).run();
        assert_eq!(run.code, Some(0), "{run:?}");
        let token = run.stdout.strip_suffix('\n').unwrap();
        assert!(server.is_active(token), "{run:?}");
        assert!(!run.stderr.contains(token), "{run:?}");
        run.is_tidy();
    });
}

#[test]
fn the_prompt_can_be_copied() {
    let server = start(options().code(Script::new().deny()));
    let run = Program::login(&server, "ureq").run();
    let code = &server.user_codes()[0];
    let lines: Vec<_> = run.stderr.lines().map(str::trim).collect();
    let place = |wanted: &str| lines.iter().position(|line| *line == wanted).unwrap();
    let address = server.verification_uri();
    assert!(place(code) < place(&address), "{run:?}");
    place(&format!("{address}?user_code={code}"));
    assert!(run.stderr.contains("good for 10 minutes"), "{run:?}");
    assert!(run.stderr.contains("only if you started this yourself"), "{run:?}");
}

#[test]
fn without_a_token_standard_output_is_empty() {
    over_both(|transport| {
        for (script, code) in [(Script::new().deny(), 3), (Script::new().expire(), 4)] {
            let server = start(options().code(script));
            let run = Program::login(&server, transport).run();
            assert_eq!(run.code, Some(code), "{run:?}");
            assert_eq!(run.stdout, "");
            run.is_tidy();
        }
    });
}

#[test]
fn a_token_that_nobody_asked_for_is_not_printed() {
    let server = start(options().approval(Approval::AfterPolls(0)));
    let run = Program::new(&[
        "login",
        "living-room",
        "--issuer",
        &server.issuer(),
        "--client-id",
        "television",
        "--no-browser",
        "--qr",
        "never",
    ])
    .run();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("note: nothing is stored yet"), "{run:?}");
}

#[test]
fn a_lost_poll_is_told_with_the_wait_that_follows() {
    let hang = device_flow_testserver::Fault::Hang(Duration::ZERO);
    let server = start(options().code(Script::new().fault(hang).approve()));
    let run = Program::login(&server, "ureq").run();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("closed before the answer was complete; trying again in"), "{run:?}");
}
