//! `device-flow demo`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::{Program, Run, over_both};

fn demo(transport: &str) -> Program {
    Program::new(&["demo", "--transport", transport])
}

fn names(run: &Run) -> Vec<String> {
    let events = run.events();
    let names = events.iter().map(|it| it["event"].as_str().unwrap_or_default().to_owned());
    names.collect()
}

#[test]
fn it_shows_every_step_on_standard_error() {
    over_both(|transport| {
        let begin = Instant::now();
        let run = demo(transport).option("--approve", "auto").run();
        assert!(begin.elapsed() < Duration::from_secs(15));
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(run.stdout, "", "nothing was asked for");
        run.is_tidy();
        let mut rest = run.stderr.as_str();
        for step in [
            "server: listens as http://127.0.0.1:",
            "client: asks the server for its endpoints",
            "server: tells its endpoints",
            "client: asks for a code",
            "server: makes the code ",
            "Your code is",
            "server: answers poll 1 with authorization_pending",
            "client: nobody has decided yet",
            "server: answers poll 2 with authorization_pending",
            "is approved by the server itself",
            "server: answers poll 3 with tokens",
            "client: has an access token, a refresh token, an ID token",
            "Signed in.",
        ] {
            let found = rest.split_once(step);
            rest = found.unwrap_or_else(|| panic!("{step}: {run:?}")).1;
        }
    });
}

#[test]
fn in_json_every_line_is_an_object_and_the_last_is_authorized() {
    over_both(|transport| {
        let run = demo(transport).json().run();
        let tokens = run.ended("authorized", 0);
        assert_eq!(names(&run), ["prompt", "poll", "poll", "poll", "authorized"]);
        for token in ["access_token", "refresh_token", "id_token"] {
            let token = tokens[token].as_str().unwrap();
            assert!(!run.stderr.contains(token), "{run:?}");
        }
    });
}

#[test]
fn the_environments_proxies_are_left_aside() {
    over_both(|transport| {
        let run = demo(transport)
            .json()
            .variable("http_proxy", "http://127.0.0.1:1")
            .variable("ALL_PROXY", "http://127.0.0.1:1")
            .run();
        run.ended("authorized", 0);
    });
}

#[test]
fn a_person_approves_on_the_page() {
    over_both(|transport| {
        for (decision, event, code) in [("approve", "authorized", 0), ("deny", "denied", 3)] {
            let mut running = demo(transport).json().option("--approve", "page").start();
            let prompt = running.wait_for("prompt");
            decide(&prompt, decision);
            let run = running.finish();
            run.ended(event, code);
            assert!(run.stderr.contains("on the page"), "{run:?}");
        }
    });
}

#[test]
fn it_listens_where_it_is_told_and_says_when_it_cannot() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let run = Program::new(&["demo"]).json().option("--listen", taken.local_addr().unwrap().to_string()).run();
    let failed = run.ended("failed", 2);
    assert_eq!(failed["kind"], "config");
    assert!(run.stderr.contains("--listen"), "{run:?}");
}

#[test]
fn it_does_not_listen_beyond_this_machine() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let run = Program::new(&["demo"]).option("--listen", address).run();
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("loopback"), "{run:?}");
    }
}

/// Plays the person: opens the complete address, confirms the code, and presses a button.
fn decide(prompt: &Value, decision: &str) {
    let address = prompt["verification_uri_complete"].as_str().unwrap();
    let code = prompt["user_code"].as_str().unwrap();
    let (authority, path) = address.strip_prefix("http://").and_then(|it| it.split_once('/')).unwrap();
    let page = exchange(authority, &format!("GET /{path}"), "", "");
    let cookie = between(&page, "set-cookie: ", ";");
    let token = between(&page, "name=\"form_token\" value=\"", "\"");
    let form = format!("form_token={token}&user_code={code}");
    let page = exchange(authority, "POST /device", cookie, &form);
    assert!(page.contains("Approve this device?"), "{page}");
    let form = format!("{form}&decision={decision}");
    let page = exchange(authority, "POST /device/decision", cookie, &form);
    assert!(page.starts_with("HTTP/1.1 303"), "{page}");
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).and_then(|(_, rest)| rest.split_once(end));
    rest.unwrap_or_else(|| panic!("{start}: {text}")).0
}

fn exchange(authority: &str, request: &str, cookie: &str, form: &str) -> String {
    let mut socket = TcpStream::connect(authority).unwrap();
    let length = form.len();
    write!(
        socket,
        "{request} HTTP/1.1\r\nhost: {authority}\r\ncookie: {cookie}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}
