//! Faults and scripted answers, as they look on the wire.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use common::*;
use device_flow_testserver::{Answer, Approval, Endpoint, Fault, Script, Server, Step};

fn scripted(script: Script) -> (Server, SignIn) {
    let server = start(options().approval(Approval::AfterPolls(0)).code(script));
    let device = device(&server);
    (server, device)
}

/// Polls on a fresh connection, for the test to see how it ends.
fn begin_poll(server: &Server, device: &SignIn) -> Connection {
    let mut connection = Connection::open(server.addr());
    connection.send_form("/token", &poll_body(&device.device_code));
    connection
}

fn split(bytes: &[u8]) -> (String, Vec<u8>) {
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8(bytes[..at].to_vec()).unwrap(), bytes[at + 4..].to_vec())
}

#[test]
fn steps_are_answered_in_order_and_then_the_server_is_itself() {
    let script =
        Script::new().pending(2).slow_down().slow_down_to(30).answer(Answer::oauth_error("temporarily_unavailable"));
    let (server, device) = scripted(script);
    let expected =
        ["authorization_pending", "authorization_pending", "slow_down", "slow_down", "temporarily_unavailable"];
    for (number, error) in expected.into_iter().enumerate() {
        let response = poll(&server, &device);
        assert_eq!((response.status, response.error().as_str()), (400, error));
        let interval = (number == 3).then_some(30);
        assert_eq!(response.json().get("interval").and_then(serde_json::Value::as_u64), interval);
    }
    // The scripted slow_down counts: what comes now is early.
    assert_eq!(poll(&server, &device).error(), "slow_down");
}

#[test]
fn close_ends_the_connection_without_an_answer_and_without_effect() {
    let (server, device) = scripted(Script::new().fault(Fault::Close));
    let (bytes, end) = begin_poll(&server, &device).read_to_end();
    assert!(bytes.is_empty() && end.is_ok());
    assert_eq!(poll(&server, &device).status, 200);
}

#[test]
fn reset_ends_the_connection_with_a_reset() {
    let (server, device) = scripted(Script::new().fault(Fault::Reset));
    let (bytes, end) = begin_poll(&server, &device).read_to_end();
    assert!(bytes.is_empty());
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(poll(&server, &device).status, 200);
}

#[test]
fn hang_says_nothing_for_as_long_as_it_was_told() {
    let (server, device) = scripted(Script::new().fault(Fault::Hang(Duration::from_millis(80))));
    let begin = Instant::now();
    let (bytes, end) = begin_poll(&server, &device).read_to_end();
    assert!(bytes.is_empty() && end.is_ok());
    assert!(begin.elapsed() >= Duration::from_millis(80));
}

#[test]
fn an_approval_whose_answer_is_lost_has_used_the_code_up() {
    for fault in [Fault::Close, Fault::Reset, Fault::Hang(Duration::ZERO)] {
        let (server, device) = scripted(Script::new().step(Step::approve().fault(fault)));
        assert!(begin_poll(&server, &device).read_to_end().0.is_empty());
        assert_eq!(poll(&server, &device).error(), "invalid_grant");
    }
}

#[test]
fn truncate_announces_more_than_it_sends() {
    let (server, device) = scripted(Script::new().fault(Fault::Truncate { at: 10 }));
    let (bytes, _) = begin_poll(&server, &device).read_to_end();
    let (head, body) = split(&bytes);
    let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(announced.parse::<usize>().unwrap() > 10);
    assert_eq!(body.len(), 10);
    assert!(body.starts_with(b"{\"access_t"));
}

