//! Device codes and user codes from the request to their use (RFC 8628 §3).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::oauth_error::OAuthError;
use crate::options::{Approval, Options};
use crate::pkce::Challenge;
use crate::random;
use crate::script::{Decision, Script, Step};
use crate::user_code::normalized;

/// How many codes are kept; the oldest give way.
const KEPT: usize = 1024;

/// What has become of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Pending,
    Approved,
    Denied,
    Expired,
    Used,
}

/// A device code with its user code.
pub(crate) struct Authorization {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    pub(crate) nonce: Option<String>,
    challenge: Option<Challenge>,
    pub(crate) polls: u32,
    pub(crate) standing: Standing,
    steps: Script,
    made: Instant,
    lifetime: Duration,
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
    pub(crate) steps: Script,
}

/// How a poll is answered, before tokens are made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PollAnswer {
    Tokens { is_newly_approved: bool },
    Error(OAuthError),
}

#[derive(Default)]
pub(crate) struct Codes {
    codes: VecDeque<Authorization>,
}

impl Codes {
    /// Makes a code.
    pub(crate) fn make(&mut self, wish: Wish, options: &Options, now: Instant) -> Result<&Authorization, OAuthError> {
        let mut user_code = options.user_code.draw()?;
        // With a small alphabet two live codes could be the same; the person would decide about the wrong one.
        for _ in 0..64 {
            if self.find(&user_code, now).is_none() {
                break;
            }
            user_code = options.user_code.draw()?;
        }
        let interval = if options.is_interval_sent { options.interval } else { options.interval.max(DEFAULT_INTERVAL) };
        let code = Authorization {
            device_code: random::secret()?,
            user_code,
            client_id: wish.client_id,
            scope: wish.scope,
            nonce: wish.nonce,
            challenge: wish.challenge,
            polls: 0,
            standing: Standing::Pending,
            steps: wish.steps,
            made: now,
            lifetime: options.expires_in,
            interval,
            last_poll: None,
            pending_answers: 0,
        };
        if self.codes.len() >= KEPT {
            self.codes.pop_front();
        }
        self.codes.push_back(code);
        self.codes.back().ok_or(OAuthError::new("server_error", "the code was not kept"))
    }

    /// Finds the code a client polls for. A code is bound to its client (RFC 8628 §3.4), and to who made its challenge.
    pub(crate) fn polled(
        &mut self,
        device_code: &str,
        client_id: &str,
        code_verifier: Option<&str>,
    ) -> Result<&mut Authorization, OAuthError> {
        let code = self.codes.iter_mut().find(|code| code.device_code == device_code);
        let code = code.ok_or(OAuthError::invalid_grant("unknown device code"))?;
        if code.client_id != client_id {
            return Err(OAuthError::invalid_grant("the device code belongs to another client"));
        }
        Challenge::check(code.challenge.as_ref(), code_verifier)?;
        Ok(code)
    }

    /// Finds the code a person entered, if it still waits for a decision.
    pub(crate) fn find(&mut self, user_code: &str, now: Instant) -> Option<&mut Authorization> {
        let wanted = normalized(user_code);
        let mut waiting = self.codes.iter_mut().filter(|code| code.is_waiting(now));
        waiting.find(|code| normalized(&code.user_code) == wanted)
    }

    /// Decides about a code, if it still waits for that.
    pub(crate) fn decide(&mut self, user_code: &str, standing: Standing, now: Instant) -> Option<&Authorization> {
        let code = self.find(user_code, now)?;
        code.standing = standing;
        Some(code)
    }

    /// Ends the newest code with this user code, whether or not it was decided about.
    pub(crate) fn expire(&mut self, user_code: &str) -> Option<&Authorization> {
        let wanted = normalized(user_code);
        let mut unused = self.codes.iter_mut().rev().filter(|code| code.standing != Standing::Used);
        let code = unused.find(|code| normalized(&code.user_code) == wanted)?;
        code.standing = Standing::Expired;
        Some(code)
    }

    pub(crate) fn user_codes(&self) -> Vec<String> {
        self.codes.iter().map(|code| code.user_code.clone()).collect()
    }
}

/// What a client assumes when the server names no interval (RFC 8628 §3.2), and what `slow_down` adds (§3.5).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

impl Authorization {
    /// Counts a poll and takes its step of the script.
    pub(crate) fn begin_poll(&mut self) -> Step {
        self.polls = self.polls.saturating_add(1);
        self.steps.next()
    }

    /// Decides how a poll is answered. [`Decision::Ignore`] and [`Decision::Answer`] are not for here.
    pub(crate) fn poll(&mut self, decision: &Decision, options: &Options, now: Instant) -> PollAnswer {
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
            return PollAnswer::Error(OAuthError::slow_down(None));
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
        now.saturating_duration_since(self.made) >= self.lifetime
    }

    fn is_waiting(&self, now: Instant) -> bool {
        self.standing == Standing::Pending && !self.is_over(now)
    }
}
