//! What to do about an error.

use device_flow_core::{
    ConfigError, ConnectCause, ProtocolErrorKind, ProxyCause, RetryReason, ServerError, Stage, TlsCause,
    TransportFailure, UriError,
};

use super::Error;

const CHECK_ADDRESS: &str = "check the address of the server on the command line";

/// What to do about an error, in words that go on from "help:"; `None` where the error says it all.
pub(super) fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::MissingSecret { .. } => Some("name a file with --client-secret-file, or set DEVICE_FLOW_CLIENT_SECRET"),
        Error::UnusedSecret => Some("leave one of the two out"),
        Error::Config(error) => for_config(error),
        Error::Client(_) => Some(
            "check the files of --ca-cert, --cert and --key, and the proxy variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY)",
        ),
        Error::Server(error) => for_server(error),
        Error::Protocol(error) => for_protocol(error.kind()),
        Error::Network(error) => Some(for_network(error.failure())),
        Error::Unanswered(reason) => Some(match reason {
            RetryReason::Transport(failure) => for_network(*failure),
            _ => "check the address of the token endpoint, or try again later",
        }),
        Error::Listen { .. } => Some("choose another address with --listen"),
        Error::Bug => Some("please report it"),
        Error::File { .. } | Error::SecretNotText { .. } | Error::EmptySecret | Error::System(_) => None,
    }
}

fn for_config(error: &ConfigError) -> Option<&'static str> {
    match error {
        ConfigError::Endpoint { source, .. } | ConfigError::Issuer { source } => match source {
            UriError::Scheme => {
                Some("use https; --allow-http accepts http, and then everybody on the way can read codes and tokens")
            }
            _ => Some(CHECK_ADDRESS),
        },
        ConfigError::NoDeviceEndpoint => Some(
            "where the server has one all the same, name it with --device-authorization-endpoint and \
             --token-endpoint",
        ),
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
    match error.code().as_str() {
        "invalid_client" => Some(
            "check --client-id, the client secret, and how it is sent: --auth basic, basic-raw or post, \
             and --device-endpoint-auth",
        ),
        "unauthorized_client" | "unsupported_grant_type" => {
            Some("ask those who run the server to let this client use the device grant")
        }
        "invalid_scope" => Some("check --scope"),
        "invalid_target" => Some("check --resource and --audience"),
        "invalid_request" if error.stage() == Stage::DeviceAuthorization => Some(
            "check --scope, --audience, --resource and --param; a server that refuses credentials here \
             wants --device-endpoint-auth no",
        ),
        "invalid_grant" => Some("run the command again for a new code"),
        "server_error" | "temporarily_unavailable" => Some("try again later"),
        _ => None,
    }
}

fn for_protocol(kind: &ProtocolErrorKind) -> Option<&'static str> {
    match kind {
        ProtocolErrorKind::NotOAuth { .. }
        | ProtocolErrorKind::WebPage { .. }
        | ProtocolErrorKind::Redirect { .. }
        | ProtocolErrorKind::Issuer { .. } => Some(CHECK_ADDRESS),
        ProtocolErrorKind::MissingIdToken => Some("leave openid out of --scope when no ID token is needed"),
        ProtocolErrorKind::VerificationUri(UriError::Scheme)
        | ProtocolErrorKind::Endpoint { source: UriError::Scheme, .. } => {
            Some("tell those who run the server; --allow-http accepts http in a network of your own")
        }
        ProtocolErrorKind::Unavailable { .. } => None,
        _ => Some("tell those who run the server: this is against the protocol"),
    }
}

fn for_network(failure: TransportFailure) -> &'static str {
    match failure {
        TransportFailure::Tls(cause) => for_tls(cause),
        TransportFailure::Connect(Some(ConnectCause::HostNotFound)) => {
            "check the spelling of the address, and whether this machine is online"
        }
        TransportFailure::Connect(Some(ConnectCause::Refused)) => {
            "check the address and its port, and whether the server is running"
        }
        TransportFailure::Connect(_) => {
            "check the address, the network, and the proxy variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY)"
        }
        TransportFailure::Proxy(Some(ProxyCause::Refused { status: 407, .. })) => {
            "put a name and a password that the proxy knows into the proxy variable: http://NAME:PASSWORD@HOST:PORT; this \
             program can prove itself by Basic alone"
        }
        TransportFailure::Proxy(Some(ProxyCause::Refused { status: 403, .. })) => {
            "ask those who run the proxy to let this server through, or list it in NO_PROXY"
        }
        TransportFailure::Proxy(_) => {
            "check the proxy variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY), and the name and password in them"
        }
        TransportFailure::Encoding(_) => {
            "tell those who run the server, or the proxy before it, not to compress its answers unasked"
        }
        TransportFailure::Http(_) => {
            "check the address and its port: what answers there is no web server as it should be"
        }
        _ => "check the address and the network, and try again",
    }
}

fn for_tls(cause: Option<TlsCause>) -> &'static str {
    match cause {
        Some(TlsCause::Expired | TlsCause::NotYetValid) => {
            "check this machine's clock; if it is right, tell those who run the server to renew the certificate"
        }
        Some(TlsCause::WrongName) => {
            "use the name that the server's certificate is for, or tell those who run the server"
        }
        Some(TlsCause::UnknownAuthority) => {
            "name the server's own authority with --ca-cert, if it has one; otherwise somebody may be listening in"
        }
        Some(TlsCause::AuthorityAsServer) => {
            "tell those who run the server: it needs a certificate of its own, issued by that authority"
        }
        Some(TlsCause::NotTls) => {
            "check the port; if the server speaks plain HTTP there, its address begins with http://"
        }
        Some(TlsCause::ClientCertificateRequired) => "show a client certificate with --cert and --key",
        Some(TlsCause::ClientCertificateRefused) => {
            "check --cert and --key: the server wants another client certificate"
        }
        Some(TlsCause::Refused) => "the server may ask for a client certificate: --cert and --key",
        Some(TlsCause::Revoked) => "do not sign in there before those who run the server have a new certificate",
        Some(TlsCause::Version | TlsCause::Algorithm) => {
            "tell those who run the server: TLS 1.2 or later is needed, with keys and ciphers that are in common use"
        }
        _ => "tell those who run the server what is wrong; somebody may also be listening in",
    }
}
