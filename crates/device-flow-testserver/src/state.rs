//! What all connections share.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::client::{Client, ClientAuthentication};
use crate::codes::{Codes, Standing};
use crate::event::{Decider, Event};
use crate::guesses::Guesses;
use crate::options::Options;
use crate::page::Sessions;
use crate::playback::Playback;
use crate::registrations::Registrations;
use crate::script::{Endpoint, Script, Step};
use crate::tokens::Tokens;
use crate::transcript::Transcript;

/// Everything about a running server.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) place: Place,
    clients: HashMap<String, Client>,
    /// How clients can authenticate, by their names in metadata.
    pub(crate) authentication_methods: Vec<&'static str>,
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
    codes: VecDeque<Arc<Script>>,
    every_code: Arc<Script>,
    endpoints: HashMap<Endpoint, Playback>,
    /// For the next polls, whatever their code.
    pub(crate) polls: VecDeque<Step>,
}

/// Wrong user codes before the page locks for everyone: twice what ten mistaken people need.
const TOLERATED_OVERALL: u32 = 50;

impl Shared {
    pub(crate) fn new(options: Options, place: Place) -> Self {
        let state = State::new(&options);
        let clients = options.clients.iter().map(|client| (client.id.clone(), client.clone())).collect();
        Self {
            authentication_methods: authentication_methods(&options.clients),
            options,
            place,
            clients,
            transcript: Transcript::default(),
            state: Mutex::new(state),
        }
    }

    /// Forgets all that has happened.
    pub(crate) fn reset(&self) {
        *self.state() = State::new(&self.options);
        self.transcript.clear();
    }

    /// Decides about a code as a call asks; says whether it was waiting for that.
    pub(crate) fn decide(&self, user_code: &str, standing: Standing) -> bool {
        let decided = self.state().codes.decide(user_code, standing, Instant::now()).map(|code| code.user_code.clone());
        let Some(user_code) = decided else {
            return false;
        };
        let by = Decider::Call;
        self.tell(&match standing {
            Standing::Denied => Event::Denied { user_code, by },
            _ => Event::Approved { user_code, by },
        });
        true
    }

    /// Ends a code as a call asks; says whether there was one that was not used up.
    pub(crate) fn expire(&self, user_code: &str) -> bool {
        let expired = self.state().codes.expire(user_code, Instant::now()).map(|code| code.user_code.clone());
        let Some(user_code) = expired else {
            return false;
        };
        self.tell(&Event::Expired { user_code, by: Decider::Call });
        true
    }

    /// A client of the settings.
    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
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

fn authentication_methods(clients: &[Client]) -> Vec<&'static str> {
    let registered = clients.iter().map(|client| client.authentication.wire_name());
    // Those that register themselves are public.
    let names: BTreeSet<_> = registered.chain([ClientAuthentication::None.wire_name()]).collect();
    names.into_iter().collect()
}

impl State {
    fn new(options: &Options) -> Self {
        Self {
            codes: Codes::default(),
            registrations: Registrations::new(options.most_codes),
            tokens: Tokens::default(),
            scripts: Scripts::new(options),
            sessions: Sessions::default(),
            guesses: Guesses::new(TOLERATED_OVERALL, options.wrong_code_lock),
        }
    }
}

impl Place {
    pub(crate) fn issuer(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.path)
    }

    /// The URL of a path that begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.issuer())
    }
}

impl Scripts {
    fn new(options: &Options) -> Self {
        let endpoints = options.endpoint_scripts.iter();
        Self {
            codes: options.code_scripts.iter().cloned().map(Arc::new).collect(),
            every_code: Arc::new(options.every_code.clone()),
            endpoints: endpoints.map(|(endpoint, script)| (*endpoint, played(script.clone()))).collect(),
            polls: VecDeque::new(),
        }
    }

    /// Takes the script of a new code.
    pub(crate) fn next_code(&mut self) -> Playback {
        Playback::new(self.codes.pop_front().unwrap_or_else(|| Arc::clone(&self.every_code)))
    }

    pub(crate) fn push_code(&mut self, script: Script) {
        self.codes.push_back(Arc::new(script));
    }

    pub(crate) fn next(&mut self, endpoint: Endpoint) -> Step {
        self.endpoint(endpoint).next()
    }

    pub(crate) fn replace(&mut self, endpoint: Endpoint, script: Script) {
        *self.endpoint(endpoint) = played(script);
    }

    pub(crate) fn queue(&mut self, endpoint: Endpoint, steps: impl IntoIterator<Item = Step>) {
        self.endpoint(endpoint).queue(steps);
    }

    fn endpoint(&mut self, endpoint: Endpoint) -> &mut Playback {
        self.endpoints.entry(endpoint).or_default()
    }
}

fn played(script: Script) -> Playback {
    Playback::new(Arc::new(script))
}
