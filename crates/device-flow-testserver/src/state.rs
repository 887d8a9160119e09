//! What all connections share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::codes::Codes;
use crate::event::Event;
use crate::guesses::Guesses;
use crate::options::Options;
use crate::page::Sessions;
use crate::registrations::Registrations;
use crate::script::{Endpoint, Script, Step};
use crate::tokens::Tokens;
use crate::transcript::Transcript;

/// Everything about a running server.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) place: Place,
    pub(crate) transcript: Transcript,
    state: Mutex<State>,
}

/// Where the server is, as clients see it.
pub(crate) struct Place {
    pub(crate) scheme: &'static str,
    /// Host and port.
    pub(crate) authority: String,
    pub(crate) port: u16,
    pub(crate) path: String,
}

/// What changes while the server runs.
pub(crate) struct State {
    pub(crate) codes: Codes,
    pub(crate) registrations: Registrations,
    pub(crate) tokens: Tokens,
    pub(crate) scripts: Scripts,
    pub(crate) sessions: Sessions,
    /// Wrong user codes, whoever entered them.
    pub(crate) guesses: Guesses,
}

/// The steps that have not been played.
pub(crate) struct Scripts {
    codes: VecDeque<Script>,
    every_code: Script,
    endpoints: Vec<(Endpoint, Script)>,
}

/// Wrong user codes before the page locks for everyone: twice what ten mistaken people need.
const TOLERATED_OVERALL: u32 = 50;

impl Shared {
    pub(crate) fn new(options: Options, place: Place) -> Self {
        let scripts = Scripts {
            codes: options.code_scripts.iter().cloned().collect(),
            every_code: options.every_code.clone(),
            endpoints: options.endpoint_scripts.clone(),
        };
        let state = State {
            codes: Codes::default(),
            registrations: Registrations::default(),
            tokens: Tokens::default(),
            scripts,
            sessions: Sessions::default(),
            guesses: Guesses::new(TOLERATED_OVERALL, options.wrong_code_lock),
        };
        Self { options, place, transcript: Transcript::default(), state: Mutex::new(state) }
    }

    /// Locks the state. Never held while an observer is called or while anything waits.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, event: &Event) {
        if let Some(observer) = &self.options.observer {
            observer(event);
        }
    }
}

impl Place {
    pub(crate) fn issuer(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.path)
    }

    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.issuer())
    }
}

impl Scripts {
    /// Takes the script of a new code.
    pub(crate) fn next_code(&mut self) -> Script {
        self.codes.pop_front().unwrap_or_else(|| self.every_code.clone())
    }

    pub(crate) fn push_code(&mut self, script: Script) {
        self.codes.push_back(script);
    }

    pub(crate) fn next(&mut self, endpoint: Endpoint) -> Step {
        let script = self.endpoints.iter_mut().find(|(other, _)| *other == endpoint);
        script.map_or_else(Step::ordinary, |(_, script)| script.next())
    }

    pub(crate) fn replace(&mut self, endpoint: Endpoint, script: Script) {
        self.endpoints.retain(|(other, _)| *other != endpoint);
        self.endpoints.push((endpoint, script));
    }
}
