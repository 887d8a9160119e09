//! One device code with its user code, and how its polls are answered.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::code::{Code, Standing};
use crate::oauth_error::OAuthError;
use crate::options::{Approval, Options};
use crate::pkce::Challenge;
use crate::playback::Playback;
use crate::script::{Decision, Step};

/// A device code with its user code.
pub(crate) struct Authorization {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(super) challenge: Option<Challenge>,
    pub(crate) polls: u32,
    pub(super) standing: Standing,
    pub(super) end: Instant,
    pub(super) playback: Playback,
    made: Instant,
    interval: Duration,
    last_poll: Option<Instant>,
    pending_answers: u32,
}

/// What was asked for.
pub(crate) struct Wish {
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
}

/// How a poll is answered, before tokens are made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PollAnswer {
    Tokens { is_newly_approved: bool },
    Error(OAuthError),
}

/// What a client assumes when the server names no interval (RFC 8628 §3.2), and what `slow_down` adds (§3.5).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// The longest life of a code: more than anybody waits for, and less than clocks can count.
const LONGEST_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Authorization {
    pub(super) fn new(device_code: String, user_code: String, wish: Wish, options: &Options, now: Instant) -> Self {
        let interval = if options.is_interval_sent { options.interval } else { options.interval.max(DEFAULT_INTERVAL) };
        Self {
            device_code,
            user_code,
            client_id: wish.client_id,
            scope: wish.scope,
            nonce: wish.nonce,
            challenge: wish.challenge,
            polls: 0,
            standing: Standing::Pending,
            end: now.checked_add(options.expires_in.min(LONGEST_LIFE)).unwrap_or(now),
            playback: Playback::default(),
            made: now,
            interval,
            last_poll: None,
            pending_answers: 0,
        }
    }

    /// About how many bytes the code takes up; scripts are shared.
    pub(super) fn size(&self) -> usize {
        let texts = [Some(&self.device_code), Some(&self.user_code), Some(&self.client_id)];
        let texts = texts.into_iter().chain([self.scope.as_ref(), self.nonce.as_ref()]).flatten().map(String::len);
        texts.fold(size_of::<Self>(), usize::saturating_add)
    }

    pub(super) fn report(&self, now: Instant) -> Code {
        let is_run_out = self.is_over(now) && matches!(self.standing, Standing::Pending | Standing::Approved);
        Code {
            user_code: self.user_code.clone(),
            client_id: self.client_id.clone(),
            scope: self.scope.clone(),
            standing: if is_run_out { Standing::Expired } else { self.standing },
            polls: self.polls,
            expires_in: self.end.saturating_duration_since(now),
        }
    }

    /// Counts a poll and takes its step.
    pub(super) fn begin_poll(&mut self, queued_for_any: &mut VecDeque<Step>) -> Step {
        self.polls = self.polls.saturating_add(1);
        self.playback.next_after(queued_for_any)
    }

    pub(super) fn queue(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.playback.queue(steps);
    }

    /// Decides how a poll is answered. [`Decision::Ignore`] and [`Decision::Answer`] are not for here.
    pub(super) fn poll(&mut self, decision: &Decision, options: &Options, now: Instant) -> PollAnswer {
        let previous = self.last_poll.replace(now);
        match decision {
            Decision::Pending | Decision::Ignore | Decision::Answer(_) => PollAnswer::Error(OAuthError::pending()),
            Decision::SlowDown(interval) => {
                self.slow_down(*interval);
                PollAnswer::Error(OAuthError::slow_down(*interval))
            }
            Decision::Deny => {
                self.standing = Standing::Denied;
                PollAnswer::Error(OAuthError::denied())
            }
            Decision::Expire => {
                self.standing = Standing::Expired;
                PollAnswer::Error(OAuthError::expired())
            }
            Decision::Approve => self.grant(),
            Decision::Ordinary => self.ordinary_poll(previous, options, now),
        }
    }

    fn ordinary_poll(&mut self, previous: Option<Instant>, options: &Options, now: Instant) -> PollAnswer {
        match self.standing {
            Standing::Used => {
                return PollAnswer::Error(OAuthError::invalid_grant("the device code was used before"));
            }
            Standing::Expired => return PollAnswer::Error(OAuthError::expired()),
            _ if self.is_over(now) => return PollAnswer::Error(OAuthError::expired()),
            Standing::Denied => return PollAnswer::Error(OAuthError::denied()),
            Standing::Approved => return self.grant(),
            Standing::Pending => {}
        }
        let is_early = previous.is_some_and(|previous| now.saturating_duration_since(previous) < self.interval);
        if is_early && options.is_early_poll_slowed {
            self.slow_down(None);
            let told = options.dialect.is_new_interval_told.then_some(self.interval.as_secs());
            return PollAnswer::Error(OAuthError::slow_down(told));
        }
        let is_approved = match options.approval {
            Approval::Manual => false,
            Approval::AfterPolls(polls) => self.pending_answers >= polls,
            Approval::After(delay) => now.saturating_duration_since(self.made) >= delay,
        };
        if is_approved {
            return self.grant();
        }
        self.pending_answers = self.pending_answers.saturating_add(1);
        PollAnswer::Error(OAuthError::pending())
    }

    fn grant(&mut self) -> PollAnswer {
        let is_newly_approved = self.standing != Standing::Approved;
        self.standing = Standing::Used;
        PollAnswer::Tokens { is_newly_approved }
    }

    fn slow_down(&mut self, interval: Option<u64>) {
        let longer = self.interval.saturating_add(DEFAULT_INTERVAL);
        self.interval = interval.map_or(longer, |seconds| longer.max(Duration::from_secs(seconds)));
    }

    fn is_over(&self, now: Instant) -> bool {
        now >= self.end
    }

    /// Whether it may still bring tokens.
    pub(super) fn is_live(&self, now: Instant) -> bool {
        matches!(self.standing, Standing::Pending | Standing::Approved) && !self.is_over(now)
    }

    pub(super) fn is_waiting(&self, now: Instant) -> bool {
        self.standing == Standing::Pending && !self.is_over(now)
    }
}
