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
    ScriptSize {
        path: PathBuf,
        most: u64,
    },
    Script {
        path: PathBuf,
        mistake: Mistake,
    },
    /// The settings do not go together.
    Settings(io::Error),
    Start {
        address: SocketAddr,
        source: io::Error,
    },
    Control {
        address: SocketAddr,
        source: io::Error,
    },
    NoTls {
        option: &'static str,
    },
    NoFile {
        path: PathBuf,
    },
    WriteFile {
        path: PathBuf,
        source: io::Error,
    },
    Ready(io::Error),
    Runtime(io::Error),
}

impl Failure {
    pub(crate) fn of_start(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::InvalidInput => Self::Settings(source),
            _ => Self::Start { address, source },
        }
    }

    /// 2 is for what whoever wrote the command line or the script file can put right, 1 for the rest.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::ReadScript { .. }
            | Self::ScriptText { .. }
            | Self::ScriptSize { .. }
            | Self::Script { .. }
            | Self::Settings(_)
            | Self::NoTls { .. }
            | Self::NoFile { .. } => ExitCode::from(2),
            Self::Start { .. } | Self::Control { .. } | Self::WriteFile { .. } | Self::Ready(_) | Self::Runtime(_) => {
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
            Self::ScriptSize { path, most } => {
                write!(formatter, "{} is larger than a script file can be, {most} bytes", path.display())
            }
            Self::Script { path, mistake } => write!(formatter, "{}: {mistake}", path.display()),
            Self::Settings(source) => write!(formatter, "the settings are wrong: {source}"),
            Self::Start { address, source } => {
                write!(formatter, "cannot listen on {address}: {source}; choose another --listen")
            }
            Self::Control { address, source } => {
                write!(formatter, "cannot listen on {address}: {source}; choose another --control")
            }
            Self::NoTls { option } => write!(formatter, "{option} needs --tls, or `tls` in the script file"),
            Self::NoFile { path } => {
                write!(formatter, "{} is there and is no file; choose another name for the file", path.display())
            }
            Self::WriteFile { path, source } => write!(formatter, "cannot write {}: {source}", path.display()),
            Self::Ready(source) => write!(formatter, "nobody reads the ready line: {source}"),
            Self::Runtime(source) => write!(formatter, "cannot wait for signals: {source}"),
        }
    }
}
