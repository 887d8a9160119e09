//! Configurations by number.

use core::time::Duration;

use device_flow_core::{ClientAuthentication, Config, Dialect, PkceVerifier};

use crate::check::planted;

/// The client's id.
pub const CLIENT_ID: &str = "fuzz client";
/// Where codes come from.
pub const DEVICE_AUTHORIZATION_ENDPOINT: &str = "https://as.example/device_authorization";
/// Where tokens come from.
pub const TOKEN_ENDPOINT: &str = "https://as.example/token";

/// A confidential client with a planted secret that is sent in the body.
pub fn confidential(dialect: &'static Dialect) -> Config {
    Config::new(CLIENT_ID, DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT)
        .client_authentication(ClientAuthentication::SecretPost(
            planted::CLIENT_SECRET.into(),
        ))
        .dialect(dialect)
}

/// Any of many configurations, all of which can work.
pub fn by_number(dialect: &'static Dialect, choice: u16) -> Config {
    let secret = || planted::CLIENT_SECRET.into();
    let mut config = confidential(dialect).client_authentication(match choice & 3 {
        0 => ClientAuthentication::SecretBasic(secret()),
        1 => ClientAuthentication::SecretBasicRaw(secret()),
        _ => ClientAuthentication::SecretPost(secret()),
    });
    config = config.interval_margin([5, 0, 100, 255][usize::from(choice >> 2 & 3)]);
    config = match choice >> 4 & 3 {
        0 => config,
        1 => config.request_timeout(Duration::ZERO),
        2 => config.request_timeout(Duration::from_secs(600)),
        _ => config.request_timeout(Duration::MAX),
    };
    config = match choice >> 6 & 3 {
        0 => config,
        1 => config.max_back_off(Duration::ZERO),
        2 => config.max_back_off(Duration::MAX),
        _ => config.default_lifetime(default_lifetime(choice)),
    };
    if choice & 1 << 8 != 0 {
        config = config.scope("openid profile").nonce("planted-nonce");
    }
    if choice & 1 << 9 != 0 {
        config = config.require_id_token(false);
    }
    if choice & 1 << 10 != 0 {
        config = config.pkce(PkceVerifier::new(&[0xA5; 32]));
    }
    if is_lifetime_required(choice) {
        config = config.require_lifetime(true);
    }
    if choice & 1 << 12 != 0 {
        config = config.allow_http(true);
    }
    if choice & 1 << 13 != 0 {
        config = config.authenticate_device_endpoint(false);
    }
    match choice >> 14 {
        0 => config,
        1 => config.refresh_lead(Duration::from_secs(60)),
        2 => config.refresh_lead(Duration::MAX),
        _ => config.refresh_automatically(is_refresh_automatic(choice)),
    }
}

/// The life of a code whose server does not tell.
pub const fn default_lifetime(choice: u16) -> Duration {
    if choice >> 6 & 3 == 3 {
        Duration::from_secs(7)
    } else {
        Duration::from_secs(30 * 60)
    }
}

/// Whether a code has to come with its life.
pub const fn is_lifetime_required(choice: u16) -> bool {
    choice & 1 << 11 != 0
}

/// Whether a session refreshes by itself.
pub const fn is_refresh_automatic(choice: u16) -> bool {
    choice >> 14 != 3
}
