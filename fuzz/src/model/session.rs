//! A [`Session`] as RFC 6749 section 6 and the documentation promise it.

use core::time::Duration;

use device_flow_core::{
    Config, Misuse, Response, RetryReason, SecretStr, Session, SessionEvent, SignInReason, Stage, StoredSession,
    Timestamp, TokenResponse, TransportFailure,
};

use crate::bench::{Demanded, Ledger, Model, Moment, Order, RESUMED_AT, later, millis, moment};
use crate::check::{self, planted};
use crate::config::{self, Server};
use crate::drive::Sent;
use crate::reading::{self, Refreshing, may_hide_a_grant};

/// The least wait before a refresh that met with passing trouble is tried again, unless its answer was lost.
const LEAST_WAIT: Duration = Duration::from_secs(5);
/// The least time between two tokens when nobody demands one.
const LEAST_LIFE: Duration = Duration::from_secs(2);
/// The scope of a refresh that asks for fewer.
const NARROW: &str = "profile";

/// What is known of a session.
pub struct SessionModel {
    server: Server,
    choice: u16,
    config: Config,
    ledger: Ledger,
    tokens: Tokens,
    /// When they came, as far as that is known.
    held_since: Option<Moment>,
    told: Told,
    is_automatic: bool,
    /// The moment before which a refresh that met with trouble is not tried again.
    not_before: Moment,
    /// Whether an answer was lost that may have carried tokens, since some came last.
    is_answer_lost: bool,
    /// The attempts to which new tokens are still news.
    open: Option<Open>,
    phase: Phase,
    /// What an answer brought and has to be told next.
    due: Option<Due>,
}

/// The tokens, and when they run out.
#[derive(Clone, Debug)]
pub struct Tokens {
    access: String,
    refresh: Option<String>,
    life: Option<Duration>,
    /// On the driver's clock.
    pub expires_at: Option<Moment>,
}

fn text(token: SecretStr<'_>) -> String {
    token.expose().to_owned()
}

impl Tokens {
    /// Those of an answer to a request of this moment.
    pub fn granted(tokens: &TokenResponse, sent_at: Moment) -> Self {
        let life = tokens.expires_in();
        Self {
            access: text(tokens.access_token()),
            refresh: tokens.refresh_token().map(text),
            life,
            expires_at: life.map(|it| later(sent_at, it)),
        }
    }

    fn held(tokens: &TokenResponse) -> Self {
        Self { expires_at: tokens.expires_at().map(moment), ..Self::granted(tokens, 0) }
    }

    /// What the server left out stays as it was.
    fn renewed(&self, new: &TokenResponse, sent_at: Moment) -> Self {
        let new = Self::granted(new, sent_at);
        let life = new.life.or(self.life);
        Self {
            access: new.access,
            refresh: new.refresh.or_else(|| self.refresh.clone()),
            life,
            expires_at: life.map(|it| later(sent_at, it)),
        }
    }

    /// Those are these.
    pub fn are(&self, tokens: &TokenResponse) {
        assert_eq!(tokens.access_token().expose(), self.access);
        assert_eq!(tokens.refresh_token().map(text), self.refresh);
        assert_eq!(tokens.expires_at().map(moment), self.expires_at);
    }

    /// Whether they have run out by then.
    pub fn have_run_out(&self, at: Moment) -> bool {
        self.expires_at.is_some_and(|it| at >= it)
    }
}

#[derive(Clone, Copy, Debug)]
struct Open {
    /// The first attempt.
    from: usize,
    sent_at: Moment,
}

/// What has been told of the present token's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    AboutToExpire,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resting,
    /// The last refresh was refused.
    Refused,
    Refreshing {
        is_narrow: bool,
    },
    /// An answer is out that is heard, and nothing more is sent for it.
    Hearing {
        is_narrow: bool,
        then: Then,
    },
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Rest,
    End,
}

/// What has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// There are new tokens.
    Refreshed,
    /// A refresh will be tried again.
    Retrying,
    /// A refresh came to nothing.
    RefreshFailed,
    /// The refresh token is no longer taken.
    SignInNeeded,
}

