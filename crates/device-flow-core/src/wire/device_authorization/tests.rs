use super::*;
use alloc::format;

fn answer(body: &[u8]) -> Answer<DeviceAuthorizationResponse> {
    read_codes(&Dialect::RFC_8628, &Response::new(200, body))
}

fn read(device_code: &str, user_code: &str) -> Result<DeviceAuthorizationResponse, String> {
    let body = format!(
        r#"{{"device_code":"{device_code}","user_code":"{user_code}","verification_uri":"https://as.example/"}}"#
    );
    match answer(body.as_bytes()) {
        Answer::Granted(granted) => Ok(granted),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn d4_a_device_code_that_came_in_another_character_set_is_refused() {
    // What is left of a byte that is not UTF-8 would be another code.
    let body = b"{\"device_code\":\"gr\xfcn\",\"user_code\":\"A\",\"verification_uri\":\"https://as.example/\"}";
    assert!(matches!(answer(body), Answer::Invalid(ProtocolErrorKind::MalformedMember { name: "device_code" })));
    assert_eq!(read("gr\u{fc}n", "A").unwrap().device_code().expose(), "gr\u{fc}n");
}

#[test]
fn k7_neither_code_shows_in_debug() {
    let shown = format!("{:?}", read("secret-1", "secret-2").unwrap());
    assert!(shown.contains("https://as.example/"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn t7_what_nobody_knows_is_extra_and_what_is_known_is_not() {
    let body =
        |more: &str| format!(r#"{{"device_code":"c","user_code":"A","verification_uri":"https://as.example/"{more}}}"#);
    for (more, extra) in [("", "{}"), (r#","expires_in":5"#, "{}"), (r#","x":1"#, r#"{"x":1}"#)] {
        let body = body(more);
        let Answer::Granted(granted) = answer(body.as_bytes()) else { panic!() };
        assert_eq!(granted.extra().expose(), extra, "{more}");
        let [.., kept] = granted.parts();
        let is_kept = kept.is_some();
        assert_eq!(is_kept, extra != "{}", "nothing takes no memory");
    }
}

#[test]
fn codes_have_a_greatest_length_in_an_answer_and_in_a_store() {
    let restored = |device_code: &str, user_code: &str| {
        let uri = "https://as.example/";
        let codes = [Some(device_code), Some(user_code), Some(uri), None, None, None];
        DeviceAuthorizationResponse::packed(codes, None, None)
    };
    let longest = "x".repeat(32_768);
    assert_eq!(read(&longest, "A").unwrap().device_code().expose(), longest);
    assert_eq!(restored(&longest, "A").unwrap().device_code().expose(), longest);
    let longer = longest + "x";
    assert!(read(&longer, "A").unwrap_err().contains("device_code"));
    assert!(restored(&longer, "A").is_none());
    assert!(restored("", "A").is_none());
    assert!(restored("x", "").is_none());
    for letter in ["A", "Ж"] {
        let longest = letter.repeat(128);
        assert_eq!(read("x", &longest).unwrap().user_code(), longest);
        let longer = letter.repeat(129);
        assert!(read("x", &longer).unwrap_err().contains("user_code"));
    }
}
