//! What a fault is, where it strikes, and what shall come of it.

use crate::gate::{Conduct, Cut};
use crate::proxies::Guarded;
use device_flow_core::{ProtocolErrorKind, RetryReason, TransportFailure};
use device_flow_testserver::{Answer, Fault, Step};
use std::time::Duration;

/// Faults of one kind.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) cases: Vec<Case>,
}

/// A fault with all that is stated about it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) trouble: Trouble,
    /// How often it strikes before the server, or the network, has recovered.
    pub(crate) times: usize,
    /// Whether the client shows a certificate, of an authority that the server does not know.
    pub(crate) has_identity: bool,
    pub(crate) patience: Patience,
    pub(crate) rows: Vec<Row>,
}

/// The times that a run sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Of a request; `None` is the default.
    pub(crate) request: Option<Duration>,
    /// Of connecting; `None` is the default.
    pub(crate) connect: Option<Duration>,
    /// How long the code lives.
    pub(crate) code: Duration,
    /// The least time between the request that was struck and the next one.
    pub(crate) pause: Duration,
}

/// What is stated for some ways to the server.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) ways: Ways,
    pub(crate) first: Option<Stated>,
    pub(crate) poll: Option<Stated>,
    pub(crate) note: &'static str,
}

/// What goes wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// An answer of the server.
    Answer(Step),
    /// The answer that carries the tokens; the server believes that it has sent them.
    Tokens(Fault),
    /// Connections to the server that are made from now on.
    Connecting(Conduct),
    /// The connection that a sign-in has been using.
    Idle(Cut),
    /// The same, at the moment when the next request arrives.
    InUse(Cut),
    /// The server says this, unasked, on the connection that a sign-in has been using, and closes it.
    Unasked(&'static [u8]),
    /// Connections to the proxy.
    Proxy(Conduct),
    /// The proxy wants a name and a password, or forbids the destination.
    Guarded(Guarded),
    /// The name of the endpoint cannot be looked up.
    Name,
    /// The client's process is stopped for a while.
    Stopped { lasts: Duration, moment: Moment },
}

/// When a process is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Between two polls.
    Waiting,
    /// While the answer with the tokens is on its way.
    Answering,
}

/// Which request a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    /// The device authorization request.
    First,
    /// The second poll.
    Poll,
}

/// What a person is told, and how the sign-in ends.
#[derive(Clone, Debug)]
pub(crate) enum Stated {
    /// Nothing is told, and the sign-in goes on.
    Unnoticed,
    /// Signed in; whether this is told before depends on what wakes up first.
    PerhapsTold(RetryReason),
    /// Told so, tried again, signed in.
    Again(Vec<RetryReason>),
    /// The same, as either of two.
    AgainAs([RetryReason; 2]),
    /// Ends at once.
    Ends(End),
    /// Tried as often as the machine tries, then ends.
    GivesUp(TransportFailure),
    /// Told so, tried again; the server has taken the code for used up.
    Lost(RetryReason),
    /// Told so until the code runs out; `None` when there is nothing to tell.
    Expires(Option<RetryReason>),
}

/// What ends a sign-in.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Network(TransportFailure),
    Protocol(ProtocolErrorKind),
}

/// A way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) is_secure: bool,
    pub(crate) route: Route,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Direct,
    Tinyproxy,
    Socks,
}

/// Some ways, by what they have in common.
#[derive(Clone, Copy)]
pub(crate) struct Ways {
    pub(crate) label: &'static str,
    holds: fn(Way) -> bool,
}

impl Ways {
    pub(crate) const ALL: Self = Self { label: "any", holds: |_| true };
    pub(crate) const HTTP: Self = Self { label: "http", holds: |it| !it.is_secure };
    pub(crate) const HTTPS: Self = Self { label: "https", holds: |it| it.is_secure };
    pub(crate) const DIRECT: Self = Self { label: "direct", holds: |it| it.route == Route::Direct };
    pub(crate) const SOCKS: Self = Self { label: "SOCKS", holds: |it| it.route == Route::Socks };
    pub(crate) const TINYPROXY: Self = Self { label: "tinyproxy", holds: |it| it.route == Route::Tinyproxy };
    /// The client itself speaks with the server.
    pub(crate) const END_TO_END: Self = Self { label: "any but http through tinyproxy", holds: |it| !it.is_relayed() };
    /// The client speaks with the proxy, and the proxy with the server.
    pub(crate) const RELAYED: Self = Self { label: "http through tinyproxy", holds: Way::is_relayed };
    pub(crate) const HTTP_END_TO_END: Self =
        Self { label: "http, direct or SOCKS", holds: |it| !it.is_secure && !it.is_relayed() };
    pub(crate) const HTTP_PROXY: Self =
        Self { label: "http through a proxy", holds: |it| !it.is_secure && it.route != Route::Direct };
    pub(crate) const NO_PROXY_OR_HTTPS: Self =
        Self { label: "https, or http directly", holds: |it| it.is_secure || it.route == Route::Direct };
    pub(crate) const HTTPS_TINYPROXY: Self =
        Self { label: "https through tinyproxy", holds: |it| it.is_secure && it.route == Route::Tinyproxy };

