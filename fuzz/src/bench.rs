//! A driver that does anything to a machine, in any order, and holds it to a model.

use core::fmt::Debug;
use core::time::Duration;

use device_flow_core::{Input, Machine, Misuse, RequestId, Response, Stage, Timestamp, TransportFailure};

use crate::check::{self, planted};
use crate::drive::{self, MAX_OUTPUTS, Seen, Sent};
use crate::ids;
use crate::operation::{self, Advance, Operation, Which};
use crate::server;

/// Longer sequences tell nothing new.
const MAX_OPERATIONS: usize = 200;
/// Two thousand years in milliseconds.
const HUGE: i128 = 2_000 * 365 * 24 * 60 * 60 * 1_000;
/// Beyond this moment the arithmetic of timestamps saturates, which is another promise.
pub const END_OF_TIME: i128 = (u64::MAX / 2) as i128;
/// Where the driver's clock stands at the beginning.
pub const START: Timestamp = Timestamp::from_millis(1_000_000);
/// Where the clock of the driver stands that takes something up again.
pub const RESUMED_AT: Timestamp = Timestamp::from_millis(5_000);

/// A moment in milliseconds on the driver's present clock. It may lie before the beginning of that.
pub type Moment = i128;

/// A moment as models count.
pub fn moment(at: Timestamp) -> Moment {
    at.as_millis().into()
}

/// A moment so much later, as far as the clock goes.
pub fn later(at: Moment, by: Duration) -> Moment {
    at.saturating_add(millis(by)).min(u64::MAX.into())
}

/// A duration in milliseconds, rounded up.
pub fn millis(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos().div_ceil(1_000_000)).expect("a duration fits")
}

/// What every model keeps of the time and of the requests.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The latest reading of the driver's clock.
    pub clock: Moment,
    /// How many requests this machine has made.
    pub requests: usize,
    /// The request under way.
    pub in_flight: Option<InFlight>,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub struct InFlight {
    /// Its number.
    pub number: usize,
    /// When it was lent.
    pub sent_at: Moment,
    /// When it is given up.
    pub give_up_at: Moment,
}

impl Ledger {
    /// Nothing has been asked for yet.
    pub const fn new(clock: Moment) -> Self {
        Self { clock, requests: 0, in_flight: None }
    }

    /// Whether time has passed since the last reading.
    pub fn look_at_clock(&mut self, now: Moment) -> bool {
        let is_later = now > self.clock;
        self.clock = self.clock.max(now);
        is_later
    }

    /// Takes note of a request.
    pub fn lend(&mut self, request: &Sent, stage: Stage, timeout: Duration) {
        assert!(self.in_flight.is_none(), "one request at a time");
        assert_eq!(request.stage, stage);
        assert_eq!(request.timeout, timeout, "the whole of its time");
        self.requests += 1;
        assert_eq!(request.id, ids::id(self.requests), "ids go on");
        self.in_flight =
            Some(InFlight { number: self.requests, sent_at: self.clock, give_up_at: later(self.clock, timeout) });
    }

    /// Whether a request of this number is under way, and its time is not over yet.
    pub fn awaits(&self, number: usize, now: Moment) -> bool {
        let clock = self.clock.max(now);
        self.in_flight.is_some_and(|it| it.number == number && clock < it.give_up_at)
    }

    /// Takes the request under way out when this is its number and its time is not over yet.
    pub fn take_in_time(&mut self, number: usize) -> Option<InFlight> {
        let clock = self.clock;
        self.in_flight.take_if(|it| it.number == number && clock < it.give_up_at)
    }

    /// Takes the request under way out when its time is over.
    pub fn take_given_up(&mut self) -> Option<InFlight> {
        let clock = self.clock;
        self.in_flight.take_if(|it| clock >= it.give_up_at)
    }
}

/// What a caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// [`Input::Pause`].
    Pause,
    /// [`Input::Resume`].
    Resume,
    /// [`Input::Cancel`].
    Cancel,
}

/// What came of a demand for a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demanded {
    /// Nothing: there is nothing to refresh, or it is being refreshed already.
    Nothing,
    /// A refresh has begun.
    Begun,
    /// A new code is asked for, at whatever time it is.
    StartedOver,
}

impl Demanded {
    /// Whether a refresh has begun; a misuse changes nothing.
    pub fn of(expected: Result<bool, Misuse>) -> Self {
        match expected {
            Ok(true) => Self::Begun,
            Ok(false) | Err(_) => Self::Nothing,
        }
    }
}

/// What has to come of what happens to a machine.
pub trait Model {
    /// The machine.
    type Machine: Machine<Event: Debug> + Debug;

    /// The time and the requests.
    fn ledger(&self) -> &Ledger;
    /// The same, to take note of something.
    fn ledger_mut(&mut self) -> &mut Ledger;

    /// Before anything is asked for: a request whose time is over has come to nothing then, however late somebody asks.
    fn give_up(&mut self);
    /// A request is made.
    fn send(&mut self, request: &Sent);
    /// Something is told.
    fn event(&mut self, event: &<Self::Machine as Machine>::Event, machine: &Self::Machine, secrets: &[&str]);
    /// Nothing is to be done before this moment.
    fn wait(&mut self, until: Moment);
    /// Nothing is to be done any more.
    fn done(&mut self);

