//! What a job tells while it works.

use std::sync::mpsc::Sender;
use std::time::Duration;

use device_flow_core::{Prompt, RetryReason, Stage};

use crate::supervisor::Message;

/// Something to show, without a secret.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// Something the person should know.
    Warning(String),
    /// The codes have arrived.
    Prompt(Prompt),
    /// Nobody has decided yet.
    Pending {
        /// The time until the next poll.
        next_poll_in: Duration,
    },
    /// Nobody has decided yet, and the server wants fewer polls.
    SlowedDown {
        /// The time until the next poll.
        next_poll_in: Duration,
    },
    /// A request brought nothing and will be made again.
    Retrying {
        /// Which request.
        stage: Stage,
        /// What happened.
        reason: RetryReason,
        /// The time until then.
        next_attempt_in: Duration,
    },
    /// What the demonstration does.
    #[cfg(feature = "demo")]
    Demo(crate::demo::Step),
}

/// Through which a job tells.
#[derive(Clone, Debug)]
pub(crate) struct Teller(Sender<Message>);

impl Teller {
    pub(crate) const fn new(sender: Sender<Message>) -> Self {
        Self(sender)
    }

    /// Tells; when the program is ending already, nobody listens and nothing is lost.
    pub(crate) fn tell(&self, notice: Notice) {
        let _ = self.0.send(Message::Told(notice));
    }

    /// Tells something the person should know beforehand.
    pub(crate) fn warn(&self, warning: impl Into<String>) {
        self.tell(Notice::Warning(warning.into()));
    }
}
