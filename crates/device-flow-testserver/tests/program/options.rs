//! Options and script files that say what they mean.

use std::io::BufRead as _;

use serde_json::{Value, json};

use crate::common::{Connection, encoded};
use crate::running::{Program, address, file, run};

#[test]
fn the_ready_line_names_everything_there_is_to_know() {
    let program = Program::start(&[]);
    let issuer = program.text("issuer");
    assert!(issuer.starts_with("http://127.0.0.1:"));
    assert_eq!(program.ready["event"], "ready");
    for (name, path) in [
        ("device_authorization_endpoint", "/device_authorization"),
        ("token_endpoint", "/token"),
        ("revocation_endpoint", "/revoke"),
        ("introspection_endpoint", "/introspect"),
        ("userinfo_endpoint", "/userinfo"),
        ("registration_endpoint", "/register"),
        ("verification_uri", "/device"),
    ] {
        assert_eq!(program.text(name), format!("{issuer}{path}"));
    }
    assert_ne!(address(issuer), program.control(), "the control API has a listener of its own");
    assert!(program.control().ip().is_loopback());
    assert_eq!(program.token().len(), 43);
    assert_ne!(Program::start(&[]).token(), program.token(), "a token is good for one start");
}

#[test]
fn without_options_it_is_a_server_of_rfc_8628_that_approves_after_a_poll() {
    let program = Program::start(&[]);
    let (device_code, _) = program.device();
    assert_eq!(program.poll(&device_code).error(), "authorization_pending");
    assert_eq!(program.poll(&device_code).json()["token_type"], "Bearer");
}

#[test]
fn options_set_what_they_say() {
    let program = Program::start(&[
        "--public-host=localhost",
        "--issuer-path=/tenant",
        "--dialect=google",
        "--client=tv",
        "--client=radio",
        "--approval=manual",
        "--expires-in=90s",
        "--token-expires-in=2m",
        "--refresh-tokens=none",
        "--polls=slow_down,approve",
    ]);
    let endpoint = program.text("token_endpoint").to_owned();
    assert!(endpoint.starts_with("http://localhost:") && endpoint.ends_with("/tenant/token"), "{endpoint}");
    let port = endpoint.split(':').nth(2).unwrap().split('/').next().unwrap();
    let send = |path: &str, body: &str| {
        let mut connection = Connection::open(format!("127.0.0.1:{port}").parse().unwrap());
        connection.send_form(path, body);
        connection.receive().unwrap()
    };
    assert_eq!(send("/tenant/device/code", "client_id=stranger").error(), "invalid_client");
    let answer = send("/tenant/device/code", "client_id=tv").json();
    assert_eq!((&answer["expires_in"], &answer["interval"]), (&json!(90), &json!(0)));
    assert!(answer["verification_url"].is_string());
    let poll = crate::common::poll_body(answer["device_code"].as_str().unwrap());
    assert_eq!(send("/tenant/token", &poll).status, 403);
    let tokens = send("/tenant/token", &poll).json();
    assert_eq!((&tokens["expires_in"], &tokens["refresh_token"]), (&json!(120), &Value::Null));
}

#[test]
fn a_script_file_says_what_happens_request_by_request() {
    let (_folder, path) = file(
        r#"
        device_endpoint_authentication = "required"

        [codes]
        expires_in = "1m"

        [[clients]]
        id = "tv"

        [[clients]]
        id = "printer"
        secret = "s3cret & more"
        authentication = "client_secret_post"

        [scripts]
        device_authorization = [{ status = 503, headers = { retry-after = "2" }, body = "later" }]
        codes = [
            ["pending", { status = 502, body = "<h1>Bad gateway</h1>" }, "close", { fault = "truncate", at = 4 }, "approve"],
            ["denied"],
            { steps = [], then = "expired" },
        ]
        "#,
    );
    let program = Program::start(&["--script", path.to_str().unwrap()]);
    let refused = program.send("device_authorization_endpoint", "client_id=tv");
    assert_eq!(
        (refused.status, refused.header("retry-after"), refused.body.as_slice()),
        (503, Some("2"), &b"later"[..])
    );
    let (first, _) = program.device();
    assert_eq!(program.poll(&first).error(), "authorization_pending");
    assert_eq!(program.poll(&first).text(), "<h1>Bad gateway</h1>");
    let mut connection = Connection::open(address(program.text("issuer")));
    connection.send_form("/token", &crate::common::poll_body(&first));
    assert!(connection.read_to_end().0.is_empty());
    let mut connection = Connection::open(address(program.text("issuer")));
    connection.send_form("/token", &crate::common::poll_body(&first));
    let (bytes, _) = connection.read_to_end();
    assert!(bytes.ends_with(b"\r\n\r\n{\"er"), "{}", String::from_utf8_lossy(&bytes));
    assert_eq!(program.poll(&first).status, 200);
    let (second, _) = program.device();
    assert_eq!(program.poll(&second).error(), "access_denied");
    let (third, _) = program.device();
    assert_eq!(program.poll(&third).error(), "expired_token");
    assert_eq!(program.poll(&third).error(), "expired_token");
    let secret = encoded("s3cret & more");
    let form = |secret: &str| format!("client_id=printer&client_secret={secret}");
    assert_eq!(program.send("device_authorization_endpoint", &form(&secret)).json()["expires_in"], 60);
    assert_eq!(program.send("device_authorization_endpoint", &form("wrong")).error(), "invalid_client");
}

