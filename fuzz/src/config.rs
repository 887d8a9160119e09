//! Configurations by number.

use core::time::Duration;
use std::sync::LazyLock;

use device_flow_core::{ClientAuthentication, Config, PkceVerifier};
use device_flow_profiles::Profile;

use crate::check::planted;

/// The client's id.
pub const CLIENT_ID: &str = "fuzz client";
/// Where codes come from.
pub const DEVICE_AUTHORIZATION_ENDPOINT: &str = "https://as.example/device_authorization";
/// Where tokens come from.
pub const TOKEN_ENDPOINT: &str = "https://as.example/token";

/// What is known of a server: nothing beside the RFC, or one of the built-in profiles.
pub type Server = Option<&'static Profile>;

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| Profile::all().collect());

/// A server without a profile for zero, then every built-in one.
pub fn server(number: u8) -> Server {
    let place = usize::from(number) % (PROFILES.len() + 1);
    PROFILES.get(place.checked_sub(1)?)
}

/// The number of a profile; zero where there is no such one.
pub fn number_of_server(profile: &str) -> u8 {
    let place = PROFILES.iter().position(|it| it.name() == profile);
    place.map_or(0, |place| u8::try_from(place + 1).expect("fewer than 256 profiles"))
}

/// A confidential client with a planted secret that is sent in the body.
pub fn confidential(server: Server) -> Config {
    let config = Config::new(CLIENT_ID, DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT)
        .client_authentication(ClientAuthentication::SecretPost(planted::CLIENT_SECRET.into()));
    match server {
        Some(profile) => profile.apply(config),
        None => config,
    }
}

/// Any of many configurations, all of which can work.
pub fn by_number(server: Server, choice: u16) -> Config {
    let secret = || planted::CLIENT_SECRET.into();
    let mut config = confidential(server).client_authentication(match choice & 3 {
        0 => ClientAuthentication::SecretBasic(secret()),
        1 => ClientAuthentication::SecretBasicRaw(secret()),
        _ => ClientAuthentication::SecretPost(secret()),
    });
    if !is_refresh_replayed(choice) {
        config = config.replay_refresh(false).refresh_timeout(Duration::from_secs(500));
    }
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
    if is_openid(choice) {
        config = config.scope("openid profile").nonce(planted::NONCE);
    }
    if is_id_token_required(choice) {
        config = config.require_id_token(true);
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

/// Whether a refresh whose answer was lost is made again.
pub const fn is_refresh_replayed(choice: u16) -> bool {
    choice & 3 != 3
}

/// The life of a code whose server does not tell.
pub const fn default_lifetime(choice: u16) -> Duration {
    if choice >> 6 & 3 == 3 { Duration::from_secs(7) } else { Duration::from_secs(30 * 60) }
}

/// Whether an ID token is asked for, and a nonce goes along.
pub const fn is_openid(choice: u16) -> bool {
    choice & 1 << 8 != 0
}

/// Whether tokens without the ID token that was asked for are none.
pub const fn is_id_token_required(choice: u16) -> bool {
    choice & 1 << 9 != 0
}

/// Whether every code needs a nonce or a verifier that no code before had.
pub const fn needs_fresh_values(choice: u16) -> bool {
    is_openid(choice) || choice & 1 << 10 != 0
}

/// Whether a code has to come with its life.
pub const fn is_lifetime_required(choice: u16) -> bool {
    choice & 1 << 11 != 0
}

/// Whether a session refreshes by itself.
pub const fn is_refresh_automatic(choice: u16) -> bool {
    choice >> 14 != 3
}
