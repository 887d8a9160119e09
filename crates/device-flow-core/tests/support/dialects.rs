//! Dialects of real servers, put together by hand.

use device_flow_core::Dialect;

/// The dialect of the server that goes by this name in `tests/corpus/`; `None` when it speaks as the RFC does.
pub(crate) fn spoken_by(server: &str) -> Option<Dialect> {
    let plain = Dialect::RFC_8628;
    Some(match server {
        "amazon-lwa" => plain
            .response_type()
            .grant_type("device_code")
            .user_code_with_polls()
            .code("invalid_code_pair", "expired_token"),
        "baidu" => plain.response_type().grant_type("device_token").device_code_parameter("code").scope_separator(","),
        "facebook" => plain
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
            .code("1349152", "expired_token"),
        "huawei" => plain
            .grant_type("device_code")
            .device_code_parameter("code")
            .error_member("sub_error")
            .code("20411", "authorization_pending")
            .code("20412", "authorization_pending")
            .code("20414", "access_denied")
            .code("20404", "expired_token")
            .user_code_query("user_code"),
        "mongodb-atlas" => plain
            .alias("detail", "error_description")
            .error_member("errorCode")
            .code("DEVICE_AUTHORIZATION_PENDING", "authorization_pending")
            .code("DEVICE_AUTHORIZATION_EXPIRED", "expired_token"),
        "salesforce" => plain.response_type().grant_type("device").device_code_parameter("code"),
        "trakt" => plain
            .no_grant_type()
            .device_code_parameter("code")
            .status(400, "authorization_pending")
            .status(404, "invalid_grant")
            .status(409, "invalid_grant")
            .status(410, "expired_token")
            .status(418, "access_denied")
            .status(429, "slow_down"),
        "twitch" => plain.scope_parameter("scopes").scope_with_polls().error_member("message"),
        "yandex" => plain.grant_type("device_code").device_code_parameter("code"),
        _ => return None,
    })
}
