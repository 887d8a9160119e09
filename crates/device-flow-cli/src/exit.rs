//! The exit codes, which scripts rely on.

use std::process::ExitCode;

/// How the program tells its caller what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// It was done.
    Success = 0,
    /// What nobody foresaw: a system out of threads, a bug.
    Unexpected = 1,
    /// The command line, or a file it names, cannot be used.
    Usage = 2,
    /// The person said no.
    Denied = 3,
    /// The code ran out.
    Expired = 4,
    /// `--timeout` ran out.
    TimedOut = 5,
    /// Nobody answered.
    Network = 6,
    /// The server refused, or answered what it must not.
    Server = 7,
    /// What was granted could not be handed over: standard output takes nothing.
    Storage = 8,
    /// Ctrl-C, or a signal that asks the program to end.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
