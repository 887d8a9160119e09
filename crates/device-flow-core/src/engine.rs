//! The one engine that every machine runs on: the clock, the request under way, when the next one is due.
//!
//! A machine is an [`Engine`] and [`Rules`] over states of its own. The engine decides what time it is, whether an answer
//! comes in time, late or out of nowhere, and when a request is given up; the rules decide what that means.

use crate::machine::{Input, Misuse, Output};
use crate::pacing;
use crate::request::{Request, RequestId};
use crate::response::Response;
use crate::time::Timestamp;
use crate::transport_failure::TransportFailure;
use crate::trouble::RetryReason;
use core::time::Duration;

/// What time it is, and where a machine stands with the request that it makes again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    /// The latest time that was told: it never goes back.
    clock: Timestamp,
    attempt: Attempt,
    /// When the request that was lent last was sent.
    sent_at: Timestamp,
    last_id: u64,
    /// The first request to which an answer that grants something would still be news; 0 when there is none.
    open_from: u64,
    /// When that was sent.
    opened_at: Timestamp,
    /// Whether all attempts until a grant are one request made again: each may bring the answer.
    is_one_request: bool,
    /// Attempts in a row that brought nothing.
    pub(crate) failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    Due(Timestamp),
    /// Lent, and given up at this moment when nothing has come by then.
    InFlight(Timestamp),
}

/// A request that is to be lent: its id, and how long to wait for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lent {
    pub(crate) id: RequestId,
    pub(crate) timeout: Duration,
}

/// How an answer arrived, and when its request was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival {
    InTime(Timestamp),
    /// After its request was given up or answered otherwise, and before another one was lent. A grant counts, nothing
    /// else does.
    Late(Timestamp),
}

/// What the rules of a machine want, the request in flight aside.
#[derive(Debug)]
pub(crate) enum Turn<E> {
    Tell(E),
    /// Ask as soon as it is due, and wait this long for the answer; come back at this moment in any case.
    Ask(Duration, Timestamp),
    /// Send nothing before this moment.
    Rest(Timestamp),
    Done,
}

/// What a machine decides that `poll_output` is to lend or to tell.
#[derive(Debug)]
pub(crate) enum Next<E> {
    Tell(E),
    Send(Lent),
    Wait(Timestamp),
    Done,
}

/// What a caller wants of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Pause,
    Resume,
    Cancel,
}

/// What makes a machine of an engine.
pub(crate) trait Rules {
    type Event;

    fn engine(&mut self) -> &mut Engine;

    /// Whether the machine has come to its end, though there may be something left to tell.
    fn is_over(&self) -> bool;

    /// What there is to do at `now`. Nothing is in flight that should have been answered by then.
    fn turn(&mut self, now: Timestamp) -> Turn<Self::Event>;

    /// The request of the present state; `None` when it has none.
    fn request(&self, lent: Lent) -> Option<Request<'_>>;

    /// Takes an answer. The exchange is over when it came in time; of one that came late, only a grant may be taken.
    fn on_answer(&mut self, now: Timestamp, arrival: Arrival, response: &Response<'_>);

    /// Takes note that the request in flight came to nothing `at` this moment.
    fn on_failure(&mut self, at: Timestamp, failure: TransportFailure);

    /// Obeys, or says why not. Never asked for after the end.
    fn on_order(&mut self, now: Timestamp, order: Order) -> Result<(), Misuse>;
}

/// Decides what comes next.
#[inline]
pub(crate) fn advance<R: Rules>(rules: &mut R, now: Timestamp) -> Next<R::Event> {
    let now = rules.engine().tick(now);
    loop {
        if let Some(given_up_at) = rules.engine().give_up(now) {
            if !rules.is_over() {
                // What follows counts from the moment the attempt was given up, however late somebody asks.
                rules.on_failure(given_up_at, TransportFailure::Timeout);
                continue;
            }
        }
        let turn = rules.turn(now);
        let engine = rules.engine();
        return match (turn, engine.attempt) {
            (Turn::Tell(event), _) => Next::Tell(event),
            (Turn::Done, _) => Next::Done,
            (Turn::Ask(_, wake_at) | Turn::Rest(wake_at), Attempt::InFlight(until)) => Next::Wait(wake_at.min(until)),
            (Turn::Rest(wake_at), Attempt::Due(_)) => Next::Wait(wake_at),
            (Turn::Ask(_, wake_at), Attempt::Due(at)) if now < at => Next::Wait(wake_at.min(at)),
            (Turn::Ask(timeout, _), Attempt::Due(_)) => Next::Send(engine.lend(timeout)),
        };
    }
}

/// A moment that never comes.
pub(crate) const NEVER: Timestamp = Timestamp::from_millis(u64::MAX);

/// When a machine that waits for its caller, and for no moment, asks to be woken: at the next full hour of the driver's
/// clock, so that asking twice is told the same.
pub(crate) fn idle(now: Timestamp) -> Timestamp {
    const HOUR: u64 = 60 * 60 * 1_000;
    let hours = now.as_millis().div_euclid(HOUR).saturating_add(1);
    Timestamp::from_millis(hours.saturating_mul(HOUR))
}

/// [`Machine::poll_output`](crate::Machine::poll_output) of every machine.
pub(crate) fn poll_output<R: Rules>(rules: &mut R, now: Timestamp) -> Output<'_, R::Event> {
    match advance(rules, now) {
        Next::Tell(event) => Output::Event(event),
        Next::Wait(until) => Output::WaitUntil(until),
        Next::Done => Output::Done,
        Next::Send(lent) => rules.request(lent).map_or(Output::Done, Output::Send),
    }
}

