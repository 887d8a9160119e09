//! Device codes and user codes from the request to their use (RFC 8628 §3).

mod authorization;
mod code;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

pub(crate) use authorization::{Authorization, PollAnswer, Wish};
pub use code::{Code, Standing};

use crate::oauth_error::OAuthError;
use crate::options::Options;
use crate::pkce::Challenge;
use crate::playback::Playback;
use crate::random;
use crate::script::{Decision, Step};
use crate::user_code::normalized;

/// About how many bytes of codes are kept.
const BYTES_KEPT: usize = 128 * 1024 * 1024;

const UNKNOWN: OAuthError = OAuthError::invalid_grant("unknown device code");

/// The name of a code within the store; a later one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Serial(u64);

/// All codes, found by device code and by user code. No look-up walks through them.
///
/// A code gives way to a new one when its device has heard how it ended, or when it has run out, never before.
#[derive(Default)]
pub(crate) struct Codes {
    by_serial: BTreeMap<Serial, Authorization>,
    by_device_code: HashMap<String, Serial>,
    /// By what is compared of a user code; the newest where several ended ones share it.
    by_user_code: HashMap<String, Serial>,
    /// When the codes run out whose ending no device has heard.
    ends: BTreeSet<(Instant, Serial)>,
    /// The others, in the order in which they ended.
    ended: VecDeque<Serial>,
    bytes: usize,
    next: u64,
}

impl Codes {
    /// Makes a code, or says when there may be room for one. Only a code that is made takes a script.
    pub(crate) fn make(
        &mut self,
        wish: Wish,
        options: &Options,
        now: Instant,
        take_script: impl FnOnce() -> Playback,
    ) -> Result<&Authorization, OAuthError> {
        let user_code = self.free_user_code(options, now)?;
        let mut code = Authorization::new(random::secret()?, user_code, wish, options, now);
        let size = code.size();
        while self.by_serial.len() >= options.most_codes || self.bytes.saturating_add(size) > BYTES_KEPT {
            self.let_one_go(now)?;
        }
        code.playback = take_script();
        self.bytes = self.bytes.saturating_add(size);
        self.next = self.next.saturating_add(1);
        let serial = Serial(self.next);
        self.by_device_code.insert(code.device_code.clone(), serial);
        self.by_user_code.insert(normalized(&code.user_code), serial);
        self.ends.insert((code.end, serial));
        Ok(self.by_serial.entry(serial).or_insert(code))
    }

    /// Finds the code a client polls for. A code is bound to its client (RFC 8628 §3.4), and to who made its challenge.
    pub(crate) fn polled(
        &self,
        device_code: &str,
        client_id: &str,
        code_verifier: Option<&str>,
    ) -> Result<Serial, OAuthError> {
        let serial = *self.by_device_code.get(device_code).ok_or(UNKNOWN)?;
        let code = self.by_serial.get(&serial).ok_or(UNKNOWN)?;
        if code.client_id != client_id {
            return Err(OAuthError::invalid_grant("the device code belongs to another client"));
        }
        Challenge::check(code.challenge.as_ref(), code_verifier)?;
        Ok(serial)
    }

    /// For dialects whose polls name both codes.
    pub(crate) fn check_user_code(&self, serial: Serial, user_code: Option<&str>) -> Result<(), OAuthError> {
        let user_code = user_code.ok_or(OAuthError::invalid_request("user_code is missing"))?;
        let code = self.by_serial.get(&serial).filter(|code| normalized(&code.user_code) == normalized(user_code));
        code.map(drop).ok_or(OAuthError::invalid_grant("the user code belongs to another device code"))
    }

    /// Counts a poll and takes its step: what was queued for the code, what was queued for any, what its script says.
    pub(crate) fn begin_poll(
        &mut self,
        serial: Serial,
        queued_for_any: &mut VecDeque<Step>,
    ) -> Result<(&Authorization, Step), OAuthError> {
        let code = self.by_serial.get_mut(&serial).ok_or(UNKNOWN)?;
        let step = code.begin_poll(queued_for_any);
        Ok((code, step))
    }

    /// Decides how a poll is answered. A device whose answer `is_lost` asks again.
    pub(crate) fn answer_poll(
        &mut self,
        serial: Serial,
        decision: &Decision,
        is_lost: bool,
        options: &Options,
        now: Instant,
    ) -> PollAnswer {
        let Some(code) = self.by_serial.get_mut(&serial) else {
            return PollAnswer::Error(UNKNOWN);
        };
        let answer = code.poll(decision, options, now);
        let is_final = match &answer {
            PollAnswer::Tokens { .. } => true,
            PollAnswer::Error(error) => error.ends_a_code() && !is_lost,
        };
        if is_final && self.ends.remove(&(code.end, serial)) {
            self.ended.push_back(serial);
        }
        answer
    }

