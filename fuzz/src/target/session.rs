//! Anything that can happen to a token set that is kept fresh, in any order.
//!
//! Two bytes choose the configuration, one the dialect, one the tokens; the rest are [`Operation`]s.

mod model;

use core::time::Duration;

use device_flow_core::{
    Config, Dialect, Input, Machine as _, Misuse, Response, Session, StoredSession, Timestamp,
};

use self::model::Model;
use crate::answer::dialect_by_number;
use crate::check::{self, planted};
use crate::config;
use crate::drive::{self, MAX_OUTPUTS, Seen};
use crate::ids;
use crate::operation::{self, Advance, Operation, Which};
use crate::server;

/// Longer sequences tell nothing new.
const MAX_OPERATIONS: usize = 200;
/// Two thousand years in milliseconds.
const HUGE: u64 = 2_000 * 365 * 24 * 60 * 60 * 1_000;
/// Beyond this moment the arithmetic of timestamps saturates, which is another promise.
const END_OF_TIME: u64 = u64::MAX / 2;

/// Runs the sequence.
pub fn run(data: &[u8]) {
    let Some((&[low, high, dialect, tokens], rest)) = data.split_first_chunk() else {
        return;
    };
    let dialect = dialect_by_number(dialect);
    let mut bench = Bench::new(u16::from_le_bytes([low, high]), dialect, tokens);
    for operation in operation::all(rest, MAX_OPERATIONS) {
        bench.apply(&operation);
    }
    bench.finish();
}

struct Bench {
    config: Config,
    dialect: &'static Dialect,
    session: Session,
    model: Model,
    now: u64,
    /// What the session last waited for.
    wake: u64,
    /// Outputs since time passed or something was told.
    outputs: usize,
    /// Texts that may never be shown. Empty once a server has put one of them where it is public.
    secrets: Vec<&'static str>,
}

impl Bench {
    fn new(choice: u16, dialect: &'static Dialect, tokens: u8) -> Self {
        let config = config::by_number(dialect, choice);
        let refresh_token = (tokens & 7 != 0).then_some(planted::REFRESH_TOKEN);
        let remaining = match tokens >> 3 {
            0 => None,
            1 => Some(Duration::ZERO),
            2 => Some(Duration::from_secs(1)),
            3 => Some(Duration::MAX),
            other => Some(Duration::from_secs(u64::from(other) * 97)),
        };
        let stored = StoredSession::new(&config, planted::ACCESS_TOKEN, refresh_token, remaining);
        let stored = stored.expect("tokens that can be sent");
        let now = 1_000_000;
        let at = Timestamp::from_millis(now);
        let session = Session::resume(config.clone(), stored, Duration::ZERO, at)
            .expect("the client and server that they are of");
        Self {
            model: Model::new(&session, at, config::is_refresh_automatic(choice)),
            config,
            dialect,
            session,
            now,
            wake: now,
            outputs: 0,
            secrets: planted::SECRETS.to_vec(),
        }
    }

    fn apply(&mut self, operation: &Operation<'_>) {
        match operation {
            Operation::Ask => drop(self.ask()),
            Operation::Settle => while self.ask() {},
            Operation::Advance(advance) => self.advance(*advance),
            Operation::Answer(which, class) => {
                let reply = server::reply(*class, &self.model.confided());
                let response = Response::new(reply.status, reply.body.as_bytes());
                let response = response.header("retry-after", reply.retry_after.as_bytes());
                self.respond(*which, &response);
            }
            Operation::Raw(which, status, body) => {
                // A server that puts a secret where it is public makes it public.
                let text = String::from_utf8_lossy(body);
                if text.contains("plant") || text.contains("\\u") || text.contains('%') {
                    self.secrets.clear();
                }
                self.respond(*which, &Response::new(*status, body));
            }
            Operation::Fail(which, failure) => {
                if self.tell(*which, |id| Input::Failure(id, *failure)) {
                    self.model.fail(*failure);
                }
            }
            Operation::Pause => self.set_automatic(false),
            Operation::Resume => self.set_automatic(true),
            Operation::Cancel => {
                let accepted = self.session.handle_input(self.time(), Input::Cancel);
                assert_eq!(accepted, Ok(()));
                self.told();
                self.model.cancel();
            }
            Operation::Suspend { away, is_told } => self.suspend(*away, *is_told),
            Operation::Demand { is_narrow } => self.demand(*is_narrow),
        }
        self.model.agree(&self.session, self.time());
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn told(&mut self) {
        self.outputs = 0;
        self.model.look_at_clock(self.time());
    }

    /// Whether there may be more to do now.
    fn ask(&mut self) -> bool {
        let is_later = self.model.look_at_clock(self.time());
        self.outputs = if is_later { 1 } else { self.outputs + 1 };
        let now = self.time();
        match drive::ask(&mut self.session, now, &self.secrets) {
            Seen::Send(request) => self.model.send(&request),
            Seen::Event(event) => self.model.event(&event, &self.session, &self.secrets),
            Seen::Wait(until) => {
                self.wake = until.as_millis();
                self.model.wait(until);
                self.outputs = 0;
                return false;
            }
            Seen::Done => {
                self.model.done();
                self.outputs = 0;
                return false;
            }
        }
        assert!(self.outputs <= MAX_OUTPUTS, "outputs without end");
        true
    }

    fn advance(&mut self, advance: Advance) {
        let end = self
            .session
            .expires_at()
            .map_or(self.now, Timestamp::as_millis);
        let now = match advance {
            Advance::Millis(by) => self.now + u64::from(by),
            Advance::Seconds(by) => self.now + u64::from(by) * 1_000,
            Advance::ToWait => self.now.max(self.wake),
            Advance::AlmostToWait => self.now.max(self.wake.saturating_sub(1)),
            Advance::ToEnd => self.now.max(end),
            Advance::AlmostToEnd => self.now.max(end.saturating_sub(1)),
            Advance::Huge => self.now.saturating_add(HUGE),
            Advance::Back(by) => self.now.saturating_sub(u64::from(by) * 1_000),
        };
        self.now = now.min(END_OF_TIME);
    }

    fn respond(&mut self, which: Which, response: &Response<'_>) {
        if self.tell(which, |id| Input::Response(id, *response)) {
            self.model.respond(self.dialect, response);
        }
    }

    /// Tells something about a request. Whether it was awaited.
    fn tell<'a>(
        &mut self,
        which: Which,
        input: impl FnOnce(device_flow_core::RequestId) -> Input<'a>,
    ) -> bool {
        let latest = self.model.requests();
        let number = match which {
            Which::Latest => latest,
            Which::Late(before) => latest.saturating_sub(usize::from(before)),
            Which::Foreign(after) => latest + usize::from(after),
        };
        if number == 0 || number > ids::MOST {
            return false;
        }
        let input = input(ids::id(number));
        if number > latest {
            self.misuse(input, Misuse::UnknownRequest);
            return false;
        }
        let before = self.shown();
        assert_eq!(self.session.handle_input(self.time(), input), Ok(()));
        self.told();
        let is_awaited = self.model.is_awaited(number);
        if !is_awaited {
            assert_eq!(
                before,
                self.shown(),
                "what nobody waits for changes nothing"
            );
        }
        is_awaited
    }

