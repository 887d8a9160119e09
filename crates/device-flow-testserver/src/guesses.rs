//! How many wrong user codes are tolerated (RFC 8628 §5.1).

use std::time::{Duration, Instant};

/// Counts wrong codes; past the limit every further one locks for twice as long.
#[derive(Clone, Debug)]
pub(crate) struct Guesses {
    tolerated: u32,
    first_lock: Duration,
    wrong: u32,
    last: Option<Instant>,
    locked_until: Option<Instant>,
}

/// The longest lock, as a multiple of the first: 2⁵.
const MOST_DOUBLINGS: u32 = 5;

impl Guesses {
    /// The wrong code number `tolerated` locks for `first_lock`.
    pub(crate) const fn new(tolerated: u32, first_lock: Duration) -> Self {
        Self { tolerated, first_lock, wrong: 0, last: None, locked_until: None }
    }

    /// How long no code is looked at.
    pub(crate) fn locked_for(&self, now: Instant) -> Option<Duration> {
        let left = self.locked_until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    pub(crate) fn wrong_code(&mut self, now: Instant) {
        // After a quiet time as long as the longest lock, the past is forgotten.
        let memory = self.first_lock.saturating_mul(1 << MOST_DOUBLINGS);
        if self.last.is_some_and(|last| now.saturating_duration_since(last) > memory) {
            self.wrong = 0;
        }
        self.last = Some(now);
        self.wrong = self.wrong.saturating_add(1);
        if self.wrong >= self.tolerated {
            let doublings = self.wrong.saturating_sub(self.tolerated).min(MOST_DOUBLINGS);
            let lock = self.first_lock.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(1));
            self.locked_until = now.checked_add(lock);
        }
    }

    /// A right code was entered.
    pub(crate) fn forget(&mut self) {
        *self = Self::new(self.tolerated, self.first_lock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn past_the_limit_each_wrong_code_locks_twice_as_long() {
        let start = Instant::now();
        let mut guesses = Guesses::new(3, SECOND);
        guesses.wrong_code(start);
        guesses.wrong_code(start);
        assert_eq!(guesses.locked_for(start), None);
        guesses.wrong_code(start);
        assert_eq!(guesses.locked_for(start), Some(SECOND));
        let after = start + SECOND;
        assert_eq!(guesses.locked_for(after), None);
        guesses.wrong_code(after);
        assert_eq!(guesses.locked_for(after), Some(2 * SECOND));
        for _ in 0..100 {
            guesses.wrong_code(after);
        }
        assert_eq!(guesses.locked_for(after), Some(32 * SECOND));
    }

    #[test]
    fn a_right_code_or_a_quiet_time_forgets_the_past() {
        let start = Instant::now();
        let mut guesses = Guesses::new(1, SECOND);
        guesses.wrong_code(start);
        guesses.forget();
        assert_eq!(guesses.locked_for(start), None);
        guesses.wrong_code(start);
        guesses.wrong_code(start);
        let later = start + 40 * SECOND;
        guesses.wrong_code(later);
        assert_eq!(guesses.locked_for(later), Some(SECOND));
    }
}