impl Due {
    /// Whether this event is that, and tells it well.
    pub fn is(self, event: &SessionEvent, tokens: &Tokens, secrets: &[&str]) -> bool {
        match (self, event) {
            (Self::Refreshed, SessionEvent::Refreshed(told)) => {
                tokens.are(told);
                true
            }
            (Self::Retrying, SessionEvent::Retrying { .. }) => true,
            (Self::RefreshFailed, SessionEvent::RefreshFailed(failure)) => {
                check::failure_is_fit(failure, secrets);
                true
            }
            (Self::SignInNeeded, SessionEvent::SignInNeeded(SignInReason::Refused(error))) => {
                check::server_error_is_fit(error, secrets);
                true
            }
            _ => false,
        }
    }
}

impl SessionModel {
    /// A session that has just begun with these tokens, under a configuration by its number.
    pub fn new(server: Server, choice: u16, tokens: Tokens, ledger: Ledger) -> Self {
        Self {
            server,
            choice,
            config: config::by_number(server, choice),
            held_since: Some(ledger.clock),
            ledger,
            tokens,
            told: Told::Nothing,
            is_automatic: config::is_refresh_automatic(choice),
            not_before: 0,
            is_answer_lost: false,
            open: None,
            phase: Phase::Resting,
            due: None,
        }
    }

    /// A session that holds what was stored.
    pub fn holding(server: Server, choice: u16, session: &Session, now: Moment) -> Self {
        let tokens = Tokens::held(session.tokens());
        Self::new(server, choice, tokens, Ledger::new(now))
    }

    /// The tokens as they are now.
    pub const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What there is to be told.
    pub const fn due(&self) -> Option<Due> {
        self.due
    }

    /// The same, taken out.
    pub const fn take_due(&mut self) -> Option<Due> {
        self.due.take()
    }

    /// Whether everybody knows that the access token has run out.
    pub fn is_expiry_told(&self) -> bool {
        self.told == Told::Expired
    }

    /// Whether a refresh is under way.
    pub const fn is_refreshing(&self) -> bool {
        matches!(self.phase, Phase::Refreshing { .. } | Phase::Hearing { .. })
    }

    /// Whether the end has come.
    pub fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }
}

/// Outputs.
impl SessionModel {
    /// See [`Model::give_up`].
    pub fn give_up(&mut self) {
        if let Some(lost) = self.ledger.take_given_up() {
            self.lost(lost.give_up_at, TransportFailure::Timeout);
        }
    }

    /// See [`Model::send`].
    pub fn send(&mut self, request: &Sent) {
        assert_eq!(self.due, None, "what happened is told first");
        if self.phase == Phase::Resting {
            // By itself only in the lead time, and not again when it was refused.
            assert!(self.told != Told::Nothing && self.is_automatic);
            assert!(self.held_since.is_none_or(|it| self.ledger.clock >= later(it, LEAST_LIFE)));
            self.begin(false);
        }
        let Phase::Refreshing { is_narrow } = self.phase else {
            panic!("there is nothing to refresh");
        };
        assert!(self.ledger.clock >= self.not_before, "tried again too early");
        self.ledger.lend(request, Stage::Refresh, self.config.timeout_of_refresh());
        assert_eq!(request.url, config::TOKEN_ENDPOINT);
        assert_eq!(request.parameter("refresh_token"), self.tokens.refresh);
        let scope = request.parameter("scope");
        assert_eq!(scope.as_deref(), is_narrow.then_some(NARROW));
        self.open.get_or_insert(Open { from: self.ledger.requests, sent_at: self.ledger.clock });
    }

    /// See [`Model::event`].
    pub fn event(&mut self, event: &SessionEvent, secrets: &[&str]) {
        match event {
            SessionEvent::AboutToExpire { expires_at, .. } => {
                assert_eq!(self.due, None, "what happened is told first");
                assert!(!self.has_ended());
                assert_eq!(self.told, Told::Nothing, "told once a token");
                assert_eq!(Some(moment(*expires_at)), self.tokens.expires_at);
                self.told = Told::AboutToExpire;
            }
            SessionEvent::Expired => {
                assert_eq!(self.due, None, "what happened is told first");
                assert!(!self.has_ended());
                assert_eq!(self.told, Told::AboutToExpire, "told once a token");
                assert!(self.tokens.have_run_out(self.ledger.clock));
                self.told = Told::Expired;
            }
            SessionEvent::SignInNeeded(SignInReason::NoRefreshToken) => {
                assert_eq!(self.due, None, "what happened is told first");
                assert!(self.tokens.refresh.is_none() && self.is_expiry_told());
                assert!(!self.has_ended());
                self.phase = Phase::Ended;
            }
            told => {
                let due = self.due.take();
                assert!(due.is_some_and(|it| it.is(told, &self.tokens, secrets)), "{due:?} is told as {told:?}");
                if let SessionEvent::Retrying { next_attempt, .. } = told {
                    assert!(moment(*next_attempt) >= self.not_before);
                }
            }
        }
    }

