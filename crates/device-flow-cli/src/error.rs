//! Why a command could not do its work: what to say, whose fault it is, and what to exit with.

mod advice;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::ValueEnum as _;
use device_flow_core::{ConfigError, Failure, NetworkError, ProtocolError, RetryReason, ServerError};

use crate::args::Authentication;
use crate::exit::Exit;

/// Why a command could not do its work.
///
/// The text is a fragment without a full stop; [`advice`](Self::advice) says what to do about it. Neither holds a
/// secret or anything that a terminal would obey.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file that the command line names cannot be read.
    #[error("failed to read the file of {option}, {path:?}: {source}")]
    File { option: &'static str, path: PathBuf, source: io::Error },
    /// The client secret is not UTF-8.
    #[error("the client secret of {place} is not UTF-8 text")]
    SecretNotText { place: &'static str },
    /// The file of the client secret is empty.
    #[error("the client secret file is empty")]
    EmptySecret,
    /// A method that needs a secret, and no secret.
    #[error("--auth {} needs a client secret", method_name(*.method))]
    MissingSecret { method: Authentication },
    /// A secret, and a method that uses none.
    #[error("--auth none sends no client secret, and --client-secret-file names one")]
    UnusedSecret,
    /// What was asked for cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The transport cannot be set up: certificates, proxy.
    #[error("failed to set up the connection: {0}")]
    Client(String),
    /// The server refused.
    #[error(transparent)]
    Server(ServerError),
    /// The server broke the protocol.
    #[error(transparent)]
    Protocol(ProtocolError),
    /// Nobody answered.
    #[error(transparent)]
    Network(NetworkError),
    /// The code ran out and nobody answered a single poll.
    #[error("the code ran out and no poll was ever answered: {0}")]
    Unanswered(RetryReason),
    /// The demonstration server does not start.
    #[cfg_attr(not(feature = "demo"), expect(dead_code, reason = "made by the demonstration only"))]
    #[error("failed to listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    /// The system does not give what every program needs.
    #[error("the system refuses its service: {0}")]
    System(#[from] io::Error),
    /// A bug of ours.
    #[error("the program has come to a state that it should not know")]
    Bug,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The server refused.
    Server,
    /// The server broke the protocol.
    Protocol,
    /// Nobody answered.
    Network,
    /// The command line, the files and variables it uses.
    Config,
    /// Nobody's that is known.
    Unexpected,
}

impl Kind {
    /// The name in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Protocol => "protocol",
            Self::Network => "network",
            Self::Config => "config",
            Self::Unexpected => "unexpected",
        }
    }

    /// What the program exits with.
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Server | Self::Protocol => Exit::Server,
            Self::Network => Exit::Network,
            Self::Config => Exit::Usage,
            Self::Unexpected => Exit::Unexpected,
        }
    }
}

impl Error {
    /// Whose fault it is.
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Server(_) => Kind::Server,
            // What is said of the server is its metadata: with addresses from the command line this cannot be.
            Self::Protocol(_) | Self::Config(ConfigError::NoDeviceEndpoint) => Kind::Protocol,
            Self::Network(_) | Self::Unanswered(_) => Kind::Network,
            Self::File { .. }
            | Self::SecretNotText { .. }
            | Self::EmptySecret
            | Self::MissingSecret { .. }
            | Self::UnusedSecret
            | Self::Config(_)
            | Self::Client(_)
            | Self::Listen { .. } => Kind::Config,
            Self::System(_) | Self::Bug => Kind::Unexpected,
        }
    }

    /// A stable name: the server's error code, or how the network failed.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Server(error) => Some(error.code().as_str()),
            Self::Network(error) => Some(error.failure().as_str()),
            Self::Unanswered(reason) => Some(reason.as_str()),
            _ => None,
        }
    }

    /// A stable name of what lies behind a failure of the network, where that is known.
    pub(crate) fn cause(&self) -> Option<&'static str> {
        match self {
            Self::Network(error) => error.failure().cause(),
            Self::Unanswered(reason) => reason.cause(),
            _ => None,
        }
    }

    /// What happened, for people: of a refusal the server's own words, if it has any.
    pub(crate) fn description(&self) -> Option<String> {
        match self {
            Self::Server(error) => error.description().map(str::to_owned),
            other => Some(other.to_string()),
        }
    }

    /// Where the server says more.
    pub(crate) fn uri(&self) -> Option<&str> {
        match self {
            Self::Server(error) => error.uri(),
            _ => None,
        }
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        advice::advice(self)
    }
}

fn method_name(method: Authentication) -> String {
    let value = method.to_possible_value();
    value.map_or_else(String::new, |it| it.get_name().to_owned())
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(error) => Self::Server(error),
            Failure::Protocol(error) => Self::Protocol(error),
            Failure::Network(error) => Self::Network(error),
            // Nobody cancels a machine of this program, and others are not known yet.
            _ => Self::Bug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_fault_it_is_decides_the_exit_code() {
        for (kind, name, code) in [
            (Kind::Server, "server", 7),
            (Kind::Protocol, "protocol", 7),
            (Kind::Network, "network", 6),
            (Kind::Config, "config", 2),
            (Kind::Unexpected, "unexpected", 1),
        ] {
            assert_eq!(kind.as_str(), name);
            assert_eq!(kind.exit().code(), code);
        }
    }

    #[test]
    fn what_the_command_line_brought_about_is_told_as_such() {
        let config = Error::from(ConfigError::EmptyClientId);
        let missing = Error::MissingSecret { method: Authentication::BasicRaw };
        assert_eq!(missing.to_string(), "--auth basic-raw needs a client secret");
        for error in [config, missing, Error::UnusedSecret, Error::EmptySecret] {
            assert_eq!(error.kind(), Kind::Config);
            assert_eq!(error.code(), None);
            assert_eq!(error.description(), Some(error.to_string()));
            assert_eq!(error.uri(), None);
        }
    }

    #[test]
    fn what_the_system_brought_about_is_unexpected() {
        let error = Error::from(io::Error::from(io::ErrorKind::OutOfMemory));
        assert_eq!(error.kind(), Kind::Unexpected);
        assert_eq!(Error::Bug.kind(), Kind::Unexpected);
    }
}
