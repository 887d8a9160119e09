//! What is known of some providers: from their documents and from the clients that they publish.

use serde_json::{Value, json};

use super::{Dialect, ErrorWords, Members};

pub(super) const NAMES: [&str; 13] = [
    "rfc8628",
    "amazon",
    "auth0",
    "baidu",
    "facebook",
    "github",
    "google",
    "huawei",
    "microsoft",
    "salesforce",
    "trakt",
    "twitch",
    "yandex",
];

pub(super) fn find(name: &str) -> Option<Dialect> {
    Some(match name {
        "rfc8628" => Dialect::rfc8628(),
        "amazon" => amazon(),
        "auth0" => auth0(),
        "baidu" => baidu(),
        "facebook" => facebook(),
        "github" => github(),
        "google" => google(),
        "huawei" => huawei(),
        "microsoft" => microsoft(),
        "salesforce" => salesforce(),
        "trakt" => trakt(),
        "twitch" => twitch(),
        "yandex" => yandex(),
        _ => return None,
    })
}

const COMPLETE: &str = "verification_uri_complete";

/// Most providers know no complete address.
fn incomplete() -> Members {
    Members::new().omit(COMPLETE)
}

/// The spelling of a draft that many have kept.
fn verification_url() -> Members {
    incomplete().rename("verification_uri", "verification_url")
}

fn status(status: u16) -> ErrorWords {
    ErrorWords::new().status(status)
}

fn code(code: &str) -> ErrorWords {
    ErrorWords::new().code(code)
}

/// Login with Amazon, code-based linking.
fn amazon() -> Dialect {
    Dialect::rfc8628()
        .paths("/auth/o2/create/codepair", "/auth/o2/token")
        .response_type()
        .grant_types(&["device_code"])
        .user_code_with_polls()
        .device_answer(incomplete())
        .error("expired_token", code("invalid_code_pair"))
}

/// Errors are refusals: 403, and 429 for haste.
fn auth0() -> Dialect {
    Dialect::rfc8628()
        .paths("/oauth/device/code", "/oauth/token")
        .error("authorization_pending", status(403))
        .error("slow_down", status(429))
        .error("access_denied", status(403))
        .error("expired_token", status(403))
        .error("invalid_grant", status(403))
}

/// Baidu's open platform.
fn baidu() -> Dialect {
    Dialect::rfc8628()
        .paths("/oauth/2.0/device/code", "/oauth/2.0/token")
        .response_type()
        .grant_types(&["device_token"])
        .device_code_parameter("code")
        .scope_separator(",")
        .device_answer(verification_url())
        .token_answer(Members::new().omit("token_type").set("session_key", "").set("session_secret", ""))
        .error("access_denied", code("authorization_declined"))
}

/// Facebook Login for Devices: the Graph API, with numbers for errors under the type of another protocol.
fn facebook() -> Dialect {
    let error = |subcode: u32, title: &str| {
        ErrorWords::new().body(json!({ "error": {
            "message": title, "type": "OAuthException", "code": 31, "error_subcode": subcode,
            "is_transient": false, "error_user_title": title, "error_user_msg": "{error_description}",
        } }))
    };
    Dialect::rfc8628()
        .paths("/device/login", "/device/login_status")
        .grant_types(&[])
        .device_code_parameter("code")
        .scope_separator(",")
        .joined_credentials("access_token", "|")
        .content_type("text/javascript; charset=UTF-8")
        .device_answer(incomplete().rename("device_code", "code"))
        .token_answer(Members::new().omit("token_type").omit("scope").omit("refresh_token"))
        .error_body(json!({ "error": { "message": "{error_description}", "type": "OAuthException", "code": 100 } }))
        .error("authorization_pending", error(1_349_174, "Device Login Authorization Pending"))
        .error("slow_down", error(1_349_172, "OAuth Device Excessive Polling"))
        .error("access_denied", error(1_349_173, "User Declined"))
        .error("expired_token", error(1_349_152, "Session Expired"))
}

/// GitHub: errors with status 200, forms unless JSON is asked for, words of its own for what is invalid.
fn github() -> Dialect {
    Dialect::rfc8628()
        .paths("/login/device/code", "/login/oauth/access_token")
        .scope_separator(",")
        .form_answers()
        .slow_down_tells_interval()
        .device_answer(incomplete())
        .token_answer(Members::new().set("token_type", "bearer"))
        .error_status(200)
        .error("invalid_grant", code("incorrect_device_code"))
        .error("invalid_client", code("incorrect_client_credentials"))
}