#[test]
fn an_option_has_precedence_over_the_script_file() {
    let (_folder, path) = file("dialect = \"github\"\n[codes]\nexpires_in = 60\ninterval = 7");
    let program = Program::start(&["--script", path.to_str().unwrap(), "--expires-in=61s"]);
    let answer = program.send("device_authorization_endpoint", "client_id=tv").json();
    assert_eq!((&answer["expires_in"], &answer["interval"]), (&json!(61), &json!(0)));
    assert!(program.text("token_endpoint").ends_with("/login/oauth/access_token"), "what it leaves alone stays");
}

#[test]
fn events_are_lines_of_json_without_secrets() {
    let mut program = Program::start(&["--events", "--approval=manual"]);
    let (device_code, user_code) = program.device();
    program.poll(&device_code);
    program.approve(&user_code);
    let tokens = program.poll(&device_code).json();
    program.post("/shutdown", &json!({}));
    let (code, rest) = program.ended();
    assert_eq!(code, Some(0));
    let events: Vec<Value> = rest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        json!({ "event": "device_authorization", "client_id": "tv", "scope": null, "user_code": user_code }),
        json!({ "event": "poll", "user_code": user_code, "number": 1, "answer": "authorization_pending" }),
        json!({ "event": "approved", "user_code": user_code, "by": "call" }),
        json!({ "event": "poll", "user_code": user_code, "number": 2, "answer": "tokens" }),
    ];
    assert_eq!(events, expected);
    assert!(!rest.contains(&device_code) && !rest.contains(tokens["access_token"].as_str().unwrap()));
}

#[test]
fn over_tls_it_writes_the_authority_that_clients_have_to_trust() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, client) = (folder.path().join("ca.pem"), folder.path().join("client.pem"));
    let program = Program::start(&[
        "--tls",
        "--ca-file",
        ca.to_str().unwrap(),
        "--client-certificate-file",
        client.to_str().unwrap(),
    ]);
    assert!(program.text("issuer").starts_with("https://"));
    assert!(program.text("control").starts_with("http://127.0.0.1:"));
    assert_eq!(program.text("ca_file"), ca.to_str().unwrap());
    assert_eq!(program.text("client_certificate_file"), client.to_str().unwrap());
    let pem = std::fs::read_to_string(&ca).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"));
    let pem = std::fs::read_to_string(&client).unwrap();
    assert!(pem.contains("-----BEGIN CERTIFICATE-----") && pem.contains("-----BEGIN PRIVATE KEY-----"));
    #[cfg(unix)]
    assert_eq!((mode(&ca), mode(&client)), (0o644, 0o600));
}

#[test]
fn options_of_tls_complete_what_the_script_file_says_of_it() {
    let (folder, script) = file("[tls]\ncertificate = \"wrong_name\"");
    let client = folder.path().join("client.pem");
    let (script, client) = (script.to_str().unwrap(), client.to_str().unwrap());
    for more in [&[][..], &["--tls"]] {
        let program = Program::start(&[&["--script", script, "--client-certificate-file", client], more].concat());
        assert!(program.text("issuer").starts_with("https://"));
        assert!(std::fs::read_to_string(client).unwrap().contains("PRIVATE KEY"));
    }
}

