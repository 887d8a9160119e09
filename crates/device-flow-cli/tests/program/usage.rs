//! The command line: what is refused, and how it is told.

use crate::bench::{Program, Run};

fn refused(arguments: &[&str]) -> Run {
    let run = Program::new(arguments).run();
    assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
    assert_eq!(run.stdout, "", "{arguments:?}");
    run.is_tidy();
    run
}

const LOGIN: [&str; 3] = ["login", "--client-id", "television"];

#[test]
fn an_address_is_needed_and_only_one_way_to_it() {
    let login = |more: &[&str]| refused(&[&LOGIN, more].concat()).stderr;
    let none = login(&[]);
    assert!(none.contains("--issuer <URL>|--device-authorization-endpoint <URL>"), "{none}");
    let half = login(&["--device-authorization-endpoint", "https://as.example/da"]);
    assert!(half.contains("--token-endpoint"), "{half}");
    let other_half = login(&["--token-endpoint", "https://as.example/token"]);
    assert!(other_half.contains("--device-authorization-endpoint"), "{other_half}");
    for both in ["--device-authorization-endpoint", "--token-endpoint"] {
        let text = login(&["--issuer", "https://as.example", both, "https://as.example/x"]);
        assert!(text.contains("cannot be used with"), "{text}");
    }
}

#[test]
fn a_client_id_is_needed() {
    let run = refused(&["login", "--issuer", "https://as.example"]);
    assert!(run.stderr.contains("--client-id"), "{run:?}");
}

#[test]
fn half_a_client_certificate_is_refused() {
    for half in ["--cert", "--key"] {
        refused(&[&LOGIN[..], &["--issuer", "https://as.example", half, "x.pem"]].concat());
    }
}

#[test]
fn values_have_their_form() {
    for pair in [
        ["--auth", "digest"],
        ["--device-endpoint-auth", "maybe"],
        ["--format", "xml"],
        ["--transport", "curl"],
        ["--qr", "sometimes"],
        ["--timeout", "0"],
        ["--timeout", "-1"],
        ["--timeout", "soon"],
        ["--param", "no-equals-sign"],
        ["--header", "no-colon"],
    ] {
        refused(&[&LOGIN[..], &["--issuer", "https://as.example"], &pair].concat());
    }
}

#[test]
fn a_secret_is_no_argument() {
    refused(&[&LOGIN[..], &["--issuer", "https://as.example", "--client-secret", "x"]].concat());
}

#[test]
fn d8_an_argument_that_steers_the_terminal_is_not_repeated_as_it_is() {
    refused(&["login", "--auth", "\u{1b}[2J\u{202e}"]);
    refused(&["\u{1b}]0;title\u{7}"]);
    refused(&["login", "--\u{9b}2J"]);
}

#[test]
fn help_and_version_are_what_was_asked_for() {
    for arguments in [&["--help"][..], &["login", "--help"], &["-V"], &["help", "login"]] {
        let run = Program::new(arguments).run();
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
        run.is_tidy();
    }
    let help = Program::new(&["login", "--help"]).run().stdout;
    for option in [
        "--issuer",
        "--device-authorization-endpoint",
        "--token-endpoint",
        "--client-id",
        "--client-secret-file",
        "DEVICE_FLOW_CLIENT_SECRET",
        "--auth",
        "basic-raw",
        "--device-endpoint-auth",
        "--scope",
        "--audience",
        "--resource",
        "--param",
        "--header",
        "--ca-cert",
        "--cert",
        "--key",
        "--timeout",
        "--transport",
        "--no-browser",
        "--qr",
        "--format",
        "--no-store",
        "--allow-http",
        "130",
    ] {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn a_long_help_fits_a_narrow_terminal() {
    let help = Program::new(&["login", "--help"]).variable("COLUMNS", "80").run().stdout;
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
