//! Browsers that have opened the page.

use std::fmt;
use std::time::Duration;

use subtle::ConstantTimeEq as _;

use crate::bounded::Bounded;
use crate::codes::Standing;
use crate::guesses::Guesses;
use crate::random;

/// How many sessions are kept; the oldest give way.
const KEPT: usize = 10_000;

/// Wrong user codes before the page locks for this browser.
const TOLERATED: u32 = 5;

/// A browser, known by its cookie.
pub(crate) struct Session {
    pub(super) id: String,
    /// What a post has to carry; no other site can read it.
    pub(super) form_token: String,
    pub(super) guesses: Guesses,
    /// The normalized code that the browser was asked to confirm.
    pub(super) confirming: Option<String>,
    /// How it decided last.
    pub(super) decided: Option<Standing>,
}

impl Session {
    pub(super) fn new(wrong_code_lock: Duration) -> Result<Self, getrandom::Error> {
        let guesses = Guesses::new(TOLERATED, wrong_code_lock);
        Ok(Self { id: random::secret()?, form_token: random::secret()?, guesses, confirming: None, decided: None })
    }

    pub(super) fn is_form_token(&self, given: &str) -> bool {
        self.form_token.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("guesses", &self.guesses).finish_non_exhaustive()
    }
}

/// All sessions, by what their cookie says: 256 random bits, so that how long a look-up takes tells nothing.
#[derive(Debug)]
pub(crate) struct Sessions {
    sessions: Bounded<Session>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { sessions: Bounded::new(KEPT) }
    }
}

impl Sessions {
    pub(super) fn find(&self, id: &str) -> Option<&Session> {
        self.sessions.find(id)
    }

    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.sessions.find_mut(id)
    }

    pub(super) fn push(&mut self, session: Session) {
        let id = session.id.clone();
        self.sessions.add(&id, session);
    }
}