#[test]
fn an_answer_without_a_length_ends_with_the_connection_properly_or_not() {
    let script = Script::new()
        .step(Step::pending().fault(Fault::UntilClosed))
        .step(Step::pending().fault(Fault::CutByReset { at: 10 }));
    let (server, device) = scripted(script);
    let (bytes, end) = begin_poll(&server, &device).read_to_end();
    let (head, body) = split(&bytes);
    assert!(!head.contains("content-length"), "{head}");
    assert!(body.starts_with(b"{\"error\"") && body.ends_with(b"}"));
    assert!(end.is_ok());
    let (bytes, end) = begin_poll(&server, &device).read_to_end();
    assert_eq!(split(&bytes).1, b"{\"error\":\"");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn drip_sends_the_whole_answer_slowly() {
    let every = Duration::from_millis(1);
    for fault in [Fault::Drip { every }, Fault::DripAll { every }] {
        let (server, device) = scripted(Script::new().step(Step::pending().fault(fault)));
        let begin = Instant::now();
        let response = begin_poll(&server, &device).receive().unwrap();
        assert_eq!(response.error(), "authorization_pending");
        assert!(begin.elapsed() >= every * u32::try_from(response.body.len()).unwrap());
    }
}

#[test]
fn oversize_pads_a_good_answer_to_the_length_it_was_told() {
    let (server, device) = scripted(Script::new().fault(Fault::Oversize { bytes: 2_000_000 }));
    let response = begin_poll(&server, &device).receive().unwrap();
    assert_eq!(response.body.len(), 2_000_000);
    assert!(response.json()["access_token"].is_string());
}

#[test]
fn endless_sends_chunks_until_the_client_hangs_up() {
    let (server, device) = scripted(Script::new().fault(Fault::Endless));
    let mut connection = begin_poll(&server, &device);
    let mut bytes = vec![0; 3_000_000];
    connection.stream.read_exact(&mut bytes).unwrap();
    let (head, body) = split(&bytes);
    assert!(head.contains("transfer-encoding: chunked"));
    assert!(body.ends_with(b"  "));
    // Others are served meanwhile.
    assert_eq!(get(&server, "/.well-known/openid-configuration").status, 200);
}

#[test]
fn close_after_answer_ends_a_connection_that_could_have_been_reused() {
    let idle = Duration::from_millis(40);
    let (server, device) = scripted(Script::new().fault(Fault::CloseAfterAnswer { idle }));
    let mut connection = begin_poll(&server, &device);
    let begin = Instant::now();
    let response = connection.receive().unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.header("connection"), None);
    let (bytes, end) = connection.read_to_end();
    assert!(bytes.is_empty() && end.is_ok());
    assert!(begin.elapsed() >= idle);
}

#[test]
fn raw_writes_bytes_that_no_server_would() {
    let (server, device) = scripted(Script::new().fault(Fault::Raw(b"SSH-2.0-dropbear\r\n".to_vec())));
    assert_eq!(begin_poll(&server, &device).read_to_end().0, b"SSH-2.0-dropbear\r\n");
    assert_eq!(poll(&server, &device).status, 200, "the raw answer leaves the code as it was");
}

#[test]
fn a_flood_of_nothing_ends_when_the_client_hangs_up() {
    let start = b"HTTP/1.1 200 OK\r\n".to_vec();
    let again = Vec::new();
    let (server, device) =
        scripted(Script::new().fault(Fault::Flood { start: start.clone(), again, every: Duration::ZERO }));
    let mut connection = begin_poll(&server, &device);
    let mut bytes = vec![0; start.len()];
    connection.stream.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, start);
    connection.stream.shutdown(std::net::Shutdown::Write).unwrap();
    let (rest, end) = connection.read_to_end();
    assert!(rest.is_empty() && end.is_ok(), "{end:?}");
}

