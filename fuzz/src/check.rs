//! Promises about text that every target checks.

use core::fmt::{Debug, Display};

use device_flow_core::{Failure, ServerError};
use unicode_general_category::{GeneralCategory, get_general_category};
use url::Url;

/// Secrets that are planted: none of them may ever be shown.
pub mod planted {
    /// The client's secret; the characters are such that form encoding changes it.
    pub const CLIENT_SECRET: &str = "planted client+secret";
    /// A device code.
    pub const DEVICE_CODE: &str = "planted-device-code";
    /// An access token.
    pub const ACCESS_TOKEN: &str = "planted-access-token";
    /// A refresh token.
    pub const REFRESH_TOKEN: &str = "planted-refresh-token";
    /// An ID token.
    pub const ID_TOKEN: &str = "planted-id-token";
    /// A nonce.
    pub const NONCE: &str = "planted-nonce";
    /// A user code: no secret, and still nothing for a log.
    pub const USER_CODE: &str = "PLNT-CODE";

    /// All that are nothing for a log.
    pub const SECRETS: [&str; 7] =
        [CLIENT_SECRET, DEVICE_CODE, ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN, NONCE, USER_CODE];

    /// Whether a server's words may make one of these public, by having it where it is no secret: letter by letter, in
    /// an escape, or with something in between that cleaning takes out.
    pub fn may_be_in(body: &[u8]) -> bool {
        let letters = body.iter().filter(|it| it.is_ascii_alphabetic());
        let letters: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
        let has = |word: &[u8]| letters.windows(word.len()).any(|it| it == word);
        has(b"plant") || has(b"plnt") || body.contains(&b'\\') || body.contains(&b'%')
    }
}

/// Text that people will see: one line, and nothing that moves the cursor, hides or turns text.
#[track_caller]
pub fn is_presentable(what: &str, text: &str) {
    for character in text.chars() {
        let is_harmful = matches!(
            get_general_category(character),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        );
        assert!(!is_harmful, "{what} has {character:?}: {text:?}");
    }
}

/// Same, where there is such a text.
#[track_caller]
pub fn is_presentable_if_any(what: &str, text: Option<&str>) {
    if let Some(text) = text {
        is_presentable(what, text);
    }
}

/// An address that people or requests go to: printable ASCII, `https` or `http`, a host, and nobody's name before it.
#[track_caller]
pub fn is_openable(address: &str) {
    let is_printable = address.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(is_printable && address.len() <= 4_096 * 3, "{address:?}");
    let url = Url::parse(address).expect("an absolute URL");
    assert!(matches!(url.scheme(), "https" | "http"), "{address:?}");
    assert!(url.has_host(), "{address:?}");
    assert!(url.username().is_empty() && url.password().is_none(), "{address:?}");
}

/// An address that requests go to: as the parser would write it, and without a fragment.
#[track_caller]
pub fn is_endpoint(address: &str) {
    is_openable(address);
    let url = Url::parse(address).expect("an absolute URL");
    assert_eq!(url.as_str(), address);
    assert!(url.fragment().is_none(), "{address:?}");
}

/// `Debug` shows none of the secrets, in neither of its layouts.
#[track_caller]
pub fn debug_is_silent(value: &dyn Debug, secrets: &[&str]) {
    is_silent(&format!("{value:?}"), secrets);
}

/// Text shows none of the secrets.
#[track_caller]
pub fn is_silent(shown: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret:?} is in {shown}");
    }
}

/// An error: silent in both of its forms, and fit to be shown.
#[track_caller]
pub fn error_is_fit(error: &(impl Debug + Display), secrets: &[&str]) {
    let shown = error.to_string();
    is_presentable("an error", &shown);
    is_silent(&shown, secrets);
    debug_is_silent(error, secrets);
}

/// A failure, and the parts of a server's error.
#[track_caller]
pub fn failure_is_fit(failure: &Failure, secrets: &[&str]) {
    error_is_fit(failure, secrets);
    if let Failure::Server(error) = failure {
        server_error_is_fit(error, secrets);
    }
}

/// An OAuth error in all its parts.
#[track_caller]
pub fn server_error_is_fit(error: &ServerError, secrets: &[&str]) {
    error_is_fit(error, secrets);
    is_presentable("an error code", error.code().as_str());
    is_silent(error.code().as_str(), secrets);
    if let Some(description) = error.description() {
        is_presentable("a description", description);
        is_silent(description, secrets);
        // What was redacted may have made it longer.
        assert!(description.chars().count() <= 1_000 || description.contains("[redacted]"));
    }
    if let Some(uri) = error.uri() {
        is_openable(uri);
        is_silent(uri, secrets);
    }
}