    /// See [`Model::wait`].
    pub fn wait(&mut self, until: Moment) {
        assert_eq!(self.due, None, "what happened is told first");
        assert!(!self.has_ended());
        let in_flight = self.ledger.in_flight;
        assert!(in_flight.is_none_or(|it| until <= it.give_up_at));
        assert!(in_flight.is_some() || !matches!(self.phase, Phase::Hearing { .. }));
        let expires_at = self.tokens.expires_at.filter(|_| !self.is_expiry_told());
        if let Some(expires_at) = expires_at {
            assert!(self.ledger.clock < expires_at, "it is told when it is due");
            assert!(until <= expires_at, "the expiry is not slept over");
        }
        // Without a refresh token there is nothing left to do.
        assert!(!self.is_expiry_told() || self.is_refreshing() || self.tokens.refresh.is_some());
    }
}

/// Inputs.
impl SessionModel {
    fn begin(&mut self, is_narrow: bool) {
        // A refresh that was refused went out with the same token, so what it brings late still counts.
        self.open = self.open.filter(|_| self.phase == Phase::Refused);
        self.phase = Phase::Refreshing { is_narrow };
        self.not_before = 0;
    }

    /// Ends the wait for an answer for which nothing more is sent, and which was lost or was none; whether there was one.
    fn stop_hearing(&mut self, is_lost: bool) -> bool {
        let Phase::Hearing { then, .. } = self.phase else {
            return false;
        };
        self.phase = match then {
            Then::Rest => Phase::Resting,
            Then::End => Phase::Ended,
        };
        self.is_answer_lost |= is_lost;
        true
    }

    fn lost(&mut self, at: Moment, failure: TransportFailure) {
        let reason = RetryReason::Transport(failure);
        if self.stop_hearing(may_hide_a_grant(reason)) {
            return;
        }
        let wait = if may_hide_a_grant(reason) { self.wait_after_loss() } else { LEAST_WAIT };
        self.retry(at, reason, wait);
    }

    /// A refresh whose answer was lost is made again at once, the first time.
    const fn wait_after_loss(&self) -> Duration {
        if self.is_answer_lost { LEAST_WAIT } else { Duration::ZERO }
    }

    fn retry(&mut self, at: Moment, reason: RetryReason, wait: Duration) {
        if !matches!(self.phase, Phase::Refreshing { .. }) {
            return;
        }
        self.is_answer_lost |= may_hide_a_grant(reason);
        if may_hide_a_grant(reason) && !config::is_refresh_replayed(self.choice) {
            return self.refuse();
        }
        self.not_before = later(at, wait);
        self.due = Some(Due::Retrying);
    }

    fn refuse(&mut self) {
        self.phase = Phase::Refused;
        self.due = Some(Due::RefreshFailed);
    }

    fn renew(&mut self, new: &TokenResponse, sent_at: Moment) {
        let (is_narrow, then) = match self.phase {
            Phase::Refreshing { is_narrow } => (is_narrow, Then::Rest),
            Phase::Hearing { is_narrow, then } => (is_narrow, then),
            Phase::Resting | Phase::Refused => (false, Then::Rest),
            Phase::Ended => panic!("nothing is news any more"),
        };
        let clock = self.ledger.clock;
        let out = self.ledger.in_flight.filter(|it| clock < it.give_up_at);
        self.ledger.in_flight = out;
        // These may be for an earlier attempt: the one that is out may bring newer ones.
        self.open = out.map(|it| Open { from: it.number, sent_at: it.sent_at });
        self.phase = match (out, then) {
            (Some(_), then) => Phase::Hearing { is_narrow, then },
            (None, Then::Rest) => Phase::Resting,
            (None, Then::End) => Phase::Ended,
        };
        self.tokens = self.tokens.renewed(new, sent_at);
        self.held_since = Some(clock);
        self.told = Told::Nothing;
        self.is_answer_lost = false;
        self.due = Some(Due::Refreshed);
    }

