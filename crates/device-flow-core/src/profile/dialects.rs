//! The dialects of the profiles.

use crate::dialect::Dialect;

/// `Login with Amazon`, code-based linking.
pub(super) static AMAZON: Dialect = Dialect::RFC_8628
    .response_type()
    .grant_type(Some("device_code"))
    .user_code_with_polls()
    .codes(&[("invalid_code_pair", "expired_token")]);

/// Baidu's open platform.
pub(super) static BAIDU: Dialect = Dialect::RFC_8628
    .response_type()
    .grant_type(Some("device_token"))
    .device_code_parameter("code")
    .scope_separator(",");

/// Facebook Login for Devices: its own protocol, with the Graph API's errors.
pub(super) static FACEBOOK: Dialect = Dialect::RFC_8628
    .grant_type(None)
    .device_code_parameter("code")
    .scope_separator(",")
    .joined_credentials("access_token", "|")
    .aliases(&[("code", "device_code")])
    .error_object(&[("type", "error"), ("message", "error_description")])
    .error_member("error_subcode")
    .codes(&[
        ("1349174", "authorization_pending"),
        ("1349172", "slow_down"),
        ("1349173", "access_denied"),
        ("1349152", "expired_token"),
    ]);

/// Huawei ID: numbers for errors.
pub(super) static HUAWEI: Dialect = Dialect::RFC_8628
    .grant_type(Some("device_code"))
    .device_code_parameter("code")
    .error_member("sub_error")
    .codes(&[
        ("20411", "authorization_pending"),
        ("20412", "authorization_pending"),
        ("20414", "access_denied"),
        ("20404", "expired_token"),
    ])
    .user_code_query("user_code");

/// The Atlas administration API: its own errors around a standard flow.
pub(super) static MONGODB_ATLAS: Dialect = Dialect::RFC_8628
    .aliases(&[("detail", "error_description")])
    .error_member("errorCode")
    .codes(&[
        ("DEVICE_AUTHORIZATION_PENDING", "authorization_pending"),
        ("DEVICE_AUTHORIZATION_EXPIRED", "expired_token"),
    ]);

/// Salesforce's device flow, from before the RFC.
pub(super) static SALESFORCE: Dialect = Dialect::RFC_8628
    .response_type()
    .grant_type(Some("device"))
    .device_code_parameter("code");

/// Trakt: answers to polls are bare statuses.
pub(super) static TRAKT: Dialect = Dialect::RFC_8628
    .grant_type(None)
    .device_code_parameter("code")
    .statuses(&[
        (400, "authorization_pending"),
        (404, "invalid_grant"),
        (409, "invalid_grant"),
        (410, "expired_token"),
        (418, "access_denied"),
        (429, "slow_down"),
    ]);

/// Twitch: the error code is the message.
pub(super) static TWITCH: Dialect = Dialect::RFC_8628
    .scope_parameter("scopes")
    .scope_with_polls()
    .error_member("message");

/// Yandex ID.
pub(super) static YANDEX: Dialect = Dialect::RFC_8628
    .grant_type(Some("device_code"))
    .device_code_parameter("code");
