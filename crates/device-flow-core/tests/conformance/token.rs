//! The token answer: rows T1 to T9.

use crate::bench::{Bench, TOKEN, config, seconds};
use device_flow_core::{
    Config, ErrorCode, Failure, Outcome, ProtocolErrorKind, Response, TokenResponse, TransportFailure,
};

fn granted(body: &str) -> TokenResponse {
    granted_with(config(), body)
}

fn granted_with(config: Config, body: &str) -> TokenResponse {
    let mut bench = Bench::polling(config);
    bench.poll(200, body);
    bench.token()
}

fn refused(body: &str) -> ProtocolErrorKind {
    let mut bench = Bench::polling(config());
    bench.poll(200, body);
    bench.protocol_error()
}

fn scopes(token: &TokenResponse) -> Option<Vec<&str>> {
    token.scopes().map(Iterator::collect)
}

#[test]
fn t1_without_an_access_token_there_is_no_token() {
    for value in ["null", "\"\"", "7", "{}", "[\"a\"]", "true"] {
        let kind = refused(&format!(r#"{{"access_token":{value},"token_type":"Bearer"}}"#));
        assert_eq!(kind, ProtocolErrorKind::MissingMember { name: "access_token" }, "{value}");
    }
    assert_eq!(refused("{}"), ProtocolErrorKind::MissingMember { name: "access_token" });
}

#[test]
fn t1_a_token_that_could_break_a_header_is_refused() {
    for bad in ["a\\nb", "a\\u0000", "ü"] {
        let kind = refused(&format!(r#"{{"access_token":"{bad}"}}"#));
        assert_eq!(kind, ProtocolErrorKind::MalformedMember { name: "access_token" }, "{bad}");
    }
}

/// What else came along may be of no use; that is no reason to throw away what the person granted.
#[test]
fn t1_a_useless_refresh_or_id_token_does_not_cost_the_access_token() {
    for useless in ["\"a\\nb\"", "\"ü\"", "7", "{}", "[\"r\"]", "true"] {
        let token = granted(&format!(r#"{{"access_token":"a","refresh_token":{useless},"id_token":{useless}}}"#));
        assert_eq!(token.access_token().expose(), "a");
        assert!(token.refresh_token().is_none(), "{useless}");
        assert!(token.id_token().is_none(), "{useless}");
    }
}

#[test]
fn t2_token_types_are_compared_without_case_and_absent_means_bearer() {
    let token = granted(r#"{"access_token":"a","token_type":"bEARER"}"#);
    assert!(token.is_bearer());
    assert_eq!(token.token_type(), Some("bEARER"));
    let token = granted(r#"{"access_token":"a"}"#);
    assert!(token.is_bearer());
    assert_eq!(token.token_type(), None);
    let token = granted(r#"{"access_token":"a","token_type":"DPoP"}"#);
    assert!(!token.is_bearer());
    assert_eq!(token.token_type(), Some("DPoP"));
}

#[test]
fn t3_the_life_of_a_token_counts_from_when_its_request_was_sent() {
    let mut bench = Bench::polling(config());
    let sent = bench.next_request().at;
    bench.sleep(seconds(12));
    bench.answer(200, TOKEN);
    assert_eq!(bench.token().expires_at(), Some(sent.saturating_add(seconds(3_600))));
}

#[test]
fn t3_lifetimes_come_in_many_spellings() {
    let life = |json: &str| granted(&format!(r#"{{"access_token":"a","expires_in":{json}}}"#)).expires_in();
    assert_eq!(life("3600"), Some(seconds(3_600)));
    assert_eq!(life("\"3600\""), Some(seconds(3_600)));
    assert_eq!(life("3600.7"), Some(seconds(3_600)));
    for nothing in ["null", "\"\"", "\"soon\""] {
        assert_eq!(life(nothing), None, "{nothing}");
    }
    assert_eq!(granted(r#"{"access_token":"a"}"#).expires_at(), None);
    assert!(life("1e300").is_some());
}

/// Some servers mean "no end" by a zero; taken for a life it makes tokens that are never valid.
#[test]
fn t3_a_life_of_zero_or_less_tells_nothing() {
    for nothing in ["0", "\"0\"", "0.4", "-0", "-1", "-99999999999999999999"] {
        let token = granted(&format!(r#"{{"access_token":"a","expires_in":{nothing}}}"#));
        assert_eq!(token.expires_in(), None, "{nothing}");
        assert_eq!(token.expires_at(), None, "{nothing}");
    }
}

#[test]
fn t4_an_absent_scope_means_the_requested_one() {
    let asked = || config().scope("write read");
    assert_eq!(scopes(&granted_with(asked(), r#"{"access_token":"a"}"#)), Some(vec!["write", "read"]));
    assert_eq!(scopes(&granted_with(asked(), r#"{"access_token":"a","scope":""}"#)), Some(vec!["write", "read"]));
    assert_eq!(scopes(&granted_with(asked(), r#"{"access_token":"a","scope":null}"#)), Some(vec!["write", "read"]));
    assert_eq!(scopes(&granted_with(asked(), r#"{"access_token":"a","scope":"read"}"#)), Some(vec!["read"]));
    assert_eq!(scopes(&granted(r#"{"access_token":"a"}"#)), None);
}

#[test]
fn t4_scopes_come_as_string_array_or_comma_list_and_keep_their_order() {
    for json in [r#""b a c""#, r#""b  a c ""#, r#"["b","a","c"]"#, r#""b,a,c""#] {
        let token = granted(&format!(r#"{{"access_token":"a","scope":{json}}}"#));
        assert_eq!(scopes(&token), Some(vec!["b", "a", "c"]), "{json}");
    }
}

#[test]
fn t5_an_error_beside_a_token_is_an_error() {
    let mut bench = Bench::polling(config());
    bench.poll(200, r#"{"access_token":"a","token_type":"Bearer","error":"server_trouble"}"#);
    assert!(matches!(bench.failure(), Failure::Server(_)));
    let mut bench = Bench::polling(config());
    bench.poll(200, r#"{"access_token":"a","error":"access_denied"}"#);
    assert!(matches!(bench.end(), Outcome::Denied));
}

#[test]
fn t5_a_token_under_an_error_status_is_no_token() {
    for status in [400, 401, 404] {
        let mut bench = Bench::polling(config());
        bench.poll(status, TOKEN);
        assert!(matches!(bench.failure(), Failure::Protocol(_)), "{status}");
    }
}

#[test]
fn t7_unknown_members_are_kept_and_readable() {
    let token = granted(r#"{"access_token":"a","refresh_token":"r","team":{"id":7},"session":"s\/1"}"#);
    assert_eq!(token.refresh_token().unwrap().expose(), "r");
    assert_eq!(token.extra().expose(), r#"{"team":{"id":7},"session":"s\/1"}"#);
    assert_eq!(token.extra_member("team").unwrap().expose(), r#"{"id":7}"#);
    assert_eq!(token.extra_member("session").unwrap().expose(), "s/1");
    assert!(token.extra_member("access_token").is_none());
    assert_eq!(granted(TOKEN).extra().expose(), "{}");
}

#[test]
fn t8_too_large_and_too_deep_are_errors() {
    let mut bench = Bench::polling(config());
    bench.wait();
    bench.fail(TransportFailure::BodyTooLarge);
    assert!(matches!(bench.failure(), Failure::Protocol(error) if *error.kind() == ProtocolErrorKind::TooLarge));
    let nested = |levels: usize| format!(r#"{{"access_token":"a","x":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert_eq!(refused(&nested(100_000)), ProtocolErrorKind::TooDeep);
    let twice = nested(100).replace("\"x\"", &format!("\"y\":{}{},\"x\"", "[".repeat(100), "]".repeat(100)));
    assert_eq!(refused(&twice), ProtocolErrorKind::TooDeep);
    assert_eq!(granted(&nested(20)).access_token().expose(), "a");
}

#[test]
fn t9_the_content_type_does_not_matter() {
    let bodies: [&[u8]; 3] = [
        TOKEN.as_bytes(),
        b"\xEF\xBB\xBF \n{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\"}",
        b"access_token=2YotnFZFEjr1zCsicMWpAA&token_type=bearer&scope=repo%2Cgist",
    ];
    for body in bodies {
        for kind in [
            None,
            Some("application/json"),
            Some("text/html; charset=utf-8"),
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some(""),
        ] {
            let mut bench = Bench::polling(config());
            bench.wait();
            let response = Response::new(200, body);
            bench.answer_with(match kind {
                Some(kind) => response.header("content-type", kind.as_bytes()),
                None => response,
            });
            assert_eq!(bench.token().access_token().expose(), "2YotnFZFEjr1zCsicMWpAA", "{kind:?}");
        }
    }
}

#[test]
fn a_web_page_instead_of_a_token_says_that_it_was_one() {
    let mut bench = Bench::polling(config());
    bench.wait();
    bench.answer_with(Response::new(200, b"<!DOCTYPE html><title>Hotel</title>").header("content-type", b"text/html"));
    let failure = bench.failure();
    assert!(failure.to_string().contains("web page"), "{failure}");
}

#[test]
fn t5_nothing_in_the_same_answer_takes_an_error_back() {
    let mut bench = Bench::polling(config());
    bench.poll(200, r#"{"error":"access_denied","error":null,"access_token":"a"}"#);
    assert!(matches!(bench.end(), Outcome::Denied));
}

#[test]
fn k7_a_token_response_shows_what_is_no_token() {
    let token = granted(
        r#"{"access_token":"secret-1","refresh_token":"secret-2","id_token":"secret-3","token_type":"Bearer","scope":"a b","expires_in":77,"more":"secret-4"}"#,
    );
    let shown = format!("{token:?}");
    for part in ["Bearer", "a b", "77s", "[redacted]"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_token_response_for_tests_is_judged_as_a_servers_answer_is() {
    let read = TokenResponse::from_json;
    let token = read(r#"{"access_token":"a","expires_in":"60","scope":"b,c"}"#).unwrap();
    assert_eq!(token.expires_in(), Some(seconds(60)));
    assert_eq!(token.expires_at(), None, "nobody knows when it was sent");
    assert_eq!(scopes(&token), Some(vec!["b", "c"]));
    assert!(
        matches!(read(r#"{"error":"invalid_grant"}"#), Err(Failure::Server(error)) if error.code() == &ErrorCode::INVALID_GRANT)
    );
    for bad in ["", "{}", "null", r#"{"access_token":"a","error":"x"}"#] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
