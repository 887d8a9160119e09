//! Reaching a driver from elsewhere.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Pauses, resumes or cancels from another thread what a driver is driving, and wakes it at once.
///
/// What was said last counts, also for a driver that begins only later: after [`cancel`](Self::cancel) every machine
/// that is driven with this remote ends before its first request.
///
/// ```
/// use device_flow_core::{Config, DeviceFlow, Outcome};
/// use transport_ureq::{Client, Remote};
///
/// let client = Client::new()?;
/// let mut flow = DeviceFlow::new(Config::new("tv", "http://127.0.0.1:9/device", "http://127.0.0.1:9/token"))?;
/// let remote = Remote::new();
/// remote.cancel(); // as a Ctrl-C handler would
/// client.drive_with(&mut flow, &remote, |_| {});
/// assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Remote {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Counts what was said, so that a driver sees whether it has heard the latest.
    generation: u64,
    command: Command,
}

/// What a driver is told to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Command {
    #[default]
    Run,
    Pause,
    Cancel,
}

impl Remote {
    /// A remote that nothing obeys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops polling until [`resume`](Self::resume). The answer to a poll that is under way counts when it comes: it may
    /// carry the tokens. A machine that cannot pause yet does so as soon as it can.
    pub fn pause(&self) {
        self.say(Command::Pause);
    }

    /// Polls again, never earlier than without the pause.
    pub fn resume(&self) {
        self.say(Command::Run);
    }

    /// Ends the machine. Nothing takes this back. A [`Session`](device_flow_core::Session) whose refresh is out first hears
    /// its answer, which may carry a rotated refresh token; a second call ends that too.
    pub fn cancel(&self) {
        self.say(Command::Cancel);
    }

    fn say(&self, command: Command) {
        let mut state = self.lock();
        // Who cancels twice does not want to wait for an answer.
        if state.command != Command::Cancel || command == Command::Cancel {
            state.command = command;
            state.generation = state.generation.saturating_add(1);
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// What was said after `generation`, which is brought up to date.
    pub(crate) fn news(&self, generation: &mut u64) -> Option<Command> {
        let state = *self.lock();
        let is_new = state.generation != *generation;
        *generation = state.generation;
        is_new.then_some(state.command)
    }

    /// Lets every waiting driver look around, because an answer has arrived.
    pub(crate) fn wake(&self) {
        // Whoever is about to wait holds the lock until it waits, so the call is not lost.
        drop(self.lock());
        self.shared.changed.notify_all();
    }

    /// Waits at most this long for news after `generation`, or until `is_enough`.
    pub(crate) fn wait(&self, generation: u64, longest: Duration, is_enough: impl Fn() -> bool) {
        let waited = self
            .shared
            .changed
            .wait_timeout_while(self.lock(), longest, |state| state.generation == generation && !is_enough());
        drop(waited);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
