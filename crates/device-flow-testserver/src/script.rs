//! Scripts: what the server answers, request by request.

use std::time::Duration;

use crate::answer::Answer;
use crate::fault::Fault;

/// An endpoint that [`Options::script`](crate::Options::script) and [`Server::script`](crate::Server::script) steer.
///
/// Polls are scripted per code, with [`Options::code`](crate::Options::code) and
/// [`Options::every_code`](crate::Options::every_code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Both metadata documents.
    Metadata,
    /// The device authorization endpoint.
    DeviceAuthorization,
    /// The token endpoint with `grant_type=refresh_token`.
    Refresh,
    /// The revocation endpoint.
    Revocation,
    /// The introspection endpoint.
    Introspection,
    /// The userinfo endpoint.
    Userinfo,
    /// The client registration endpoint.
    Registration,
}

/// A list of steps, one for each request; afterwards the server behaves as [`Options`](crate::Options) say.
///
/// ```
/// use std::time::Duration;
/// use device_flow_testserver::{Answer, Fault, Script, Step};
///
/// let script = Script::new()
///     .pending(3)
///     .slow_down()
///     .fault(Fault::Reset)
///     .answer(Answer::html(502, "<h1>Bad gateway</h1>"))
///     .step(Step::pending().late(Duration::from_millis(80)))
///     // The tokens are issued, but their answer is lost on the way.
///     .step(Step::approve().fault(Fault::Close));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    steps: Vec<Step>,
    last: Option<Box<Step>>,
}

impl Script {
    /// Creates an empty script: the server's ordinary behaviour.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step.
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds `times` steps of ordinary behaviour, to script a later request.
    pub fn ordinary(self, times: usize) -> Self {
        self.repeat(times, &Step::ordinary())
    }

    /// Adds `times` answers `authorization_pending`.
    pub fn pending(self, times: usize) -> Self {
        self.repeat(times, &Step::pending())
    }

    /// Adds an answer `slow_down` that names no interval: the client adds 5 seconds (RFC 8628 §3.5).
    pub fn slow_down(self) -> Self {
        self.step(Step::slow_down())
    }

    /// Adds an answer `slow_down` whose `interval` member names the new interval, in seconds, as GitHub does.
    pub fn slow_down_to(self, interval: u64) -> Self {
        self.step(Step::slow_down_to(interval))
    }

    /// Adds an answer `access_denied`; the code stays denied.
    pub fn deny(self) -> Self {
        self.step(Step::deny())
    }

    /// Adds an answer `expired_token`; the code stays expired.
    pub fn expire(self) -> Self {
        self.step(Step::expire())
    }

    /// Adds the answer with the tokens.
    pub fn approve(self) -> Self {
        self.step(Step::approve())
    }

    /// Adds an arbitrary answer.
    pub fn answer(self, answer: Answer) -> Self {
        self.step(Step::answer(answer))
    }

    /// Adds a fault, see [`Step::of_fault`].
    pub fn fault(self, fault: Fault) -> Self {
        self.step(Step::of_fault(fault))
    }

    /// Repeats `step` for every request after the other steps, for ever.
    pub fn always(mut self, step: Step) -> Self {
        self.last = Some(Box::new(step));
        self
    }

    /// The step for the request number `index`, counted from 0.
    pub(crate) fn step_at(&self, index: usize) -> Step {
        self.steps.get(index).or(self.last.as_deref()).cloned().unwrap_or_else(Step::ordinary)
    }

    fn repeat(mut self, times: usize, step: &Step) -> Self {
        self.steps.extend(std::iter::repeat_n(step, times).cloned());
        self
    }
}

/// One step of a [`Script`]: what the server decides, and how its answer travels.
///
/// On endpoints other than a poll, `pending`, `slow_down`, `deny` and `expire` answer with their error code and change
/// nothing, and `approve` is ordinary behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) decision: Decision,
    pub(crate) late: Duration,
    pub(crate) fault: Option<Fault>,
}

/// What the server decides about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Ordinary,
    /// The request is not looked at, as if it had never arrived.
    Ignore,
    Pending,
    SlowDown(Option<u64>),
    Deny,
    Expire,
    Approve,
    Answer(Answer),
}

impl Step {
    /// Behaves as [`Options`](crate::Options) say.
    pub fn ordinary() -> Self {
        Self::of(Decision::Ordinary)
    }

    /// Answers `authorization_pending`, however early the poll.
    pub fn pending() -> Self {
        Self::of(Decision::Pending)
    }

    /// Answers `slow_down` without an interval.
    pub fn slow_down() -> Self {
        Self::of(Decision::SlowDown(None))
    }

    /// Answers `slow_down` with an interval in seconds.
    pub fn slow_down_to(interval: u64) -> Self {
        Self::of(Decision::SlowDown(Some(interval)))
    }

    /// Answers `access_denied`; the code stays denied.
    pub fn deny() -> Self {
        Self::of(Decision::Deny)
    }

    /// Answers `expired_token`; the code stays expired.
    pub fn expire() -> Self {
        Self::of(Decision::Expire)
    }

    /// Answers with the tokens; the code is used up.
    pub fn approve() -> Self {
        Self::of(Decision::Approve)
    }

    /// Answers with `answer`.
    pub fn answer(answer: Answer) -> Self {
        Self::of(Decision::Answer(answer))
    }

    /// Commits `fault`. One that loses the answer ([`Fault::Close`], [`Fault::Reset`], [`Fault::Hang`],
    /// [`Fault::Raw`]) leaves the request without effect; any other spoils the ordinary answer. For an answer lost
    /// *after* it took effect write `Step::approve().fault(…)` or `Step::ordinary().fault(…)`.
    pub fn of_fault(fault: Fault) -> Self {
        let decision = if fault.needs_answer() { Decision::Ordinary } else { Decision::Ignore };
        Self::of(decision).fault(fault)
    }

    /// Holds the answer, or the fault, back for `delay` after the request was dealt with.
    pub fn late(mut self, delay: Duration) -> Self {
        self.late = delay;
        self
    }

    /// Spoils how the answer travels.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// About how many bytes were written out for the answer and the fault.
    #[cfg(feature = "program")]
    pub(crate) fn size(&self) -> usize {
        let answer = match &self.decision {
            Decision::Answer(answer) => answer.size(),
            _ => 0,
        };
        self.fault.as_ref().map_or(answer, |fault| answer.saturating_add(fault.size()))
    }

    fn of(decision: Decision) -> Self {
        Self { decision, late: Duration::ZERO, fault: None }
    }
}
