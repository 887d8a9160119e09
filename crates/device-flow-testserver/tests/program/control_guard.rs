//! Who may call the control API, and what is refused however well it is meant.

use std::io::Write as _;

use serde_json::json;

use crate::common::{Connection, Response};
use crate::running::{Program, address};

fn program() -> Program {
    Program::start(&["--approval=manual"])
}

fn refused(response: &Response, status: u16, error: &str) {
    assert_eq!((response.status, response.error().as_str()), (status, error), "{}", response.text());
    assert!(response.json()["message"].as_str().is_some_and(|message| message.len() > 10), "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"));
}

#[test]
fn without_the_token_there_is_nothing_to_learn() {
    let program = program();
    let token = program.token().to_owned();
    let wrong = [
        None,
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer wrong".to_owned()),
        Some(format!("Basic {token}")),
        Some(format!("Bearer {}", token.to_uppercase())),
        Some(format!("Bearer {token}x")),
        Some(format!("Bearer {}", token.get(..42).unwrap())),
        Some(token.clone()),
    ];
    for authorization in wrong {
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", value.as_str())).collect();
        for (method, path) in [("GET", "/codes"), ("POST", "/shutdown"), ("GET", "/nowhere"), ("DELETE", "/codes")] {
            let response = program.control_request(method, path, &headers, b"");
            refused(&response, 401, "wrong_token");
            assert_eq!(response.header("www-authenticate"), Some("Bearer realm=\"control\""));
            assert!(!response.text().contains(&token));
        }
    }
    assert_eq!(program.get("/codes").status, 200, "it goes on");
}

#[test]
fn a_foreign_host_or_origin_is_refused_even_with_the_token() {
    let program = program();
    let bearer = format!("Bearer {}", program.token());
    let port = program.control().port();
    let get = |headers: &[(&str, &str)]| {
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        program.control_request("GET", "/codes", &all, b"")
    };
    let (other_port, rebound) = (format!("127.0.0.1:{}", port.wrapping_add(1)), format!("evil.example:{port}"));
    for host in ["evil.example", rebound.as_str(), "127.0.0.1", other_port.as_str(), ""] {
        refused(&get(&[("host", host)]), 421, "foreign_host");
    }
    let public = program.text("issuer").to_owned();
    for origin in ["http://evil.example", "null", "https://localhost", public.as_str()] {
        refused(&get(&[("origin", origin)]), 403, "foreign_origin");
    }
    refused(&get(&[("sec-fetch-site", "cross-site")]), 403, "foreign_origin");
    refused(&get(&[("sec-fetch-site", "same-site")]), 403, "foreign_origin");
    for own in [format!("localhost:{port}"), format!("127.0.0.1:{port}")] {
        assert_eq!(get(&[("host", &own)]).status, 200);
        assert_eq!(get(&[("host", &own), ("origin", &format!("http://{own}"))]).status, 200);
    }
}

#[test]
fn the_public_port_knows_none_of_the_calls() {
    let program = program();
    let (_, user_code) = program.device();
    let bearer = format!("Bearer {}", program.token());
    for path in ["/approve", "/codes", "/shutdown", "/transcript", "/answers", "/reset"] {
        let mut connection = Connection::open(address(program.text("issuer")));
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = json!({ "user_code": user_code }).to_string();
        connection.send("POST", path, &headers, body.as_bytes());
        assert_eq!(connection.receive().unwrap().status, 404, "{path}");
    }
    assert_eq!(program.get("/codes").json()["codes"][0]["standing"], "pending");
}

#[test]
fn a_wrong_method_or_path_is_told_what_is_right() {
    let program = program();
    for path in ["/approve", "/deny", "/expire", "/answers", "/scripts", "/reset", "/shutdown"] {
        let response = program.get(path);
        refused(&response, 405, "wrong_method");
        assert_eq!(response.header("allow"), Some("POST"));
    }
    for (method, path) in [("POST", "/codes"), ("DELETE", "/transcript"), ("PUT", "/")] {
        refused(&program.call(method, path, b""), 405, "wrong_method");
    }
    let unknown = program.get("/aprove");
    refused(&unknown, 404, "unknown_call");
    assert!(unknown.text().contains("/approve"));
    refused(&program.get("/codes?code=x"), 400, "invalid_request");
}

