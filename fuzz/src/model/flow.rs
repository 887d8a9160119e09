//! A [`DeviceFlow`] as RFC 8628 and the documentation promise it.

use core::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Event, Expiry, Misuse, Outcome, PendingFlow, Prompt, ProxyCause, Response, RetryReason, Stage,
    Timestamp, TokenResponse, TransportFailure,
};

use crate::bench::{Demanded, Ledger, Model, Moment, Order, RESUMED_AT, later, millis, moment};
use crate::check::{self, planted};
use crate::config::{self, Server};
use crate::drive::Sent;
use crate::reading::{self, Codes, Poll};

const MAX_INTERVAL: Duration = Duration::from_secs(300);
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How often the first request is made.
const MOST_FIRST_REQUESTS: usize = 4;

/// What is known of a flow.
pub struct FlowModel {
    choice: u16,
    server: Server,
    config: Config,
    ledger: Ledger,
    /// When the last exchange ended.
    exchange_end: Option<Moment>,
    /// What the last answer asked for beside the interval.
    retry_after: Duration,
    /// How often the first request was made, and with which nonce.
    first_requests: usize,
    nonce: Option<String>,
    /// What has to be told next.
    due: Option<Due>,
    state: State,
}

enum State {
    NoCodes,
    Codes(Grant),
    Ended(Ending),
}

struct Grant {
    device_code: String,
    user_code: String,
    interval: Duration,
    deadline: Moment,
    is_paused: bool,
    /// Whether a first poll fits into the code's life; if not, the end comes early.
    is_pollable: bool,
    /// The poll that was made last, to which tokens that come late are still news.
    last_poll: Option<LastPoll>,
    polls: Polls,
}

/// The poll that was made last.
#[derive(Clone, Copy, Debug)]
pub struct LastPoll {
    /// Its number.
    pub number: usize,
    /// When it was made.
    pub sent_at: Moment,
}

/// What became of the polls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polls {
    is_answered: bool,
    trouble: Option<RetryReason>,
    unanswered: u32,
}

impl Polls {
    fn answered(&mut self) {
        *self = Self { is_answered: true, ..Self::default() };
    }

    fn troubled(&mut self, reason: RetryReason) {
        self.trouble = Some(reason);
        self.unanswered += 1;
    }

    /// Whether that is what is said of them.
    pub fn are(&self, expiry: &Expiry) -> bool {
        self.is_answered == expiry.is_answered()
            && self.trouble == expiry.last_trouble()
            && self.unanswered == expiry.unanswered_polls()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Prompt,
    Pending,
    SlowedDown,
    Retrying,
    IdTokenMissing,
}

/// What was the end.
#[derive(Clone, Debug)]
pub enum Ending {
    /// These tokens, in answer to a poll that was made at this moment.
    Authorized(Box<TokenResponse>, Moment),
    /// The person said no.
    Denied,
    /// The code ran out; the poll that was made last may still be answered.
    Expired(Polls, Option<LastPoll>),
    /// The caller gave up.
    Cancelled,
    /// It cannot be done.
    Failed,
}

impl Ending {
    fn is(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Authorized(ours, sent_at), Outcome::Authorized(theirs)) => {
                same_tokens(ours, theirs);
                let life = ours.expires_in();
                let expires_at = life.map(|it| later(*sent_at, it));
                assert_eq!(theirs.expires_at().map(moment), expires_at);
                true
            }
            (Self::Expired(polls, _), Outcome::Expired(expiry)) => polls.are(expiry),
            (Self::Denied, Outcome::Denied)
            | (Self::Cancelled, Outcome::Cancelled)
            | (Self::Failed, Outcome::Failed(_)) => true,
            _ => false,
        }
    }
}

/// The three tokens are the same.
pub fn same_tokens(ours: &TokenResponse, theirs: &TokenResponse) {
    assert_eq!(ours.access_token().expose(), theirs.access_token().expose());
    assert!(ours.refresh_token() == theirs.refresh_token());
    assert!(ours.id_token() == theirs.id_token());
}

impl FlowModel {
    /// A sign-in that has not begun, under a configuration by its number.
    pub fn new(server: Server, choice: u16, ledger: Ledger) -> Self {
        Self {
            choice,
            server,
            config: config::by_number(server, choice),
            ledger,
            exchange_end: None,
            retry_after: Duration::ZERO,
            first_requests: 0,
            nonce: None,
            due: None,
            state: State::NoCodes,
        }
    }

