use super::*;
use alloc::format;

#[test]
fn k7_a_secret_does_not_show_its_beginning_where_a_text_is_cut() {
    let secret = "s3cr3t-s3cr3t-s3cr3t";
    for shown in 4..=secret.len() {
        let before = "x".repeat(MAX_MESSAGE.saturating_sub(shown));
        let description = format!("{before}{secret}{secret}");
        let code = format!("{}{secret}", "x".repeat(MAX_ERROR_CODE.saturating_sub(shown)));
        let mut error = ServerError::new(Stage::Token, &code, Some(&description), None);
        error.redact("another secret");
        error.redact(secret);
        assert_eq!(error.description(), Some(&*format!("{before}[redacted]")));
        assert_eq!(error.code().as_str(), "[redacted]");
    }
    // The gap before it counts too.
    let before = "x".repeat(MAX_MESSAGE.saturating_sub(6));
    let description = format!("{before} s3cr {secret}");
    let mut error = ServerError::new(Stage::Token, "x", Some(&description), None);
    error.redact(secret);
    assert_eq!(error.description(), Some(&*format!("{before} [redacted]")));
}

#[test]
fn k7_words_that_a_secret_has_too_stay_where_they_are_the_servers_own() {
    for secret in ["client", "clientsecret", "grant", "grant-12", "invalid_grant"] {
        for code in ["invalid_client", "unauthorized_client", "invalid_grant"] {
            let mut error = ServerError::new(Stage::Token, code, Some("no grant"), None);
            error.redact(secret);
            assert_eq!(error.code().as_str(), code, "{secret}");
        }
    }
    let mut error = ServerError::new(Stage::Token, "my_s3cr3t", Some("no such s3cr3t"), None);
    error.redact("s3cr3t-s3cr3t-s3cr3t");
    assert_eq!(error.description(), Some("no such s3cr3t"));
    assert_eq!(error.code().as_str(), "my_s3cr3t");
    error.redact("s3cr3t");
    assert_eq!(error.code().as_str(), "[redacted]");
    assert_eq!(error.description(), Some("no such [redacted]"));
    error.redact("no");
    error.redact("suc");
    assert_eq!(error.description(), Some("no such [redacted]"));
    error.redact("such");
    assert_eq!(error.description(), Some("no [redacted] [redacted]"));
}
