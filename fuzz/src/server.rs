//! What a server may say, by class: the bodies that the sequence targets answer with.

use core::fmt::Write as _;

use crate::operation::Class;

/// An answer to send: status, `Retry-After`, body.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The header's value; empty when there is none.
    pub retry_after: String,
    /// The body.
    pub body: String,
}

impl Reply {
    fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, retry_after: String::new(), body: body.into() }
    }
}

/// The answer of a class. Numbers vary with its second byte, and include those that make no sense. Errors repeat what
/// the client `confided`.
pub fn reply(class: Class, confided: &[String]) -> Reply {
    let all = confided.join(", ");
    let last = confided.last().map_or("", String::as_str);
    let Class(kind, variant) = class;
    let number = numbers(variant);
    match kind % 16 {
        0 | 1 => Reply::new(200, codes(variant)),
        2 | 3 => Reply {
            // Patience may be asked for beside any answer.
            retry_after: if variant & 64 == 0 { String::new() } else { format!("{number}, 2") },
            ..Reply::new(400, r#"{"error":"authorization_pending"}"#)
        },
        4 if variant == 0 => Reply::new(400, r#"{"error":"slow_down"}"#),
        4 => Reply::new(400, format!(r#"{{"error":"slow_down","interval":{number}}}"#)),
        5 => Reply::new(200, tokens(variant)),
        6 => Reply::new(400, r#"{"error":"access_denied"}"#),
        7 => Reply::new(400, r#"{"error":"expired_token"}"#),
        8 => {
            let code = ["invalid_grant", "interaction_required", "token_revoked"];
            let code = code[usize::from(variant % 3)];
            Reply::new(
                400,
                format!(
                    "{{\"error\":\"{code}\",\"error_description\":\"in\ntwo lines: {all}\",\"error_uri\":\"https://as.example/?{last}\"}}"
                ),
            )
        }
        9 => Reply::new(
            [400, 401, 403, 500, 200][usize::from(variant % 5)],
            format!(r#"{{"error":"invalid_client: {all}","error_description":"{all}"}}"#),
        ),
        10 => Reply {
            status: [503, 429, 408, 425, 500, 599][usize::from(variant % 6)],
            retry_after: if variant & 64 == 0 { String::new() } else { number },
            body: "<html>busy</html>".to_owned(),
        },
        11 => Reply { status: 429, retry_after: number, body: r#"{"error":"slow_down"}"#.to_owned() },
        12 => Reply::new(302, ""),
        13 => Reply::new(200, "<html>Welcome to the network</html>"),
        14 if variant & 1 == 0 => Reply::new(200, format!("{{\"x\":{}{}}}", "[".repeat(40), "]".repeat(40))),
        // The access token is as good as any.
        14 => Reply::new(200, r#"{"access_token":"planted-access-token","refresh_token":"schön","id_token":"schön"}"#),
        _ => Reply::new(500, r#"{"error":"temporarily_unavailable"}"#),
    }
}

/// Numbers as servers spell them, sensible and not.
fn numbers(variant: u8) -> String {
    match variant % 16 {
        0 => "0".to_owned(),
        1 => "1".to_owned(),
        2 => "-5".to_owned(),
        3 => "\"7\"".to_owned(),
        4 => "2.5".to_owned(),
        5 => "99999999999999999999".to_owned(),
        6 => "1e300".to_owned(),
        7 => "null".to_owned(),
        8 => "86400".to_owned(),
        9 => "301".to_owned(),
        other => u32::from(other).saturating_mul(u32::from(variant)).to_string(),
    }
}

/// Codes whose interval and lifetime vary apart.
fn codes(variant: u8) -> String {
    let mut body = String::from(
        r#"{"device_code":"planted-device-code","user_code":"PLNT-CODE","verification_uri":"https://as.example/device""#,
    );
    if variant & 15 != 15 {
        let _ = write!(body, r#","interval":{}"#, numbers(variant & 15));
    }
    if variant >> 4 != 15 {
        let life = match variant >> 4 {
            0 => "600".to_owned(),
            10 => "3".to_owned(),
            11 => "60".to_owned(),
            other => numbers(other),
        };
        let _ = write!(body, r#","expires_in":{life}"#);
    }
    body.push('}');
    body
}

/// Tokens with and without a refresh token, an ID token, a life.
fn tokens(variant: u8) -> String {
    // Each can be told from the others.
    let mut body = format!(r#"{{"access_token":"planted-access-token-{variant}""#);
    if variant & 1 != 0 {
        let _ = write!(body, r#","refresh_token":"planted-refresh-token-{variant}""#);
    }
    if variant & 2 != 0 {
        body.push_str(r#","id_token":"planted-id-token""#);
    }
    if variant & 4 != 0 {
        body.push_str(r#","scope":"profile","token_type":"Bearer""#);
    }
    if variant & 8 != 0 {
        let life = match variant >> 4 {
            0 => "3600".to_owned(),
            10 => "20".to_owned(),
            other => numbers(other),
        };
        let _ = write!(body, r#","expires_in":{life}"#);
    }
    body.push('}');
    body
}
