//! Who the client is, and what it asks for.

use std::fs;
use std::path::PathBuf;

use device_flow_testserver::{Approval, Client, DeviceEndpointAuthentication, Options, Request, Server};
use tempfile::TempDir;

use crate::bench::{CLIENT_ID, Program, Run, at_once, options, over_both, start};

/// Has all that form encoding changes.
const SECRET: &str = "p%ss word:+/&=?ü";

fn quick() -> Options {
    options().approval(Approval::AfterPolls(0))
}

fn secret_file(folder: &TempDir, content: &str) -> PathBuf {
    let path = folder.path().join("client-secret");
    fs::write(&path, content).unwrap();
    path
}

/// The secret stays where it belongs.
fn is_discreet(run: &Run) {
    for form in [SECRET, "p%25ss"] {
        assert!(!run.stdout.contains(form) && !run.stderr.contains(form), "{run:?}");
    }
}

fn signs_in(server: &Server, program: Program) -> Run {
    let run = program.json().run();
    run.ended("authorized", 0);
    is_discreet(&run);
    assert!(!server.requests().is_empty());
    run
}

#[test]
fn d3_every_method_carries_special_characters() {
    let folder = TempDir::new().unwrap();
    let file = secret_file(&folder, &format!("{SECRET}\n"));
    over_both(|transport| {
        let cases = [
            (None, Client::basic(CLIENT_ID, SECRET)),
            (Some("basic"), Client::basic(CLIENT_ID, SECRET)),
            (Some("basic-raw"), Client::basic_raw(CLIENT_ID, SECRET)),
            (Some("post"), Client::post(CLIENT_ID, SECRET)),
        ];
        at_once(cases, |(method, client)| {
            let server = start(quick().client(client));
            let mut program = Program::login(&server, transport).option("--client-secret-file", &file);
            if let Some(method) = method {
                program = program.option("--auth", method);
            }
            signs_in(&server, program);
        });
    });
}

#[test]
fn the_secret_may_be_in_the_environment() {
    over_both(|transport| {
        let server = start(quick().client(Client::basic(CLIENT_ID, SECRET)));
        let program = Program::login(&server, transport).variable("DEVICE_FLOW_CLIENT_SECRET", SECRET);
        signs_in(&server, program);
    });
}

#[test]
fn a_file_goes_before_the_environment() {
    let folder = TempDir::new().unwrap();
    let server = start(quick().client(Client::post(CLIENT_ID, SECRET)));
    let program = Program::login(&server, "ureq")
        .variable("DEVICE_FLOW_CLIENT_SECRET", "another")
        .option("--client-secret-file", secret_file(&folder, SECRET))
        .option("--auth", "post");
    signs_in(&server, program);
}

#[test]
fn a_public_client_sends_no_secret_even_when_there_is_one() {
    over_both(|transport| {
        let server = start(quick());
        let program =
            Program::login(&server, transport).variable("DEVICE_FLOW_CLIENT_SECRET", SECRET).option("--auth", "none");
        signs_in(&server, program);
        for request in server.requests() {
            assert_eq!(request.parameter("client_id"), Some(CLIENT_ID));
            assert_eq!(request.parameter("client_secret"), None);
            assert_eq!(request.header("authorization"), None);
        }
    });
}

#[test]
fn an_empty_variable_is_no_secret() {
    let server = start(quick());
    let program = Program::login(&server, "ureq").variable("DEVICE_FLOW_CLIENT_SECRET", "");
    signs_in(&server, program);
}