    /// The session without its clock, which an input may set whatever else it does.
    fn shown(&self) -> String {
        let shown = format!("{:?}", self.session);
        let Some((before, after)) = shown.split_once("clock: Timestamp(") else {
            return shown;
        };
        let after = after.split_once(')').map_or(after, |(_, after)| after);
        format!("{before}{after}")
    }

    fn misuse(&mut self, input: Input<'_>, expected: Misuse) {
        let before = format!("{:?}", self.session);
        let misuse = self.session.handle_input(self.time(), input);
        assert_eq!(misuse, Err(expected));
        let after = format!("{:?}", self.session);
        assert_eq!(before, after, "a misuse changes nothing");
        self.outputs = 0;
    }

    fn set_automatic(&mut self, is_automatic: bool) {
        let input = if is_automatic {
            Input::Resume
        } else {
            Input::Pause
        };
        if self.model.has_ended() {
            return self.misuse(input, Misuse::Finished);
        }
        assert_eq!(self.session.handle_input(self.time(), input), Ok(()));
        self.told();
        self.model.set_automatic(is_automatic);
    }

    fn demand(&mut self, is_narrow: bool) {
        let before = self.shown();
        let now = self.time();
        let demanded = if is_narrow {
            self.session.refresh_with_scope(now, "profile")
        } else {
            self.session.refresh(now)
        };
        let expected = self.model.misuse_of_demanding();
        assert_eq!(demanded.err(), expected);
        if expected.is_some() {
            assert_eq!(before, self.shown(), "a misuse changes nothing");
        } else {
            if self.session.is_refreshing() && self.model.is_refreshing() {
                assert_eq!(before, self.shown(), "there is one refresh at a time");
            } else {
                // Only a refresh that begins looks at the clock.
                self.told();
            }
            self.model.demand();
        }
        self.outputs = 0;
    }

    /// Puts the tokens aside, as JSON, and takes them up again on another clock.
    fn suspend(&mut self, away: u16, is_told: bool) {
        if self.model.has_ended() {
            return;
        }
        let stored = self.session.suspend(self.time());
        check::debug_is_silent(&stored, &self.secrets);
        let json = stored.to_json();
        let read = StoredSession::from_json(json.expose()).expect("what was written can be read");
        assert_eq!(read.to_json().expose(), json.expose());
        let remaining = read.remaining();
        // Some hundred million years have to do.
        let longest = Duration::from_millis(i64::MAX.unsigned_abs());
        let left = self.session.remaining(self.time());
        assert_eq!(remaining, left.map(|it| it.min(longest)));
        let away = Duration::from_secs(away.into());
        let told = if is_told { away } else { Duration::ZERO };
        self.now = 5_000;
        self.session = Session::resume(self.config.clone(), read, told, self.time())
            .expect("the same client and server");
        let expires_at = remaining.map(|it| self.time().saturating_add(it.saturating_sub(told)));
        assert_eq!(self.session.expires_at(), expires_at);
        self.model.resume(&self.session, self.time());
        self.wake = self.now;
        self.outputs = 0;
    }

    /// A session that has ended has done so for ever.
    fn finish(mut self) {
        check::debug_is_silent(&self.session, &self.secrets);
        self.apply(&Operation::Settle);
        let had_ended = self.model.has_ended();
        for operation in [
            Operation::Demand { is_narrow: false },
            Operation::Resume,
            Operation::Advance(Advance::Huge),
            Operation::Settle,
        ] {
            self.apply(&operation);
        }
        assert!(!had_ended || self.model.has_ended());
    }
}
