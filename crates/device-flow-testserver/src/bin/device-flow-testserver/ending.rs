//! How the program ends when it does not end as asked.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use device_flow_testserver::Mistake;

/// Why the program does not run.
#[derive(Debug)]
pub(crate) enum Failure {
    ReadScript {
        path: PathBuf,
        source: io::Error,
    },
    ScriptText {
        path: PathBuf,
    },
    Script {
        path: PathBuf,
        mistake: Mistake,
    },
    /// The settings do not go together.
    Settings(io::Error),
    Start(io::Error),
    Control {
        address: SocketAddr,
        source: io::Error,
    },
    ControlSettings(io::Error),
    NoTls {
        option: &'static str,
    },
    WriteFile {
        path: PathBuf,
        source: io::Error,
    },
    Ready(io::Error),
    Runtime(io::Error),
}

impl Failure {
    pub(crate) fn of_start(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::InvalidInput => Self::Settings(source),
            _ => Self::Start(source),
        }
    }

    pub(crate) fn of_control(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::InvalidInput => Self::ControlSettings(source),
            _ => Self::Control { address, source },
        }
    }

    /// 2 is for what whoever wrote the command line or the script file can put right, 1 for the rest.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::ReadScript { .. }
            | Self::ScriptText { .. }
            | Self::Script { .. }
            | Self::Settings(_)
            | Self::ControlSettings(_)
            | Self::NoTls { .. } => ExitCode::from(2),
            Self::Start(_) | Self::Control { .. } | Self::WriteFile { .. } | Self::Ready(_) | Self::Runtime(_) => {
                ExitCode::from(1)
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadScript { path, source } => write!(formatter, "cannot read {}: {source}", path.display()),
            Self::ScriptText { path } => write!(formatter, "{} is not UTF-8", path.display()),
            Self::Script { path, mistake } => write!(formatter, "{}: {mistake}", path.display()),
            Self::Settings(source) => write!(formatter, "the settings are wrong: {source}"),
            Self::Start(source) => write!(formatter, "cannot listen: {source}; choose another --listen"),
            Self::Control { address, source } => {
                write!(formatter, "cannot listen on {address}: {source}; choose another --control")
            }
            Self::ControlSettings(source) => write!(formatter, "{source}; choose another --control"),
            Self::NoTls { option } => write!(formatter, "{option} needs --tls, or `tls` in the script file"),
            Self::WriteFile { path, source } => write!(formatter, "cannot write {}: {source}", path.display()),
            Self::Ready(source) => write!(formatter, "nobody reads the ready line: {source}"),
            Self::Runtime(source) => write!(formatter, "cannot wait for signals: {source}"),
        }
    }
}