#[test]
fn a_method_that_needs_a_secret_says_so() {
    let server = start(quick());
    for method in ["basic", "basic-raw", "post"] {
        let run = Program::login(&server, "ureq").json().option("--auth", method).run();
        let failed = run.ended("failed", 2);
        assert_eq!(failed["kind"], "config");
        assert_eq!(failed["description"], format!("--auth {method} needs a client secret"));
        assert!(run.stderr.contains("--client-secret-file"), "{run:?}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_secret_file_that_is_of_no_use_is_named() {
    let folder = TempDir::new().unwrap();
    let server = start(quick());
    let empty = secret_file(&folder, "\n");
    let binary = folder.path().join("binary");
    fs::write(&binary, b"p\xff").unwrap();
    let missing = folder.path().join("missing\u{1b}[2J");
    for (path, words) in [
        (&empty, "empty"),
        (&binary, "not UTF-8"),
        (&missing, "missing"),
        (&folder.path().to_owned(), "failed to read"),
    ] {
        let run = Program::login(&server, "ureq").json().option("--client-secret-file", path).run();
        let failed = run.ended("failed", 2);
        assert_eq!(failed["kind"], "config");
        let description = failed["description"].as_str().unwrap();
        assert!(description.contains(words), "{run:?}");
    }
    let run =
        Program::login(&server, "ureq").json().option("--client-secret-file", &empty).option("--auth", "none").run();
    assert_eq!(run.ended("failed", 2)["kind"], "config");
}

#[cfg(unix)]
#[test]
fn a_secret_that_everybody_can_read_is_worth_a_word() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = start(quick().client(Client::basic(CLIENT_ID, SECRET)));
    at_once([(0o644, true), (0o600, false), (0o640, false)], |(mode, is_told)| {
        let folder = TempDir::new().unwrap();
        let path = secret_file(&folder, SECRET);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let run = signs_in(&server, Program::login(&server, "ureq").option("--client-secret-file", &path));
        assert_eq!(run.stderr.contains("everybody on this machine"), is_told, "{mode:o}: {run:?}");
    });
}

/// K7
#[test]
fn a_wrong_secret_is_told_and_kept() {
    let folder = TempDir::new().unwrap();
    let file = secret_file(&folder, SECRET);
    over_both(|transport| {
        let server = start(quick().client(Client::basic(CLIENT_ID, "the right one")));
        let run = Program::login(&server, transport).json().option("--client-secret-file", &file).run();
        let failed = run.ended("failed", 7);
        assert_eq!(failed["kind"], "server");
        assert_eq!(failed["error"], "invalid_client");
        assert!(run.stderr.contains("--auth basic, basic-raw or post"), "{run:?}");
        is_discreet(&run);
    });
}

/// D2
#[test]
fn the_device_endpoint_is_left_out_on_demand() {
    let folder = TempDir::new().unwrap();
    let file = secret_file(&folder, SECRET);
    over_both(|transport| {
        let server = start(
            quick()
                .client(Client::basic(CLIENT_ID, SECRET))
                .device_endpoint_authentication(DeviceEndpointAuthentication::Refused),
        );
        let program = || Program::login(&server, transport).option("--client-secret-file", &file);
        let run = program().json().run();
        assert_eq!(run.ended("failed", 7)["error"], "invalid_request");
        assert!(run.stderr.contains("--device-endpoint-auth no"), "{run:?}");
        signs_in(&server, program().option("--device-endpoint-auth", "no"));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn k7_the_secret_is_not_on_the_command_line() {
    let folder = TempDir::new().unwrap();
    let server = start(options().approval(Approval::Manual).client(Client::post(CLIENT_ID, SECRET)));
    let mut running = Program::login(&server, "ureq")
        .json()
        .option("--auth", "post")
        .option("--client-secret-file", secret_file(&folder, SECRET))
        .start();
    running.wait_for("prompt");
    let command_line = fs::read(format!("/proc/{}/cmdline", running.id())).unwrap();
    let command_line = String::from_utf8(command_line).unwrap();
    assert!(command_line.contains("--client-secret-file"));
    assert!(!command_line.contains(SECRET));
}

fn values<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    let pairs = request.parameters.iter().filter(|(key, _)| key == name);
    pairs.map(|(_, value)| value.as_str()).collect()
}

/// D1, D10
#[test]
fn parameters_and_headers_go_where_they_belong() {
    over_both(|transport| {
        let server = start(quick());
        let program = Program::login(&server, transport)
            .option("--scope", "read write")
            .option("--scope", "admin")
            .option("--audience", "https://api.example/?a=b&c")
            .option("--resource", "https://one.example")
            .option("--resource", "https://two.example")
            .option("--param", "acr_values=2 fa")
            .option("--param", "token:extra=1=2")
            .option("--header", "X-Tenant:  blue ")
            .flag("--no-browser")
            .option("--qr", "never");
        signs_in(&server, program);
        let requests = server.requests();
        let [device, token] = requests.as_slice() else {
            panic!("{requests:?}");
        };
        assert_eq!(values(device, "scope"), ["read write admin"]);
        assert_eq!(values(device, "audience"), ["https://api.example/?a=b&c"]);
        assert_eq!(values(device, "acr_values"), ["2 fa"]);
        for absent in ["scope", "audience", "acr_values"] {
            assert!(values(token, absent).is_empty(), "{absent}");
        }
        assert_eq!(values(token, "extra"), ["1=2"]);
        assert!(values(device, "extra").is_empty());
        for request in [device, token] {
            assert_eq!(values(request, "resource"), ["https://one.example", "https://two.example"]);
            assert_eq!(request.header("x-tenant"), Some("blue"));
            assert_eq!(request.header("accept"), Some("application/json"));
            let agent = request.header("user-agent").unwrap();
            assert!(agent.starts_with("device-flow/"), "{agent}");
        }
    });
}

#[test]
fn no_scope_is_no_parameter() {
    let server = start(quick());
    signs_in(&server, Program::login(&server, "ureq"));
    assert_eq!(server.requests()[0].parameter("scope"), None);
}

#[test]
fn openid_brings_a_nonce_that_is_never_the_same() {
    let server = start(quick());
    for _ in 0..2 {
        signs_in(&server, Program::login(&server, "ureq").option("--scope", "openid"));
    }
    let requests = server.requests_to("/device_authorization");
    let nonces: Vec<_> = requests.iter().map(|it| it.parameter("nonce").unwrap()).collect();
    assert_eq!(nonces.len(), 2);
    assert_ne!(nonces[0], nonces[1]);
}

#[test]
fn what_the_flow_sets_itself_cannot_be_replaced() {
    let server = start(quick());
    for (option, value) in [
        ("--param", "client_id=other"),
        ("--param", "token:device_code=other"),
        ("--param", "scope=other"),
        ("--header", "Host: elsewhere.example"),
        ("--header", "Content-Type: text/plain"),
        ("--header", "X-Split: a\r\nX-Other: b"),
        ("--scope", "with\"quote"),
    ] {
        let run = Program::login(&server, "ureq").json().option(option, value).run();
        assert_eq!(run.ended("failed", 2)["kind"], "config", "{option} {value}");
    }
    assert!(server.requests().is_empty());
}