/// [`Machine::handle_input`](crate::Machine::handle_input) of every machine.
pub(crate) fn handle_input<R: Rules>(rules: &mut R, now: Timestamp, input: &Input<'_>) -> Result<(), Misuse> {
    let clock = rules.engine().clock;
    let now = rules.engine().tick(now);
    let taken = take_in(rules, now, input);
    if taken.is_err() {
        // A refused input does not even tell the time.
        rules.engine().clock = clock;
    }
    taken
}

fn take_in<R: Rules>(rules: &mut R, now: Timestamp, input: &Input<'_>) -> Result<(), Misuse> {
    let order = match *input {
        Input::Response(id, ref response) => {
            let arrival = rules.engine().arrival(now, id)?;
            if let Some(arrival) = arrival.filter(|_| !rules.is_over()) {
                if let Arrival::InTime(_) = arrival {
                    rules.engine().schedule(now);
                }
                rules.on_answer(now, arrival, response);
            }
            return Ok(());
        }
        Input::Failure(id, failure) => {
            let arrival = rules.engine().arrival(now, id)?;
            if let Some(Arrival::InTime(_)) = arrival.filter(|_| !rules.is_over()) {
                rules.engine().schedule(now);
                rules.on_failure(now, failure);
            }
            return Ok(());
        }
        Input::Pause => Order::Pause,
        Input::Resume => Order::Resume,
        Input::Cancel => Order::Cancel,
    };
    match order {
        Order::Cancel if rules.is_over() => Ok(()),
        _ if rules.is_over() => Err(Misuse::Finished),
        order => rules.on_order(now, order),
    }
}

impl Engine {
    /// The first attempt is due at once; the clock stands at `now`.
    pub(crate) const fn starting(now: Timestamp) -> Self {
        Self {
            clock: now,
            attempt: Attempt::Due(now),
            sent_at: now,
            last_id: 0,
            open_from: 0,
            opened_at: now,
            is_one_request: false,
            failures: 0,
        }
    }

    /// All attempts until a grant are one request made again.
    pub(crate) const fn of_one_request(mut self) -> Self {
        self.is_one_request = true;
        self
    }

    /// Ids go on from another machine's, of which nothing is awaited any more, and so does time.
    pub(crate) const fn following(mut self, other: &Self) -> Self {
        self.last_id = other.last_id;
        self
    }

    pub(crate) const fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Time never goes back: an earlier `now` counts as the latest one.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.clock = self.clock.max(now);
        self.clock
    }

    /// Makes the next attempt due. Whatever was in flight is over, though a grant may still come late.
    pub(crate) const fn schedule(&mut self, at: Timestamp) {
        self.attempt = Attempt::Due(at);
    }

    /// No answer to what was lent so far is of interest: what it was for has been granted.
    pub(crate) const fn close(&mut self) {
        self.open_from = 0;
    }

    /// The same for all but the last of it, which is in flight and may bring news of news.
    pub(crate) const fn close_before_last(&mut self) {
        self.open_from = self.last_id;
        self.opened_at = self.sent_at;
    }

    /// When the next attempt is due; `None` while one is in flight.
    pub(crate) const fn due_at(&self) -> Option<Timestamp> {
        match self.attempt {
            Attempt::Due(at) => Some(at),
            Attempt::InFlight(_) => None,
        }
    }

    /// When the request in flight is given up; `None` when there is none.
    pub(crate) const fn give_up_at(&self) -> Option<Timestamp> {
        match self.attempt {
            Attempt::InFlight(until) => Some(until),
            Attempt::Due(_) => None,
        }
    }

    /// Schedules another attempt of a request that somebody waits for, and says when; `None` when that was done often
    /// enough.
    pub(crate) fn try_again(
        &mut self,
        at: Timestamp,
        reason: RetryReason,
        retry_after: Option<Duration>,
        most: u32,
    ) -> Option<Timestamp> {
        let wait = pacing::retry(self.failures, most, reason, retry_after)?;
        let next_attempt = at.saturating_add(wait);
        self.count_failure();
        self.schedule(next_attempt);
        Some(next_attempt)
    }

    pub(crate) const fn count_failure(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    fn lend(&mut self, timeout: Duration) -> Lent {
        self.last_id = self.last_id.saturating_add(1);
        self.sent_at = self.clock;
        if self.open_from == 0 || !self.is_one_request {
            self.open_from = self.last_id;
            self.opened_at = self.clock;
        }
        self.attempt = Attempt::InFlight(self.clock.saturating_add(timeout));
        Lent { id: RequestId::new(self.last_id), timeout }
    }

    /// Ends an attempt whose time is over, and says when that was.
    fn give_up(&mut self, now: Timestamp) -> Option<Timestamp> {
        let until = self.give_up_at().filter(|it| now >= *it)?;
        self.schedule(until);
        Some(until)
    }

    /// Whether a request with this id was lent.
    pub(crate) const fn has_lent(&self, id: RequestId) -> bool {
        id.as_u64() <= self.last_id
    }

    /// How an answer to the request with this id arrives; `None` when it is of no interest to anybody.
    pub(crate) fn arrival(&self, now: Timestamp, id: RequestId) -> Result<Option<Arrival>, Misuse> {
        let id = id.as_u64();
        if id == 0 || id > self.last_id {
            return Err(Misuse::UnknownRequest);
        }
        if self.open_from == 0 || id < self.open_from {
            return Ok(None);
        }
        Ok(Some(match self.attempt {
            Attempt::InFlight(until) if id == self.last_id && now < until => Arrival::InTime(self.sent_at),
            // Of several attempts nobody can tell which one a late answer is for: the first errs to the safe side.
            _ => Arrival::Late(self.opened_at),
        }))
    }
}
