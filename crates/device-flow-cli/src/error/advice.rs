//! What to do about an error.

use device_flow_core::{
    ConfigError, ErrorCode, NetworkError, ProtocolErrorKind, ServerError, Stage, TransportFailure,
    UriError,
};

use super::Error;

const CHECK_ADDRESS: &str = "check the address of the server on the command line";

/// What to do about an error, in words that go on from "help:"; `None` where the error says it all.
pub(super) fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::MissingSecret { .. } => {
            Some("name a file with --client-secret-file, or set DEVICE_FLOW_CLIENT_SECRET")
        }
        Error::UnusedSecret => Some("leave one of the two out"),
        Error::Config(error) => for_config(error),
        Error::Client(_) => Some(
            "check the files of --ca-cert, --cert and --key, and the proxy variables (HTTPS_PROXY, ALL_PROXY)",
        ),
        Error::Server(error) => for_server(error),
        Error::Protocol(error) => for_protocol(error.kind()),
        Error::Network { error, .. } => Some(for_network(*error)),
        Error::Listen { .. } => Some("choose another address with --listen"),
        Error::Bug => Some("please report it"),
        Error::File { .. }
        | Error::SecretNotText { .. }
        | Error::EmptySecret
        | Error::System(_) => None,
    }
}

fn for_config(error: &ConfigError) -> Option<&'static str> {
    match error {
        ConfigError::Endpoint { source, .. } | ConfigError::Issuer { source } => match source {
            UriError::Scheme => Some(
                "use https; --allow-http accepts http, and then everybody on the way can read codes and tokens",
            ),
            _ => Some(CHECK_ADDRESS),
        },
        ConfigError::ColonInClientId => Some("try --auth basic or --auth post"),
        ConfigError::ReservedParameter { .. } => {
            Some("use the option that is made for it, such as --client-id or --scope")
        }
        _ => None,
    }
}

/// The server is right or wrong in its own house: what can be changed is what was asked, or by whom.
fn for_server(error: &ServerError) -> Option<&'static str> {
    if error.is_answer_lost() {
        return Some("run the command again");
    }
    match error.code() {
        ErrorCode::InvalidClient => Some(
            "check --client-id, the client secret, and how it is sent: --auth basic, basic-raw or post, \
             and --device-endpoint-auth",
        ),
        ErrorCode::UnauthorizedClient | ErrorCode::UnsupportedGrantType => {
            Some("ask those who run the server to let this client use the device grant")
        }
        ErrorCode::InvalidScope => Some("check --scope"),
        ErrorCode::InvalidTarget => Some("check --resource and --audience"),
        ErrorCode::InvalidRequest if error.stage() == Stage::DeviceAuthorization => Some(
            "check --scope, --audience, --resource and --param; a server that refuses credentials here \
             wants --device-endpoint-auth no",
        ),
        ErrorCode::InvalidGrant => Some("run the command again for a new code"),
        ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => Some("try again later"),
        _ => None,
    }
}

fn for_protocol(kind: &ProtocolErrorKind) -> Option<&'static str> {
    match kind {
        ProtocolErrorKind::NotOAuth { .. }
        | ProtocolErrorKind::WebPage { .. }
        | ProtocolErrorKind::Redirect { .. }
        | ProtocolErrorKind::Issuer { .. } => Some(CHECK_ADDRESS),
        ProtocolErrorKind::NoDeviceEndpoint => Some(
            "where the server has one all the same, name it with --device-authorization-endpoint and \
             --token-endpoint",
        ),
        ProtocolErrorKind::MissingIdToken => {
            Some("leave openid out of --scope when no ID token is needed")
        }
        ProtocolErrorKind::VerificationUri(UriError::Scheme)
        | ProtocolErrorKind::Endpoint {
            source: UriError::Scheme,
            ..
        } => Some(
            "tell those who run the server; --allow-http accepts http in a network of your own",
        ),
        ProtocolErrorKind::Unavailable { .. } => None,
        _ => Some("tell those who run the server: this is against the protocol"),
    }
}

fn for_network(error: NetworkError) -> &'static str {
    match error.failure() {
        TransportFailure::Tls => {
            "name the server's own authority with --ca-cert, if it has one; otherwise somebody may be \
             listening in"
        }
        TransportFailure::Connect => {
            "check the address, the network, and the proxy variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY)"
        }
        _ => "check the address and the network, and try again",
    }
}