    /// All ways that there are, of these.
    pub(crate) fn each(self) -> impl Iterator<Item = Way> {
        let all = [false, true].into_iter().flat_map(|is_secure| {
            [Route::Direct, Route::Tinyproxy, Route::Socks].into_iter().map(move |route| Way { is_secure, route })
        });
        all.filter(move |it| (self.holds)(*it))
    }
}

impl core::fmt::Debug for Ways {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.label)
    }
}

impl Way {
    const fn is_relayed(self) -> bool {
        !self.is_secure && matches!(self.route, Route::Tinyproxy)
    }

    pub(crate) const fn scheme(self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }
}

impl Case {
    pub(crate) const fn new(name: &'static str, trouble: Trouble) -> Self {
        let patience = Patience { request: None, connect: None, code: Duration::from_secs(40), pause: Duration::ZERO };
        Self { name, trouble, times: 1, has_identity: false, patience, rows: Vec::new() }
    }

    /// The server's answer is spoilt so.
    pub(crate) fn fault(name: &'static str, fault: Fault) -> Self {
        Self::new(name, Trouble::Answer(Step::of_fault(fault)))
    }

    /// The server says this instead of an answer, and closes.
    pub(crate) fn raw(name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::fault(name, Fault::Raw(bytes.into()))
    }

    /// The server, or something before it, answers so.
    pub(crate) fn answer(name: &'static str, answer: Answer) -> Self {
        Self::new(name, Trouble::Answer(Step::answer(answer)))
    }

    /// States what comes of it on these ways.
    pub(crate) fn on(mut self, ways: Ways, first: impl Into<Option<Stated>>, poll: impl Into<Option<Stated>>) -> Self {
        self.rows.push(Row { ways, first: first.into(), poll: poll.into(), note: "" });
        self
    }

    /// States the same for both moments.
    pub(crate) fn both(self, ways: Ways, stated: Stated) -> Self {
        self.on(ways, stated.clone(), stated)
    }

    /// Adds a note to the last row.
    pub(crate) fn note(mut self, note: &'static str) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.note = note;
        }
        self
    }

    pub(crate) const fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// The client shows a certificate of an authority that the server does not know.
    pub(crate) const fn with_identity(mut self) -> Self {
        self.has_identity = true;
        self
    }

    pub(crate) const fn request_timeout(mut self, timeout: Duration) -> Self {
        self.patience.request = Some(timeout);
        self
    }

    pub(crate) const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.patience.connect = Some(timeout);
        self
    }

    pub(crate) const fn code_lives(mut self, lifetime: Duration) -> Self {
        self.patience.code = lifetime;
        self
    }

    pub(crate) const fn pause(mut self, pause: Duration) -> Self {
        self.patience.pause = pause;
        self
    }
}

impl Stated {
    /// One failure, waited out.
    pub(crate) fn again(failure: TransportFailure) -> Self {
        Self::Again(vec![RetryReason::Transport(failure)])
    }

    /// One failure, waited out, that is told in one way or the other.
    pub(crate) const fn again_as(this: TransportFailure, that: TransportFailure) -> Self {
        Self::AgainAs([RetryReason::Transport(this), RetryReason::Transport(that)])
    }

    /// One answer with this status, waited out.
    pub(crate) fn status(status: u16) -> Self {
        Self::Again(vec![RetryReason::Status(status)])
    }

    pub(crate) const fn lost(failure: TransportFailure) -> Self {
        Self::Lost(RetryReason::Transport(failure))
    }

    pub(crate) const fn fails(failure: TransportFailure) -> Self {
        Self::Ends(End::Network(failure))
    }

    pub(crate) const fn refused(kind: ProtocolErrorKind) -> Self {
        Self::Ends(End::Protocol(kind))
    }
}