#[test]
fn flood_repeats_itself_until_the_client_hangs_up() {
    let every = Duration::from_millis(1);
    let (start, again) = (b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".to_vec());
    let (server, device) = scripted(Script::new().fault(Fault::Flood { start: start.clone(), again, every }));
    let mut connection = begin_poll(&server, &device);
    let begin = Instant::now();
    let mut bytes = vec![0; start.len() + 60];
    connection.stream.read_exact(&mut bytes).unwrap();
    assert!(bytes.starts_with(&start) && bytes.ends_with(b"a: b\r\na: b\r\n"));
    assert!(begin.elapsed() >= every * 10);
    drop(connection);
    assert_eq!(poll(&server, &device).status, 200, "the code is as it was");
}

#[test]
fn a_late_answer_is_late() {
    let delay = Duration::from_millis(60);
    let (server, device) = scripted(Script::new().step(Step::pending().late(delay)));
    let begin = Instant::now();
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
    assert!(begin.elapsed() >= delay);
}

#[test]
fn redirects_gateway_pages_and_any_other_answer_go_out_as_written() {
    let script = Script::new()
        .answer(Answer::redirect(302, "https://elsewhere.example/"))
        .answer(Answer::redirect(307, "https://elsewhere.example/"))
        .answer(Answer::html(502, "<h1>Bad gateway</h1>"))
        .answer(Answer::html(503, "<h1>Back soon</h1>").header("retry-after", "2"))
        .answer(Answer::new(204))
        .answer(Answer::json(200, "[1,"));
    let (server, device) = scripted(script);
    let mut connection = Connection::open(server.addr());
    let mut next = || {
        connection.send_form("/token", &poll_body(&device.device_code));
        connection.receive().unwrap()
    };
    for status in [302, 307] {
        let redirect = next();
        assert_eq!((redirect.status, redirect.header("location")), (status, Some("https://elsewhere.example/")));
    }
    let gateway = next();
    assert_eq!((gateway.status, gateway.header("content-type")), (502, Some("text/html; charset=utf-8")));
    let unavailable = next();
    assert_eq!((unavailable.status, unavailable.header("retry-after")), (503, Some("2")));
    assert_eq!(next().status, 204);
    assert_eq!(next().text(), "[1,");
    assert_eq!(
        server.requests_to("/token").iter().map(|request| request.connection).max(),
        Some(2),
        "all on one connection"
    );
}

#[test]
fn an_answer_that_http_cannot_carry_is_a_500_and_no_panic() {
    let script =
        Script::new().answer(Answer::new(42)).answer(Answer::new(200).header("a b", "c")).answer(Answer::new(101));
    let (server, device) = scripted(script);
    for _ in 0..3 {
        assert_eq!(poll(&server, &device).status, 500);
    }
}

#[test]
fn every_endpoint_can_be_scripted_and_changed_while_the_server_runs() {
    let server = start(
        options()
            .approval(Approval::AfterPolls(0))
            .script(Endpoint::Metadata, Script::new().fault(Fault::Close))
            .script(Endpoint::DeviceAuthorization, Script::new().slow_down().fault(Fault::Reset)),
    );
    let mut connection = Connection::open(server.addr());
    connection.send("GET", "/.well-known/oauth-authorization-server", &[], b"");
    assert!(connection.read_to_end().0.is_empty());
    assert_eq!(get(&server, "/.well-known/oauth-authorization-server").status, 200);

    assert_eq!(post(&server, "/device_authorization", "client_id=tv").error(), "slow_down");
    let mut connection = Connection::open(server.addr());
    connection.send_form("/device_authorization", "client_id=tv");
    assert!(connection.read_to_end().1.is_err());
    assert!(server.user_codes().is_empty());
    let tokens = poll(&server, &device(&server)).json();

    let refresh =
        format!("grant_type=refresh_token&client_id=tv&refresh_token={}", tokens["refresh_token"].as_str().unwrap());
    server.script(Endpoint::Refresh, Script::new().answer(Answer::html(503, "")));
    assert_eq!(post(&server, "/token", &refresh).status, 503);
    assert_eq!(post(&server, "/token", &refresh).status, 200);

    server.script(Endpoint::Revocation, Script::new().always(Step::answer(Answer::html(503, ""))));
    for _ in 0..3 {
        assert_eq!(post(&server, "/revoke", "client_id=tv&token=x").status, 503);
    }
    server.script_code(Script::new().deny());
    assert_eq!(poll(&server, &device(&server)).error(), "access_denied");
}

#[test]
fn a_hanging_connection_ends_when_the_server_is_dropped() {
    let (server, device) = scripted(Script::new().fault(Fault::Hang(Duration::from_secs(600))));
    let mut connection = begin_poll(&server, &device);
    assert!(server.wait_for_requests(2, Duration::from_secs(5)));
    let begin = Instant::now();
    drop(server);
    assert!(connection.read_to_end().0.is_empty());
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[test]
fn hostile_bytes_do_no_harm() {
    let server = start(options().read_timeout(Duration::from_millis(100)));
    let long = [b"GET /".as_slice(), &vec![b'a'; 200_000]].concat();
    let hostile: [&[u8]; 6] = [
        b"\x16\x03\x01\x00\xa5\x01\x00",
        b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nshort",
        b"GET /device",
        &long,
    ];
    for bytes in hostile {
        let mut connection = Connection::open(server.addr());
        // The server may hang up before it has read all.
        let _ = connection.stream.write_all(bytes);
        let begin = Instant::now();
        let (answer, _) = connection.read_to_end();
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
        assert!(begin.elapsed() < Duration::from_secs(3));
    }
    let large = vec![b'a'; 64 * 1024 + 1];
    let mut connection = Connection::open(server.addr());
    connection.send("POST", "/token", &[("content-type", "application/x-www-form-urlencoded")], &large);
    assert_eq!(connection.receive().unwrap().status, 413);
    let odd = [("content-type", "application/x-www-form-urlencoded"), ("cookie", "\u{1}=;;=;")];
    assert!(request(&server, "POST", "/device", &odd, "%ff=%&user_code=%e2%80").status >= 400);
    assert_eq!(device(&server).user_code.len(), 9, "it still serves");
}

#[test]
fn connections_that_say_nothing_or_have_fallen_silent_are_closed() {
    let server = start(options().read_timeout(Duration::from_millis(100)));
    let mut silent = Connection::open(server.addr());
    let mut fallen_silent = Connection::open(server.addr());
    fallen_silent.send("GET", "/device", &[], b"");
    assert_eq!(fallen_silent.receive().unwrap().status, 200);
    let begin = Instant::now();
    for connection in [&mut silent, &mut fallen_silent] {
        let (_, end) = connection.read_to_end();
        assert!(end.is_ok());
    }
    assert!(begin.elapsed() < Duration::from_secs(3));
}
