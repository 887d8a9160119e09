//! Threads for exchanges whose driver must be able to turn to something else meanwhile.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a thread waits for its next exchange.
const PATIENCE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// The threads of one client, as many as it ever needed at once. They end when there was nothing to do for a while, and with
/// the client.
#[derive(Default)]
pub(crate) struct Workers {
    crew: Arc<Crew>,
}

#[derive(Default)]
struct Crew {
    state: Mutex<State>,
    has_news: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// How many threads wait for one.
    idle: usize,
    is_dismissed: bool,
}

impl Workers {
    /// Has this done by a thread that has nothing else to do.
    pub(crate) fn take_up(&self, job: Job) -> io::Result<()> {
        let mut state = self.crew.lock();
        if state.jobs.len() < state.idle {
            state.jobs.push_back(job);
            drop(state);
            self.crew.has_news.notify_one();
            return Ok(());
        }
        drop(state);
        let crew = Arc::clone(&self.crew);
        let thread = thread::Builder::new().name("device-flow exchange".to_owned());
        thread.spawn(move || crew.work(job)).map(drop)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.crew.lock().is_dismissed = true;
        self.crew.has_news.notify_all();
    }
}

impl Crew {
    fn work(&self, job: Job) {
        job();
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        state.idle = state.idle.saturating_add(1);
        let is_bored = |state: &mut State| state.jobs.is_empty() && !state.is_dismissed;
        let waited = self.has_news.wait_timeout_while(state, PATIENCE, is_bored);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle = state.idle.saturating_sub(1);
        state.jobs.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