    /// An answer has come, and the machine has taken it; whether it may have changed anything.
    fn answer(&mut self, number: usize, response: &Response<'_>, machine: &Self::Machine) -> bool;
    /// A request has come to nothing; whether that may have changed anything.
    fn fail(&mut self, number: usize, failure: TransportFailure) -> bool;
    /// Why an order makes no sense now.
    fn misuse(&self, order: Order) -> Option<Misuse>;
    /// An order is obeyed.
    fn obey(&mut self, order: Order);
    /// A refresh is demanded. Says what has to come of it and checks that it does.
    fn demand(&mut self, machine: &mut Self::Machine, now: Timestamp, is_narrow: bool) -> Demanded;
    /// Puts the machine aside, as JSON, and takes it up again at [`RESUMED_AT`], after a time `away` of which the new one is
    /// `told` a part; `None` when it cannot be put aside now.
    fn suspend(
        &mut self,
        machine: &Self::Machine,
        now: Timestamp,
        away: Duration,
        told: Duration,
    ) -> Option<Self::Machine>;

    /// What the server has been told in confidence.
    fn confided(&self) -> Vec<String>;
    /// When the code or the token runs out.
    fn runs_out_at(&self) -> Option<Moment>;
    /// Whether the end has come, though there may be something left to tell.
    fn has_ended(&self) -> bool;
    /// What can be looked at agrees.
    fn agree(&self, machine: &Self::Machine, now: Timestamp);
}

/// The driver, the machine and the model.
pub struct Bench<M: Model> {
    /// The machine.
    pub machine: M::Machine,
    /// What it is held to.
    pub model: M,
    /// The driver's clock; the model knows only the latest of its readings.
    pub now: Moment,
    /// What the machine last waited for.
    pub wake: Moment,
    /// Outputs since time passed or something was told.
    outputs: usize,
    /// Texts that may never be shown. Empty once a server has put one of them where it is public.
    secrets: Vec<&'static str>,
}

impl<M: Model> Bench<M> {
    /// A bench at [`START`].
    pub fn new(machine: M::Machine, model: M) -> Self {
        let now = moment(START);
        Self { machine, model, now, wake: now, outputs: 0, secrets: planted::SECRETS.to_vec() }
    }

    /// Does all that the bytes say.
    pub fn run(&mut self, data: &[u8]) {
        for operation in operation::all(data, MAX_OPERATIONS) {
            self.apply(&operation);
        }
    }

    /// Does one thing, and looks at what it has come to.
    pub fn apply(&mut self, operation: &Operation<'_>) {
        match operation {
            Operation::Ask => drop(self.ask()),
            Operation::Settle => self.settle(),
            Operation::Advance(advance) => self.advance(*advance),
            Operation::Answer(which, class) => {
                let confided = self.model.confided();
                let reply = server::reply(*class, &confided);
                let response = Response::new(reply.status, reply.body.as_bytes());
                let response = response.header("retry-after", reply.retry_after.as_bytes());
                self.respond(*which, &response);
            }
            Operation::Raw(which, status, body) => {
                if planted::may_be_in(body) {
                    self.secrets.clear();
                }
                self.respond(*which, &Response::new(*status, body));
            }
            Operation::Fail(which, failure) => {
                let input = |id| Input::Failure(id, *failure);
                self.tell(*which, input, |model, number, _| model.fail(number, *failure));
            }
            Operation::Pause => self.order(Order::Pause),
            Operation::Resume => self.order(Order::Resume),
            Operation::Cancel => self.order(Order::Cancel),
            Operation::Suspend { away, is_told } => self.suspend(*away, *is_told),
            Operation::Demand { is_narrow } => self.demand(*is_narrow),
        }
        self.model.agree(&self.machine, self.time());
        assert_eq!(self.machine.is_done(), self.model.has_ended());
    }

    /// Asks until there is nothing to do now.
    pub fn settle(&mut self) {
        while self.ask() {}
    }