#[test]
fn a_body_that_is_not_what_a_call_takes_is_told_why() {
    let program = program();
    for (path, body, named) in [
        ("/approve", &b""[..], "missing field `user_code`"),
        ("/approve", b"{}", "missing field `user_code`"),
        ("/approve", b"{", "EOF while parsing an object at line 1 column 1"),
        ("/approve", b"[\"AB\"]", "not a JSON object"),
        ("/approve", b"\"AB\"", "not a JSON object"),
        ("/approve", b"{\"user_code\": 7}", "invalid type: integer `7`"),
        ("/approve", b"{\"user_code\": \"A\", \"now\": true}", "unknown field `now`"),
        ("/approve", b"{\"user_code\": \"A\", \"user_code\": \"B\"}", "duplicate field"),
        ("/approve", b"{\"user_code\": \"\xff\"}", "not UTF-8"),
        ("/approve", b"{\"user_code\": \"A\"} x", "trailing characters"),
        ("/answers", b"{\"steps\": [\"pendign\"]}", "unknown step `pendign`"),
        ("/answers", b"{\"steps\": \"pending\"}", "a list of steps"),
        ("/answers", b"{\"steps\": [], \"endpoint\": \"tokn\"}", "unknown variant `tokn`, expected one of `poll`"),
        ("/answers", b"{\"steps\": [{\"fault\": \"truncate\"}]}", "at = 10"),
        ("/scripts", b"{\"script\": {\"step\": []}}", "unknown field `step`"),
        ("/reset", b"{\"really\": true}", "unknown field `really`"),
    ] {
        let response = program.call("POST", path, body);
        refused(&response, 400, "invalid_request");
        let message = response.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(named), "{path} {}: {message}", String::from_utf8_lossy(body));
    }
    let deep = format!("{{\"steps\": {}", "[".repeat(100_000));
    refused(&program.call("POST", "/answers", deep.as_bytes()), 400, "invalid_request");
}

#[test]
fn only_json_of_bounded_size_is_read() {
    let program = program();
    let bearer = format!("Bearer {}", program.token());
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let headers = [("authorization", bearer.as_str()), ("content-type", content_type)];
        refused(&program.control_request("POST", "/reset", &headers, b"{}"), 415, "invalid_request");
    }
    refused(&program.control_request("POST", "/reset", &[("authorization", &bearer)], b"{}"), 415, "invalid_request");
    let fits = json!({ "steps": [{ "status": 200, "body": "x".repeat(1_000_000) }] });
    assert_eq!(program.post("/answers", &fits).status, 200);
    // What is announced is refused before it is sent.
    let mut connection = Connection::open(program.control());
    let head = format!(
        "POST /answers HTTP/1.1\r\nhost: {}\r\nauthorization: {bearer}\r\ncontent-type: application/json\r\n\
         content-length: 1048577\r\n\r\n",
        program.control()
    );
    connection.stream.write_all(head.as_bytes()).unwrap();
    connection.stream.write_all(&vec![b' '; 1_048_577]).unwrap();
    refused(&connection.receive().unwrap(), 413, "unreadable_request");
}

#[test]
fn idle_connections_do_not_stop_the_control_api() {
    let program = program();
    let _idle: Vec<_> = (0..200).map(|_| Connection::open(program.control())).collect();
    assert_eq!(program.get("/codes").status, 200);
}

#[test]
fn what_is_no_http_ends_the_connection_and_nothing_else() {
    let program = program();
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"GET / HTTP/9.9\r\n\r\n", b"\0\0\0\0\r\n\r\n"]
    {
        let mut connection = Connection::open(program.control());
        connection.stream.write_all(bytes).unwrap();
        connection.stream.shutdown(std::net::Shutdown::Write).unwrap();
        let (answer, _) = connection.read_to_end();
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(program.get("/codes").status, 200);
}
