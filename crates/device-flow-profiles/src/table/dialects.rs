//! The dialects of the profiles.

use device_flow_core::Dialect;

/// `Login with Amazon`, code-based linking.
pub(super) fn amazon() -> Dialect {
    Dialect::RFC_8628
        .response_type()
        .grant_type("device_code")
        .user_code_with_polls()
        .code("invalid_code_pair", "expired_token")
}

/// Baidu's open platform.
pub(super) fn baidu() -> Dialect {
    Dialect::RFC_8628.response_type().grant_type("device_token").device_code_parameter("code").scope_separator(",")
}

/// Facebook Login for Devices: its own protocol, with the Graph API's errors.
pub(super) fn facebook() -> Dialect {
    Dialect::RFC_8628
        .no_grant_type()
        .device_code_parameter("code")
        .scope_separator(",")
        .joined_credentials("access_token", "|")
        .alias("code", "device_code")
        .error_object_alias("type", "error")
        .error_object_alias("message", "error_description")
        .error_member("error_subcode")
        .code("1349174", "authorization_pending")
        .code("1349172", "slow_down")
        .code("1349173", "access_denied")
        .code("1349152", "expired_token")
}

/// Huawei ID: numbers for errors.
pub(super) fn huawei() -> Dialect {
    Dialect::RFC_8628
        .grant_type("device_code")
        .device_code_parameter("code")
        .error_member("sub_error")
        .code("20411", "authorization_pending")
        .code("20412", "authorization_pending")
        .code("20414", "access_denied")
        .code("20404", "expired_token")
        .user_code_query("user_code")
}

/// The Atlas administration API: its own errors around a standard flow.
pub(super) fn mongodb_atlas() -> Dialect {
    Dialect::RFC_8628
        .alias("detail", "error_description")
        .error_member("errorCode")
        .code("DEVICE_AUTHORIZATION_PENDING", "authorization_pending")
        .code("DEVICE_AUTHORIZATION_EXPIRED", "expired_token")
}

/// Salesforce's device flow, from before the RFC.
pub(super) fn salesforce() -> Dialect {
    Dialect::RFC_8628.response_type().grant_type("device").device_code_parameter("code")
}

/// Trakt: answers to polls are bare statuses.
pub(super) fn trakt() -> Dialect {
    Dialect::RFC_8628
        .no_grant_type()
        .device_code_parameter("code")
        .status(400, "authorization_pending")
        .status(404, "invalid_grant")
        .status(409, "invalid_grant")
        .status(410, "expired_token")
        .status(418, "access_denied")
        .status(429, "slow_down")
}

/// Twitch: the error code is the message, and a refresh token that is used up has one that is a sentence.
pub(super) fn twitch() -> Dialect {
    Dialect::RFC_8628
        .scope_parameter("scopes")
        .scope_with_polls()
        .error_member("message")
        .code("Invalid refresh token", "invalid_grant")
}

/// Yandex ID.
pub(super) fn yandex() -> Dialect {
    Dialect::RFC_8628.grant_type("device_code").device_code_parameter("code")
}