    /// The end is for ever, and there is nothing to be done about it.
    pub fn stays_ended(&mut self) {
        for operation in [
            Operation::Settle,
            Operation::Pause,
            Operation::Advance(Advance::Huge),
            Operation::Resume,
            Operation::Cancel,
            Operation::Settle,
        ] {
            self.apply(&operation);
            assert!(self.machine.is_done());
        }
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.now).expect("a moment of the driver's clock"))
    }

    /// Something was told at this moment.
    fn told(&mut self) {
        self.outputs = 0;
        self.model.ledger_mut().look_at_clock(self.now);
    }

    /// Whether there may be more to do now.
    fn ask(&mut self) -> bool {
        let is_later = self.model.ledger_mut().look_at_clock(self.now);
        self.outputs = if is_later { 1 } else { self.outputs + 1 };
        self.model.give_up();
        let now = self.time();
        match drive::ask(&mut self.machine, now, &self.secrets) {
            Seen::Send(request) => self.model.send(&request),
            Seen::Event(event) => self.model.event(&event, &self.machine, &self.secrets),
            Seen::Wait(until) => {
                self.wake = moment(until);
                assert!(self.wake > self.model.ledger().clock);
                self.model.wait(self.wake);
                self.asking_again_changes_nothing(Some(until));
                return false;
            }
            Seen::Done => {
                self.model.done();
                self.asking_again_changes_nothing(None);
                return false;
            }
        }
        assert!(self.outputs <= MAX_OUTPUTS, "outputs without end");
        true
    }

    fn asking_again_changes_nothing(&mut self, expected: Option<Timestamp>) {
        self.outputs = 0;
        let before = self.shown();
        let now = self.time();
        let again = match drive::ask(&mut self.machine, now, &self.secrets) {
            Seen::Wait(until) => Some(until),
            Seen::Done => None,
            other => panic!("{other:?} after {expected:?}"),
        };
        assert_eq!(again, expected);
        assert_eq!(before, self.shown());
    }

    fn advance(&mut self, advance: Advance) {
        let end = self.model.runs_out_at().unwrap_or(self.now);
        let now = match advance {
            Advance::Millis(by) => self.now + i128::from(by),
            Advance::Seconds(by) => self.now + i128::from(by) * 1_000,
            Advance::ToWait => self.now.max(self.wake),
            Advance::AlmostToWait => self.now.max(self.wake - 1),
            Advance::ToEnd => self.now.max(end),
            Advance::AlmostToEnd => self.now.max(end - 1),
            Advance::Huge => self.now + HUGE,
            Advance::Back(by) => self.now - i128::from(by) * 1_000,
        };
        self.now = now.clamp(0, END_OF_TIME);
    }

    fn respond(&mut self, which: Which, response: &Response<'_>) {
        let input = |id| Input::Response(id, *response);
        self.tell(which, input, |model, number, machine| model.answer(number, response, machine));
    }

    /// Tells something about a request; `judge` says whether that may have changed anything.
    fn tell<'a>(
        &mut self,
        which: Which,
        input: impl FnOnce(RequestId) -> Input<'a>,
        judge: impl FnOnce(&mut M, usize, &M::Machine) -> bool,
    ) {
        let latest = self.model.ledger().requests;
        let number = match which {
            Which::Latest => latest,
            Which::Late(before) => latest.saturating_sub(usize::from(before)),
            Which::Foreign(after) => latest + usize::from(after),
        };
        if number == 0 || number > ids::MOST {
            return;
        }
        let input = input(ids::id(number));
        if number > latest {
            return self.misuse(input, Misuse::UnknownRequest);
        }
        // What comes in time is news, and need not be looked at before.
        let is_awaited = !self.model.has_ended() && self.model.ledger().awaits(number, self.now);
        let before = (!is_awaited).then(|| self.shown());
        assert_eq!(self.machine.handle_input(self.time(), input), Ok(()));
        self.told();
        let is_news = judge(&mut self.model, number, &self.machine);
        if let Some(before) = before.filter(|_| !is_news) {
            assert_eq!(before, self.shown(), "what is no news changes nothing");
        }
    }

    /// The machine without its clock, which an input may set whatever else it does.
    fn shown(&self) -> String {
        let shown = format!("{:?}", self.machine);
        check::is_silent(&shown, &self.secrets);
        let mut parts = shown.split("clock: Timestamp(");
        let mut masked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.split_once(')').map_or(part, |(_, rest)| rest);
            masked.push_str(rest);
        }
        masked
    }

    fn misuse(&mut self, input: Input<'_>, expected: Misuse) {
        let before = format!("{:?}", self.machine);
        let misuse = self.machine.handle_input(self.time(), input);
        assert_eq!(misuse, Err(expected));
        let after = format!("{:?}", self.machine);
        assert_eq!(before, after, "a misuse changes nothing");
        self.outputs = 0;
    }

    fn order(&mut self, order: Order) {
        let input = match order {
            Order::Pause => Input::Pause,
            Order::Resume => Input::Resume,
            Order::Cancel => Input::Cancel,
        };
        if let Some(misuse) = self.model.misuse(order) {
            return self.misuse(input, misuse);
        }
        assert_eq!(self.machine.handle_input(self.time(), input), Ok(()));
        self.told();
        self.model.obey(order);
    }

    fn demand(&mut self, is_narrow: bool) {
        let before = self.shown();
        let now = self.time();
        match self.model.demand(&mut self.machine, now, is_narrow) {
            Demanded::Nothing => assert_eq!(before, self.shown()),
            Demanded::Begun => self.told(),
            Demanded::StartedOver => {}
        }
        self.outputs = 0;
    }

    fn suspend(&mut self, away: u16, is_told: bool) {
        let away = Duration::from_secs(away.into());
        let told = if is_told { away } else { Duration::ZERO };
        let now = self.time();
        if let Some(machine) = self.model.suspend(&self.machine, now, away, told) {
            self.machine = machine;
            self.now = moment(RESUMED_AT);
            self.wake = self.now;
            self.outputs = 0;
        }
    }
}