#[test]
fn the_token_goes_into_a_file_for_its_owner_alone_and_leaves_with_the_program() {
    let (_folder, path) = file("what stood there before");
    let mut program = Program::start(&["--control-token-file", path.to_str().unwrap()]);
    assert_eq!(program.ready.get("control_token"), None);
    assert_eq!(program.text("control_token_file"), path.to_str().unwrap());
    let token = std::fs::read_to_string(&path).unwrap();
    assert_eq!(token.len(), 43);
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
    let bearer = format!("Bearer {token}");
    let stop = program.control_request("POST", "/shutdown", &[("authorization", &bearer)], b"");
    assert_eq!(stop.status, 200);
    assert_eq!(program.ended().0, Some(0));
    assert!(!path.exists());
}

#[test]
fn the_token_of_a_server_that_was_started_meanwhile_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let arguments = ["--control-token-file", path.to_str().unwrap(), "--until-stdin-closes"];
    let mut first = Program::start(&arguments);
    let second = Program::start(&arguments);
    let token = std::fs::read_to_string(&path).unwrap();
    drop(first.stdin.take());
    assert_eq!(first.ended().0, Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), token);
    let bearer = format!("Bearer {token}");
    assert_eq!(second.control_request("GET", "/", &[("authorization", &bearer)], b"").status, 200);
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn a_link_where_the_token_shall_stand_is_replaced_and_not_followed() {
    let (folder, target) = file("precious");
    let link = folder.path().join("token");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let _program = Program::start(&["--control-token-file", link.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    assert_eq!(std::fs::read_to_string(&link).unwrap().len(), 43);
}

#[test]
fn there_need_be_no_control_api() {
    let program = Program::start(&["--no-control"]);
    assert_eq!(program.ready.get("control"), None);
    assert_eq!(program.ready.get("control_token"), None);
    program.device();
}

#[test]
fn a_check_reads_everything_and_starts_nothing() {
    let (_folder, path) = file("[codes]\ninterval = 1");
    let output = run(&["--check", "--script", path.to_str().unwrap()]);
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_check_finds_what_would_keep_it_from_starting_and_warns_of_other_machines() {
    let (_folder, path) = file("[[clients]]\nid = \"a\"\n[[clients]]\nid = \"a\"");
    let output = run(&["--check", "--script", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let (_folder, path) = file("");
    for (option, named) in [("--control=0.0.0.0:0", "loopback only"), ("--ca-file=ca.pem", "--ca-file needs --tls")] {
        let output = run(&["--check", "--script", path.to_str().unwrap(), option]);
        assert_eq!(output.status.code(), Some(2), "{option}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(named), "{option}");
    }
    let (_folder, path) = file("listen = \"0.0.0.0:0\"");
    let output = run(&["--check", "--script", path.to_str().unwrap()]);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("whoever can reach 0.0.0.0:0 can approve every code"));
}

#[test]
fn the_help_explains_options_calls_and_exit_codes() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for said in ["--script", "--until-stdin-closes", "POST /approve", "Exit codes: 0", "[scripts]", "not", "github"] {
        assert!(help.contains(said), "{said}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
}

#[test]
fn a_reader_who_leaves_after_the_ready_line_disturbs_nothing() {
    let mut program = Program::start(&["--events"]);
    program.stdout.consume(0);
    let stdout = std::mem::replace(&mut program.stdout, empty());
    drop(stdout);
    let (device_code, _) = program.device();
    assert_eq!(program.poll(&device_code).error(), "authorization_pending");
    assert_eq!(program.poll(&device_code).status, 200);
}

/// Standard output of a program that has ended.
fn empty() -> std::io::BufReader<std::process::ChildStdout> {
    let mut command = std::process::Command::new(crate::running::PROGRAM);
    let mut child = command.arg("--version").stdout(std::process::Stdio::piped()).spawn().unwrap();
    child.wait().unwrap();
    std::io::BufReader::new(child.stdout.take().unwrap())
}

#[test]
fn a_reader_who_reads_no_events_does_not_hold_the_server_up() {
    let program = Program::start(&["--events"]);
    let mut connection = Connection::open(address(program.text("issuer")));
    // More than a pipe holds.
    for _ in 0..2_000 {
        connection.send("GET", "/.well-known/openid-configuration", &[], b"");
        assert_eq!(connection.receive().unwrap().status, 200);
    }
    let bytes = 4_000;
    for _ in 0..100 {
        connection.send_form("/device_authorization", &format!("client_id=tv&scope={}", "s".repeat(bytes)));
        assert_eq!(connection.receive().unwrap().status, 200);
    }
}
