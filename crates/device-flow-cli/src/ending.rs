//! How a command ends.

use std::time::Duration;

use device_flow_core::TokenResponse;

use crate::error::Error;
use crate::exit::Exit;

/// How a command ends.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The person said yes.
    Authorized(TokenResponse),
    /// The person said no.
    Denied,
    /// The code ran out.
    Expired,
    /// The time limit ran out.
    TimedOut(Duration),
    /// Somebody interrupted it.
    Interrupted,
    /// It could not be done.
    Failed(Error),
}

impl Ending {
    /// What the program exits with.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Authorized(_) => Exit::Success,
            Self::Denied => Exit::Denied,
            Self::Expired => Exit::Expired,
            Self::TimedOut(_) => Exit::TimedOut,
            Self::Interrupted => Exit::Interrupted,
            Self::Failed(error) => error.kind().exit(),
        }
    }
}