    /// See [`Model::fail`].
    pub fn fail(&mut self, number: usize, failure: TransportFailure) -> bool {
        let is_in_time = !self.has_ended() && self.ledger.take_in_time(number).is_some();
        if is_in_time {
            self.lost(self.ledger.clock, failure);
        }
        is_in_time
    }

    /// See [`Model::answer`].
    pub fn answer(&mut self, number: usize, response: &Response<'_>) -> bool {
        if self.has_ended() {
            return false;
        }
        let sent = self.ledger.take_in_time(number);
        let open = self.open.filter(|it| number >= it.from);
        let meaning = match (sent, open) {
            (None, None) => return false,
            _ => reading::refresh(self.server, *response),
        };
        match (meaning, sent, open) {
            (Refreshing::Granted(new), Some(sent), _) => self.renew(&new, sent.sent_at),
            // Rotated tokens count however late they come, in answer to any attempt.
            (Refreshing::Granted(new), None, Some(open)) => self.renew(&new, open.sent_at),
            (_, None, _) => return false,
            _ if self.stop_hearing(false) => {}
            (Refreshing::Passing(reason, wait), ..) => self.retry(self.ledger.clock, reason, wait),
            (Refreshing::Refused(_), ..) => self.refuse(),
            (Refreshing::SignInNeeded, ..) => {
                self.phase = Phase::Ended;
                self.due = Some(Due::SignInNeeded);
            }
        }
        true
    }

    /// See [`Model::misuse`].
    pub fn misuse(&self, order: Order) -> Option<Misuse> {
        let is_misuse = self.has_ended() && order != Order::Cancel;
        is_misuse.then_some(Misuse::Finished)
    }

    /// See [`Model::obey`].
    pub fn obey(&mut self, order: Order) {
        if order == Order::Cancel {
            // What has come is told all the same, but nothing is tried again.
            self.due = self.due.filter(|it| *it != Due::Retrying);
        }
        match (order, self.phase) {
            (Order::Pause | Order::Resume, _) => self.is_automatic = order == Order::Resume,
            // The answer that is out may carry rotated tokens, and is heard.
            (Order::Cancel, Phase::Refreshing { is_narrow } | Phase::Hearing { is_narrow, then: Then::Rest })
                if self.ledger.in_flight.is_some() =>
            {
                let then = Then::End;
                self.phase = Phase::Hearing { is_narrow, then };
            }
            (Order::Cancel, _) => {
                // Nobody hears it any more.
                self.is_answer_lost |= !self.has_ended() && self.ledger.in_flight.is_some();
                self.phase = Phase::Ended;
            }
        }
    }

    /// Whether a demand for a refresh begins one.
    ///
    /// # Errors
    ///
    /// The misuse that it has to be.
    pub fn demanded(&mut self, now: Timestamp, is_narrow: bool) -> Result<bool, Misuse> {
        match self.phase {
            Phase::Ended | Phase::Hearing { then: Then::End, .. } => Err(Misuse::Finished),
            Phase::Refreshing { is_narrow: it } | Phase::Hearing { is_narrow: it, .. } => {
                if it == is_narrow {
                    Ok(false)
                } else {
                    Err(Misuse::RefreshUnderWay)
                }
            }
            Phase::Resting | Phase::Refused if self.tokens.refresh.is_none() => Err(Misuse::NoRefreshToken),
            Phase::Resting | Phase::Refused => {
                self.ledger.look_at_clock(moment(now));
                self.begin(is_narrow);
                Ok(true)
            }
        }
    }

