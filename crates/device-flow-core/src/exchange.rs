//! One request at a time: due, in flight, answered or given up. What every machine shares.

use crate::machine::{Misuse, TransportFailure};
use crate::request::RequestId;
use crate::time::Timestamp;
use core::fmt;
use core::time::Duration;

/// Where a machine stands with the request it makes again and again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    attempt: Attempt,
    last_id: u64,
    /// Attempts in a row that brought nothing.
    pub(crate) failures: u32,
}

#[derive(Clone, Copy, Debug)]
enum Attempt {
    Due(Timestamp),
    InFlight(InFlight),
}

/// A request that was lent out and not answered yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InFlight {
    pub(crate) sent_at: Timestamp,
    /// When no answer is expected any more.
    pub(crate) give_up_at: Timestamp,
    /// Whether the answer will be ignored, because polling was paused meanwhile.
    pub(crate) is_discarded: bool,
}

/// What there is to do about an exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Send a request under this id, and wait this long for its answer.
    Send(RequestId, Duration),
    /// Nothing before this moment.
    Wait(Timestamp),
    /// The answer has not come in time.
    GivenUp(InFlight),
}

/// What a machine decides that `poll_output` is to lend or to tell.
#[derive(Debug)]
pub(crate) enum Next<E> {
    Tell(E),
    Send(RequestId, Duration),
    Wait(Timestamp),
    Done,
}

impl<E> Next<E> {
    pub(crate) fn map<F>(self, event: impl FnOnce(E) -> F) -> Next<F> {
        match self {
            Self::Tell(it) => Next::Tell(event(it)),
            Self::Send(id, timeout) => Next::Send(id, timeout),
            Self::Wait(until) => Next::Wait(until),
            Self::Done => Next::Done,
        }
    }
}

impl Exchange {
    /// The first attempt, due at this moment.
    pub(crate) const fn due(at: Timestamp) -> Self {
        Self {
            attempt: Attempt::Due(at),
            last_id: 0,
            failures: 0,
        }
    }

    /// The id of the latest request, and lets ids go on from another machine's.
    pub(crate) const fn last_id(&self) -> u64 {
        self.last_id
    }

    pub(crate) const fn continue_ids(&mut self, last_id: u64) {
        self.last_id = last_id;
    }

    /// Decides what to do now; a request is then in flight for `timeout`, and never beyond `deadline`.
    pub(crate) fn step(
        &mut self,
        now: Timestamp,
        timeout: Duration,
        deadline: Option<Timestamp>,
    ) -> Step {
        match self.attempt {
            Attempt::Due(at) if now < at => Step::Wait(at),
            Attempt::Due(_) => {
                let timeout =
                    deadline.map_or(timeout, |it| timeout.min(it.saturating_duration_since(now)));
                self.last_id = self.last_id.saturating_add(1);
                let give_up_at = now.saturating_add(timeout);
                self.attempt = Attempt::InFlight(InFlight {
                    sent_at: now,
                    give_up_at,
                    is_discarded: false,
                });
                Step::Send(RequestId::new(self.last_id), timeout)
            }
            Attempt::InFlight(it) if now < it.give_up_at => Step::Wait(it.give_up_at),
            Attempt::InFlight(it) => Step::GivenUp(it),
        }
    }

    /// Takes note of an answer or a failure.
    ///
    /// `None` when it belongs to an attempt that is over: such an answer changes nothing.
    pub(crate) fn receive(&self, id: RequestId) -> Result<Option<InFlight>, Misuse> {
        match self.attempt {
            _ if id.as_u64() > self.last_id || id.as_u64() == 0 => Err(Misuse::UnknownRequest),
            Attempt::InFlight(it) if id.as_u64() == self.last_id => Ok(Some(it)),
            _ => Ok(None),
        }
    }

    /// Ends the attempt, if there is one, and makes the next due.
    pub(crate) const fn schedule(&mut self, at: Timestamp) {
        self.attempt = Attempt::Due(at);
    }

    /// Counts one more failure in a row.
    pub(crate) const fn count_failure(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Lets the answer that is outstanding, if any, be ignored when it comes.
    pub(crate) const fn discard(&mut self) {
        if let Attempt::InFlight(it) = &mut self.attempt {
            it.is_discarded = true;
        }
    }

    pub(crate) const fn in_flight(&self) -> Option<InFlight> {
        match self.attempt {
            Attempt::InFlight(it) => Some(it),
            Attempt::Due(_) => None,
        }
    }

    /// When the next attempt is due; `None` while one is in flight.
    pub(crate) const fn due_at(&self) -> Option<Timestamp> {
        match self.attempt {
            Attempt::Due(at) => Some(at),
            Attempt::InFlight(_) => None,
        }
    }
}

/// Why a request is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryReason {
    /// No complete answer arrived.
    Transport(TransportFailure),
    /// An answer arrived that says "not now": a gateway's page, a rate limit, a server that restarts.
    Status(u16),
}

impl RetryReason {
    /// A stable name in snake case: that of the [`TransportFailure`], or `http_status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transport(failure) => failure.as_str(),
            Self::Status(_) => "http_status",
        }
    }
}

impl fmt::Display for RetryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(failure) => failure.fmt(f),
            Self::Status(status) => write!(f, "the server answered with HTTP status {status}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_reason_has_a_stable_name_and_a_text_for_people() {
        let busy = RetryReason::Status(503);
        assert_eq!(busy.as_str(), "http_status");
        assert_eq!(busy.to_string(), "the server answered with HTTP status 503");
        let closed = RetryReason::Transport(TransportFailure::Closed);
        assert_eq!(closed.as_str(), "closed");
        assert_eq!(
            closed.to_string(),
            "the connection was closed before the answer was complete"
        );
    }
}