/// Google: pending is a precondition that is required, haste and refusal are forbidden.
fn google() -> Dialect {
    Dialect::rfc8628()
        .paths("/device/code", "/token")
        .grant_types(&["urn:ietf:params:oauth:grant-type:device_code", "http://oauth.net/grant_type/device/1.0"])
        .device_answer(verification_url())
        .error("authorization_pending", status(428))
        .error("slow_down", status(403))
        .error("access_denied", status(403))
}

/// Huawei ID: numbers for errors.
fn huawei() -> Dialect {
    let error = |sub_error: u32| {
        ErrorWords::new()
            .body(json!({ "error": 1101, "sub_error": sub_error, "error_description": "{error_description}" }))
    };
    Dialect::rfc8628()
        .paths("/oauth2/v3/device/code", "/oauth2/v3/token")
        .grant_types(&["device_code"])
        .device_code_parameter("code")
        .device_answer(verification_url().rename("expires_in", "expire_in"))
        .error("authorization_pending", error(20411))
        .error("slow_down", error(20412))
        .error("access_denied", error(20414))
        .error("expired_token", error(20404))
}

/// Microsoft Entra ID: a message to show, a refusal with a name of its own, errors with numbers to search for.
fn microsoft() -> Dialect {
    let message = "To sign in, use a web browser to open the page {verification_uri} and enter the code {user_code} to \
                   authenticate.";
    Dialect::rfc8628()
        .paths("/oauth2/v2.0/devicecode", "/oauth2/v2.0/token")
        .device_answer(incomplete().set("message", message))
        .token_answer(Members::new().set("ext_expires_in", "{expires_in}"))
        .error_body(json!({
            "error": "{error}", "error_description": "AADSTS70016: {error_description}.\r\nTrace ID: 0",
            "error_codes": [70016], "timestamp": "2026-01-01 00:00:00Z",
            "trace_id": "00000000-0000-0000-0000-000000000000",
            "correlation_id": "00000000-0000-0000-0000-000000000000",
            "interval": "{interval}",
        }))
        .error("access_denied", code("authorization_declined"))
}

/// Salesforce, from before the RFC: one endpoint for both requests, and lives that are never told.
fn salesforce() -> Dialect {
    Dialect::rfc8628()
        .paths("/services/oauth2/token", "/services/oauth2/token")
        .response_type()
        .grant_types(&["device"])
        .device_code_parameter("code")
        .device_answer(incomplete().omit("expires_in"))
        .token_answer(Members::new().omit("expires_in").set("issued_at", "1767225600000").set("signature", "AA=="))
}

/// Trakt: errors are bare statuses.
fn trakt() -> Dialect {
    Dialect::rfc8628()
        .paths("/oauth/device/code", "/oauth/device/token")
        .grant_types(&[])
        .device_code_parameter("code")
        .device_answer(verification_url())
        .token_answer(Members::new().set("token_type", "bearer").set("created_at", 1_767_225_600))
        .error_body(Value::Null)
        .error("authorization_pending", status(400))
        .error("invalid_grant", status(404))
        .error("expired_token", status(410))
        .error("access_denied", status(418))
        .error("slow_down", status(429))
}

/// Twitch: the error is the message, scopes are lists.
fn twitch() -> Dialect {
    Dialect::rfc8628()
        .paths("/oauth2/device", "/oauth2/token")
        .scope_parameter("scopes")
        .scope_list()
        .device_answer(incomplete())
        .token_answer(Members::new().set("token_type", "bearer"))
        .error_body(json!({ "status": "{status}", "message": "{error}" }))
}

/// Yandex ID.
fn yandex() -> Dialect {
    Dialect::rfc8628()
        .paths("/device/code", "/token")
        .grant_types(&["device_code"])
        .device_code_parameter("code")
        .device_answer(verification_url())
        .token_answer(Members::new().omit("scope").set("token_type", "bearer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_and_no_other() {
        assert!(NAMES.iter().all(|name| find(name).is_some()));
        assert_eq!(find("myspace"), None);
    }
}