    /// Puts a session aside and takes it up again; see [`Model::suspend`].
    pub fn suspend(&mut self, session: &Session, now: Timestamp, away: Duration, told: Duration) -> Session {
        let stored = session.suspend(now);
        check::debug_is_silent(&stored, &[planted::ACCESS_TOKEN, planted::REFRESH_TOKEN]);
        let json = stored.to_json();
        let read = StoredSession::from_json(json.expose()).expect("what was written can be read");
        assert_eq!(read.to_json().expose(), json.expose());
        self.ledger.look_at_clock(moment(now));
        let clock = self.ledger.clock;
        // Some hundred million years have to do.
        let longest = i128::from(i64::MAX);
        let left = self.tokens.expires_at.map(|it| (it - clock).max(0));
        let left = left.map(|it| it.min(longest));
        assert_eq!(read.remaining().map(millis), left);
        let is_lost = self.ledger.in_flight.is_some();
        assert_eq!(read.is_answer_lost(), self.is_answer_lost || is_lost);
        let start = moment(RESUMED_AT);
        self.tokens.expires_at = left.map(|it| start + (it - millis(told)).max(0));
        self.tokens.life = read.tokens().expires_in();
        // An attempt under way is written off as if it were given up in its time.
        match self.phase {
            // It is not to be made twice.
            Phase::Refreshing { .. } | Phase::Hearing { then: Then::End, .. }
                if is_lost && !config::is_refresh_replayed(self.choice) =>
            {
                self.phase = Phase::Refused;
            }
            Phase::Refreshing { is_narrow } | Phase::Hearing { is_narrow, then: Then::End } => {
                self.phase = Phase::Refreshing { is_narrow };
                if let Some(it) = self.ledger.in_flight {
                    let wait = self.wait_after_loss();
                    self.not_before = later(it.give_up_at, wait);
                }
                self.not_before += start - clock - millis(away);
            }
            Phase::Refused => {}
            Phase::Resting | Phase::Hearing { .. } | Phase::Ended => self.phase = Phase::Resting,
        }
        self.is_answer_lost |= is_lost;
        self.held_since = None;
        self.is_automatic &= config::is_refresh_automatic(self.choice);
        self.open = None;
        self.due = None;
        self.ledger = Ledger::new(start);
        let config = self.config.clone();
        Session::resume(config, read, told, RESUMED_AT).expect("the same client and server")
    }

    /// See [`Model::agree`].
    pub fn agree(&self, session: &Session, now: Timestamp) {
        self.tokens.are(session.tokens());
        assert_eq!(session.expires_at().map(moment), self.tokens.expires_at);
        assert_eq!(session.is_refreshing(), self.is_refreshing());
        assert_eq!(session.is_paused(), !self.is_automatic);
        let now = moment(now).max(self.ledger.clock);
        let remaining = self.tokens.expires_at.map(|it| (it - now).max(0));
        let now = Timestamp::from_millis(u64::try_from(now).expect("a moment of the clock"));
        assert_eq!(session.remaining(now).map(millis), remaining);
    }
}

impl Model for SessionModel {
    type Machine = Session;

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    fn give_up(&mut self) {
        self.give_up();
    }

    fn send(&mut self, request: &Sent) {
        self.send(request);
    }

    fn event(&mut self, event: &SessionEvent, _: &Session, secrets: &[&str]) {
        self.event(event, secrets);
    }

    fn wait(&mut self, until: Moment) {
        self.wait(until);
    }

    fn done(&mut self) {
        assert_eq!(self.due, None, "what happened is told first");
        assert!(self.has_ended());
    }

    fn answer(&mut self, number: usize, response: &Response<'_>, _: &Session) -> bool {
        self.answer(number, response)
    }

    fn fail(&mut self, number: usize, failure: TransportFailure) -> bool {
        self.fail(number, failure)
    }

    fn misuse(&self, order: Order) -> Option<Misuse> {
        self.misuse(order)
    }

    fn obey(&mut self, order: Order) {
        self.obey(order);
    }

    fn demand(&mut self, session: &mut Session, now: Timestamp, is_narrow: bool) -> Demanded {
        let demanded = if is_narrow { session.refresh_with_scope(now, NARROW) } else { session.refresh(now) };
        let expected = self.demanded(now, is_narrow);
        assert_eq!(demanded, expected.map(drop));
        Demanded::of(expected)
    }

    fn suspend(&mut self, session: &Session, now: Timestamp, away: Duration, told: Duration) -> Option<Session> {
        Some(self.suspend(session, now, away, told))
    }

    fn confided(&self) -> Vec<String> {
        let mut all = vec![planted::CLIENT_SECRET.to_owned()];
        all.extend(self.tokens.refresh.clone());
        all
    }

    fn runs_out_at(&self) -> Option<Moment> {
        self.tokens.expires_at
    }

    fn has_ended(&self) -> bool {
        self.has_ended()
    }

    fn agree(&self, session: &Session, now: Timestamp) {
        self.agree(session, now);
    }
}