    /// Finds the code a person entered, if it still waits for a decision.
    pub(crate) fn find(&self, user_code: &str, now: Instant) -> Option<&Authorization> {
        self.newest(user_code).filter(|code| code.is_waiting(now))
    }

    /// Decides about a code, if it still waits for that.
    pub(crate) fn decide(&mut self, user_code: &str, standing: Standing, now: Instant) -> Option<&Authorization> {
        let code = self.newest_mut(user_code).filter(|code| code.is_waiting(now))?;
        code.standing = standing;
        Some(code)
    }

    /// Ends the newest code with this user code, whether or not it was decided about.
    pub(crate) fn expire(&mut self, user_code: &str, now: Instant) -> Option<&Authorization> {
        let serial = *self.by_user_code.get(&normalized(user_code))?;
        let code = self.by_serial.get_mut(&serial).filter(|code| code.standing != Standing::Used)?;
        code.standing = Standing::Expired;
        if self.ends.remove(&(code.end, serial)) {
            code.end = code.end.min(now);
            self.ends.insert((code.end, serial));
        }
        Some(code)
    }

    /// Queues steps for the next polls of the newest code with this user code; says whether there is one.
    pub(crate) fn queue(&mut self, user_code: &str, steps: impl IntoIterator<Item = Step>) -> bool {
        self.newest_mut(user_code).map(|code| code.queue(steps)).is_some()
    }

    /// The newest code with this user code, as it stands.
    pub(crate) fn code(&self, user_code: &str, now: Instant) -> Option<Code> {
        self.newest(user_code).map(|code| code.report(now))
    }

    /// All codes as they stand, oldest first.
    pub(crate) fn codes(&self, now: Instant) -> Vec<Code> {
        self.by_serial.values().map(|code| code.report(now)).collect()
    }

    #[cfg(feature = "program")]
    pub(crate) fn len(&self) -> usize {
        self.by_serial.len()
    }

    pub(crate) fn user_codes(&self) -> Vec<String> {
        self.by_serial.values().map(|code| code.user_code.clone()).collect()
    }

    fn newest(&self, user_code: &str) -> Option<&Authorization> {
        self.by_serial.get(self.by_user_code.get(&normalized(user_code))?)
    }

    fn newest_mut(&mut self, user_code: &str) -> Option<&mut Authorization> {
        self.by_serial.get_mut(self.by_user_code.get(&normalized(user_code))?)
    }

    /// Draws a user code that no live code has: with a small alphabet the person would decide about the wrong one.
    fn free_user_code(&self, options: &Options, now: Instant) -> Result<String, OAuthError> {
        for _ in 0..256 {
            let user_code = options.user_code.draw()?;
            if !self.newest(&user_code).is_some_and(|code| code.is_live(now)) {
                return Ok(user_code);
            }
        }
        Err(self.full("nearly all user codes of this shape are in use", now))
    }

    /// Lets the code go that is of the least use; that some are live still is no reason to lose one.
    fn let_one_go(&mut self, now: Instant) -> Result<(), OAuthError> {
        let serial = match (self.ended.pop_front(), self.ends.first()) {
            (Some(serial), _) => serial,
            (None, Some((end, serial))) if *end <= now => *serial,
            _ => return Err(self.full("too many codes wait for their end", now)),
        };
        let Some(code) = self.by_serial.remove(&serial) else { return Ok(()) };
        self.bytes = self.bytes.saturating_sub(code.size());
        self.ends.remove(&(code.end, serial));
        self.by_device_code.remove(&code.device_code);
        let user_code = normalized(&code.user_code);
        if self.by_user_code.get(&user_code) == Some(&serial) {
            self.by_user_code.remove(&user_code);
        }
        Ok(())
    }

    /// The refusal, until the next code runs out.
    fn full(&self, why: &'static str, now: Instant) -> OAuthError {
        let wait = self.ends.first().map_or(Duration::ZERO, |(end, _)| end.saturating_duration_since(now));
        // Rounded up, so that who comes back then finds room.
        OAuthError::unavailable(why, wait.as_secs().saturating_add(1))
    }
}

#[cfg(test)]
#[path = "codes/tests.rs"]
mod tests;
