//! What an endpoint hands back: an answer, how it travels, and what there is to tell.

use std::time::Duration;

use crate::answer::Answer;
use crate::event::Event;
use crate::fault::Fault;
use crate::oauth_error::OAuthError;
use crate::script::{Decision, Step};

/// An answer together with its delivery.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) late: Duration,
    pub(crate) fault: Option<Fault>,
    pub(crate) events: Vec<Event>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer, late: Duration::ZERO, fault: None, events: Vec::new() }
    }
}

impl From<OAuthError> for Reply {
    fn from(error: OAuthError) -> Self {
        error.into_answer().into()
    }
}

impl Reply {
    pub(crate) fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// Plays `step` on an endpoint that is no poll; `ordinary` is what the server would do by itself.
    pub(crate) fn scripted(step: Step, ordinary: impl FnOnce() -> Self) -> Self {
        Self::put(step, OAuthError::into_answer, ordinary)
    }

    /// Plays `step`, with errors as `put` has them.
    pub(crate) fn put(step: Step, put: impl FnOnce(OAuthError) -> Answer, ordinary: impl FnOnce() -> Self) -> Self {
        let mut reply = match step.decision {
            Decision::Ordinary | Decision::Approve => ordinary(),
            // Its fault says nothing, so this is never seen.
            Decision::Ignore => Answer::new(500).into(),
            Decision::Pending => put(OAuthError::pending()).into(),
            Decision::SlowDown(interval) => put(OAuthError::slow_down(interval)).into(),
            Decision::Deny => put(OAuthError::denied()).into(),
            Decision::Expire => put(OAuthError::expired()).into(),
            Decision::Answer(answer) => answer.into(),
        };
        reply.late = step.late;
        reply.fault = step.fault;
        reply
    }
}