    const fn grant(&self) -> Option<&Grant> {
        match &self.state {
            State::Codes(grant) => Some(grant),
            _ => None,
        }
    }

    /// What was the end, if it has come.
    pub const fn ending(&self) -> Option<&Ending> {
        match &self.state {
            State::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// Whether there is a code.
    pub const fn has_codes(&self) -> bool {
        matches!(self.state, State::Codes(_))
    }

    /// Whether polling is paused.
    pub fn is_paused(&self) -> bool {
        self.grant().is_some_and(|it| it.is_paused)
    }

    /// The least wait after an exchange.
    fn least_wait(&self) -> Duration {
        let interval = self.grant().map_or(Duration::from_secs(1), |it| it.interval);
        interval.max(self.retry_after)
    }

    /// The earliest moment for the next request; the end of the code when there is none before.
    fn earliest(&self) -> Moment {
        let end = self.exchange_end.unwrap_or(Moment::MIN / 2);
        let earliest = end + millis(self.least_wait());
        self.grant().map_or(earliest, |it| earliest.min(it.deadline))
    }

    fn end(&mut self, ending: Ending) {
        self.due = None;
        if let Ending::Authorized(tokens, _) = &ending {
            let is_missing = config::is_openid(self.choice) && tokens.id_token().is_none();
            self.due = is_missing.then_some(Due::IdTokenMissing);
        }
        self.state = State::Ended(ending);
    }

    fn grant_tokens(&mut self, tokens: Box<TokenResponse>, sent_at: Moment) {
        let is_missing = config::is_openid(self.choice) && tokens.id_token().is_none();
        self.end(if is_missing && config::is_id_token_required(self.choice) {
            Ending::Failed
        } else {
            Ending::Authorized(tokens, sent_at)
        });
    }

    /// The flow says, when it is asked, that the code has run out.
    pub fn run_out(&mut self) {
        assert_eq!(self.due, None, "what happened is told first");
        let State::Codes(grant) = &self.state else {
            panic!("there is no code");
        };
        assert!(self.ledger.in_flight.is_none(), "an answer may still come");
        assert!(self.ledger.clock >= grant.deadline || !grant.is_pollable);
        self.end(Ending::Expired(grant.polls, grant.last_poll));
    }
}

/// Outputs.
impl FlowModel {
    /// See [`Model::give_up`].
    pub fn give_up(&mut self) {
        if let Some(lost) = self.ledger.take_given_up() {
            self.lost(lost.give_up_at, TransportFailure::Timeout);
        }
    }

    /// See [`Model::send`].
    pub fn send(&mut self, request: &Sent) {
        assert_eq!(self.due, None, "what happened is told first");
        assert!(
            self.ledger.clock >= self.earliest(),
            "sent at {}, {:?} after {:?} is later",
            self.ledger.clock,
            self.least_wait(),
            self.exchange_end
        );
        let stage = match &mut self.state {
            State::NoCodes => Stage::DeviceAuthorization,
            State::Codes(_) => Stage::Token,
            State::Ended(_) => panic!("nothing is sent after the end"),
        };
        self.ledger.lend(request, stage, self.config.timeout());
        if let State::Codes(grant) = &mut self.state {
            assert_eq!(request.url, config::TOKEN_ENDPOINT);
            assert!(!grant.is_paused);
            assert!(self.ledger.clock < grant.deadline, "nothing is sent after the end");
            assert!(request.carries(&grant.device_code));
            grant.last_poll = Some(LastPoll { number: self.ledger.requests, sent_at: self.ledger.clock });
        } else {
            assert_eq!(request.url, config::DEVICE_AUTHORIZATION_ENDPOINT);
            self.first_requests += 1;
            self.nonce = request.parameter("nonce");
            assert!(self.first_requests <= MOST_FIRST_REQUESTS);
        }
    }

    /// See [`Model::event`].
    pub fn event(&mut self, event: &Event) {
        let (due, next) = match event {
            Event::Prompt(prompt) => {
                check::is_presentable("a user code", prompt.user_code());
                check::is_openable(prompt.verification_uri());
                (Due::Prompt, None)
            }
            Event::Pending { next_poll, .. } => (Due::Pending, Some(*next_poll)),
            Event::SlowedDown { interval, next_poll, .. } => {
                assert_eq!(Some(*interval), self.grant().map(|it| it.interval));
                (Due::SlowedDown, Some(*next_poll))
            }
            Event::Retrying { stage, next_attempt, .. } => {
                let expected = match &self.state {
                    State::NoCodes => Stage::DeviceAuthorization,
                    _ => Stage::Token,
                };
                assert_eq!(*stage, expected);
                (Due::Retrying, Some(*next_attempt))
            }
            Event::IdTokenMissing => (Due::IdTokenMissing, None),
            other => panic!("{other:?}"),
        };
        assert_eq!(self.due.take(), Some(due));
        if let Some(next) = next {
            let next = moment(next);
            assert!(next >= self.earliest(), "{next} is too early");
            assert!(self.grant().is_none_or(|it| next <= it.deadline));
        }
    }

    /// See [`Model::wait`].
    pub fn wait(&mut self, until: Moment) {
        assert_eq!(self.due, None, "what happened is told first");
        if let Some(it) = self.ledger.in_flight {
            assert_eq!(until, it.give_up_at, "the answer may come until then");
            return;
        }
        match &self.state {
            State::NoCodes => assert!(until >= self.earliest()),
            State::Codes(grant) => {
                assert!(grant.is_pollable && self.ledger.clock < grant.deadline);
                assert!(until <= grant.deadline, "the end of the code is not slept over");
                assert!(until >= self.earliest());
                assert!(!grant.is_paused || until == grant.deadline);
            }
            State::Ended(_) => panic!("nothing is waited for after the end"),
        }
    }
}

/// Inputs.
impl FlowModel {
    /// The end of an exchange.
    fn end_exchange(&mut self, at: Moment) {
        self.exchange_end = Some(at);
        self.retry_after = Duration::ZERO;
    }

    fn lost(&mut self, at: Moment, failure: TransportFailure) {
        self.end_exchange(at);
        let is_too_large = failure == TransportFailure::BodyTooLarge;
        match &mut self.state {
            State::NoCodes => {
                let is_lasting = match failure {
                    TransportFailure::Tls(_) | TransportFailure::Proxy(None) => true,
                    TransportFailure::Proxy(Some(ProxyCause::Refused { status, .. })) => status / 100 == 4,
                    _ => false,
                };
                if is_too_large || is_lasting || self.first_requests == MOST_FIRST_REQUESTS {
                    return self.end(Ending::Failed);
                }
            }
            State::Codes(_) if is_too_large => return self.end(Ending::Failed),
            State::Codes(grant) => grant.polls.troubled(RetryReason::Transport(failure)),
            State::Ended(_) => return,
        }
        self.due = self.retrying(at);
    }

    /// After the end of the code nothing is tried again.
    fn retrying(&self, at: Moment) -> Option<Due> {
        let is_good = self.grant().is_none_or(|it| at < it.deadline);
        is_good.then_some(Due::Retrying)
    }

    /// See [`Model::fail`].
    pub fn fail(&mut self, number: usize, failure: TransportFailure) -> bool {
        let is_in_time = self.ending().is_none() && self.ledger.take_in_time(number).is_some();
        if is_in_time {
            self.lost(self.ledger.clock, failure);
        }
        is_in_time
    }

    /// See [`Model::answer`]. Whether the flow `has_failed` then is of interest where it is not this model's to judge
    /// what can be shown.
    pub fn answer(&mut self, number: usize, response: &Response<'_>, has_failed: bool) -> bool {
        if self.ending().is_some() {
            return false;
        }
        if let Some(sent) = self.ledger.take_in_time(number) {
            self.end_exchange(self.ledger.clock);
            match &self.state {
                State::NoCodes => self.first_answer(response, has_failed),
                _ => self.poll_answer(response, sent.sent_at),
            }
            return true;
        }
        // What a person granted counts however late it comes, in answer to the last poll.
        let last_poll = self.grant().and_then(|it| it.last_poll);
        let Some(last_poll) = last_poll.filter(|it| it.number == number) else {
            return false;
        };
        let Poll::Granted(tokens) = reading::poll(self.server, *response) else {
            return false;
        };
        self.grant_tokens(tokens, last_poll.sent_at);
        true
    }

    fn poll_answer(&mut self, response: &Response<'_>, sent_at: Moment) {
        let State::Codes(grant) = &mut self.state else {
            return;
        };
        let (due, wait) = match reading::poll(self.server, *response) {
            Poll::Pending(wait) => {
                grant.polls.answered();
                (Due::Pending, wait)
            }
            Poll::SlowedDown(interval, wait) => {
                grant.polls.answered();
                // Beyond the five seconds it is the server's own.
                let more = Duration::from_secs(5);
                let named = Some(interval).filter(|it| *it > Duration::from_secs(1) + more);
                grant.interval = (grant.interval + more).max(named.unwrap_or_default());
                (Due::SlowedDown, wait)
            }
            Poll::Passing(reason, wait) => {
                grant.polls.troubled(reason);
                (Due::Retrying, wait)
            }
            Poll::Granted(tokens) => return self.grant_tokens(tokens, sent_at),
            Poll::Denied => return self.end(Ending::Denied),
            Poll::Expired => {
                grant.polls.answered();
                let ending = Ending::Expired(grant.polls, grant.last_poll);
                return self.end(ending);
            }
            Poll::Failed(_) => return self.end(Ending::Failed),
        };
        self.retry_after = wait;
        self.due = match due {
            Due::Retrying => self.retrying(self.ledger.clock),
            other => Some(other),
        };
    }

    fn first_answer(&mut self, response: &Response<'_>, has_failed: bool) {
        let granted = match reading::codes(self.server, *response) {
            Codes::Granted(granted) => granted,
            Codes::Passing(_) if self.first_requests == MOST_FIRST_REQUESTS => {
                return self.end(Ending::Failed);
            }
            Codes::Passing(wait) => {
                self.due = Some(Due::Retrying);
                self.retry_after = wait;
                return;
            }
            // The address that came with them may be one that can be shown only where `http` is allowed.
            Codes::Expired if !has_failed => {
                return self.end(Ending::Expired(Polls::default(), None));
            }
            Codes::Expired | Codes::Refused(_) => return self.end(Ending::Failed),
        };
        let life = match granted.expires_in() {
            Some(seconds) => Duration::from_secs(positive(Some(seconds))).min(MAX_LIFETIME),
            None => config::default_lifetime(self.choice),
        };
        let is_life_missing = config::is_lifetime_required(self.choice) && granted.expires_in().is_none();
        // Which addresses can be shown is for another target; this one can.
        let is_ours = granted.verification_uri().starts_with("https://as.example/device");
        if is_life_missing || (has_failed && !is_ours) {
            return self.end(Ending::Failed);
        }
        let interval = match positive(granted.interval()) {
            0 => Duration::from_secs(5),
            seconds => Duration::from_secs(seconds).min(MAX_INTERVAL),
        };
        self.due = Some(Due::Prompt);
        self.state = State::Codes(Grant {
            device_code: granted.device_code().expose().to_owned(),
            user_code: granted.user_code().to_owned(),
            interval,
            deadline: self.ledger.clock + millis(life),
            is_paused: false,
            is_pollable: interval < life,
            last_poll: None,
            polls: Polls::default(),
        });
    }

    /// See [`Model::misuse`].
    pub fn misuse(&self, order: Order) -> Option<Misuse> {
        match self.state {
            _ if order == Order::Cancel => None,
            State::NoCodes => Some(Misuse::NotPolling),
            State::Codes(_) => None,
            State::Ended(_) => Some(Misuse::Finished),
        }
    }

    /// See [`Model::obey`].
    pub fn obey(&mut self, order: Order) {
        match (&mut self.state, order) {
            (State::Ended(_), _) => {}
            (_, Order::Cancel) => self.end(Ending::Cancelled),
            (State::Codes(grant), _) => grant.is_paused = order == Order::Pause,
            (State::NoCodes, _) => panic!("there is nothing to pause"),
        }
    }

    /// Puts a flow aside and takes it up again; see [`Model::suspend`].
    pub fn suspend(&mut self, flow: &DeviceFlow, now: Timestamp, away: Duration, told: Duration) -> Option<DeviceFlow> {
        let suspended = flow.suspend(now);
        if let Some(misuse) = self.misuse(Order::Pause) {
            assert_eq!(suspended.err(), Some(misuse));
            return None;
        }
        let pending = suspended.expect("a flow with codes");
        check::debug_is_silent(&pending, &[planted::DEVICE_CODE, planted::NONCE]);
        let json = pending.to_json();
        let read = PendingFlow::from_json(json.expose()).expect("what was written can be read");
        assert_eq!(read.to_json().expose(), json.expose());
        self.ledger.look_at_clock(moment(now));
        let State::Codes(grant) = &mut self.state else {
            panic!("there is nothing to resume");
        };
        assert_eq!(read.is_paused(), grant.is_paused);
        // An attempt under way is written off and holds the next one back as if it were given up in its time.
        if let Some(it) = self.ledger.in_flight {
            let timeout = RetryReason::Transport(TransportFailure::Timeout);
            grant.polls.troubled(timeout);
            self.exchange_end = Some(it.give_up_at);
            self.retry_after = Duration::ZERO;
        }
        let start = moment(RESUMED_AT);
        let shift = start - self.ledger.clock - millis(away);
        self.exchange_end = self.exchange_end.map(|it| it + shift);
        let remaining = (grant.deadline - self.ledger.clock).max(0);
        assert_eq!(millis(read.remaining()), remaining);
        grant.deadline = start + (remaining - millis(told)).max(0);
        grant.last_poll = None;
        self.due = None;
        self.ledger = Ledger::new(start);
        let config = self.config.clone();
        let resumed = DeviceFlow::resume(config, read, told, RESUMED_AT);
        Some(resumed.expect("the same client and server"))
    }

    /// See [`Model::agree`].
    pub fn agree(&self, flow: &DeviceFlow, now: Timestamp) {
        let grant = self.grant();
        assert_eq!(flow.interval(), grant.map(|it| it.interval));
        assert_eq!(flow.expires_at().map(moment), grant.map(|it| it.deadline));
        assert_eq!(flow.is_paused(), self.is_paused());
        let due = flow.next_poll().map(moment);
        let is_due = grant.is_some() && self.ledger.in_flight.is_none();
        assert_eq!(due.is_some(), is_due);
        assert!(due.is_none_or(|it| it >= self.earliest()));
        match (self.ending(), flow.outcome()) {
            (Some(ending), Some(outcome)) => {
                assert!(ending.is(outcome), "{ending:?} and {outcome:?}");
            }
            (None, None) => {}
            (ending, outcome) => panic!("{ending:?} and {outcome:?}"),
        }
        let prompt = flow.prompt(now);
        assert_eq!(prompt.as_ref().map(Prompt::user_code), grant.map(|it| it.user_code.as_str()));
    }
}

impl Model for FlowModel {
    type Machine = DeviceFlow;

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

    fn event(&mut self, event: &Event, _: &DeviceFlow, _: &[&str]) {
        self.event(event);
    }

    fn wait(&mut self, until: Moment) {
        self.wait(until);
    }

    fn done(&mut self) {
        if self.ending().is_none() {
            self.run_out();
        }
        assert_eq!(self.due, None, "what happened is told first");
    }

    fn answer(&mut self, number: usize, response: &Response<'_>, flow: &DeviceFlow) -> bool {
        let has_failed = matches!(flow.outcome(), Some(Outcome::Failed(_)));
        self.answer(number, response, has_failed)
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

    /// There is nothing to refresh yet.
    fn demand(&mut self, _: &mut DeviceFlow, _: Timestamp, _: bool) -> Demanded {
        Demanded::Nothing
    }

    fn suspend(&mut self, flow: &DeviceFlow, now: Timestamp, away: Duration, told: Duration) -> Option<DeviceFlow> {
        self.suspend(flow, now, away, told)
    }

    fn confided(&self) -> Vec<String> {
        let mut all = vec![planted::CLIENT_SECRET.to_owned()];
        all.extend(self.nonce.clone());
        if let Some(grant) = self.grant() {
            all.push(grant.user_code.clone());
            all.push(grant.device_code.clone());
        }
        all
    }

    fn runs_out_at(&self) -> Option<Moment> {
        self.grant().map(|it| it.deadline)
    }

    fn has_ended(&self) -> bool {
        self.ending().is_some()
    }

    fn agree(&self, flow: &DeviceFlow, now: Timestamp) {
        self.agree(flow, now);
        if let Some(Outcome::Failed(failure)) = flow.outcome() {
            check::failure_is_fit(failure, &[planted::CLIENT_SECRET]);
        }
    }
}

fn positive(seconds: Option<i64>) -> u64 {
    seconds.and_then(|it| u64::try_from(it).ok()).unwrap_or(0)
}
