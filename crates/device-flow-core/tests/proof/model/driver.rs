//! One driver for every machine, which checks all that can be said of any of them.

use std::fmt::Debug;
use std::sync::LazyLock;
use std::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Input, Machine, Misuse, Output, RequestId, Response, Stage, Timestamp, TransportFailure,
};

use super::hiding::{hides_secrets, masked, secrets_of};
use super::operation::{Operation, Which};
use super::promise::{Consequence, Promise};
use super::subject::Subject;
use crate::answer::Answer;

/// The most outputs that are not waits between two moments, inputs aside.
const MOST_OUTPUTS: usize = 4;
/// Where a driver's clock stands at the beginning.
const START: Timestamp = Timestamp::from_millis(1_000_000);

/// Ids that no machine under test has lent.
static FOREIGN: LazyLock<RequestId> = LazyLock::new(|| {
    let config = Config::new("tv", "https://as.example/d", "https://as.example/t");
    let mut flow = DeviceFlow::new(config).unwrap();
    let codes = br#"{"device_code":"d","user_code":"u","verification_uri":"https://as.example","interval":1,"expires_in":86400}"#;
    let mut now = Timestamp::ZERO;
    let mut polls = 0;
    loop {
        match flow.poll_output(now) {
            Output::Send(request) => {
                let id = request.id();
                let body: &[u8] = match request.stage() {
                    Stage::Token => br#"{"error":"authorization_pending"}"#,
                    _ => codes,
                };
                polls += 1;
                if polls == 5_000 {
                    return id;
                }
                flow.handle_input(now, Input::Response(id, Response::new(200, body))).unwrap();
            }
            Output::WaitUntil(until) => now = until,
            Output::Event(_) => {}
            Output::Done => panic!("{:?}", flow.outcome()),
        }
    }
});

pub(crate) struct Driver<S> {
    pub(super) machine: S,
    /// What the driver believes the time to be, which may be earlier than what it said before.
    pub(super) now: Timestamp,
    pub(super) promise: Promise,
    pub(super) lent: Vec<RequestId>,
    /// What the server was told in confidence with the last request.
    pub(super) heard: String,
    pub(super) told_to_wait: Option<Timestamp>,
    pub(super) outputs: usize,
    /// What time it was before it was told last.
    pub(super) clock_before: Timestamp,
    pub(super) has_cancelled: bool,
    /// Whether all is checked that takes long: what is shown, and that nothing changes that must not.
    pub(crate) is_thorough: bool,
    pub(super) ending: Option<String>,
}

impl<S: Subject> Driver<S> {
    pub(crate) fn new() -> Self {
        Self {
            is_thorough: true,
            machine: S::start(START),
            now: START,
            promise: Promise::new(S::first_clock(START)),
            clock_before: S::first_clock(START),
            lent: Vec::new(),
            heard: String::new(),
            told_to_wait: None,
            outputs: 0,
            has_cancelled: false,
            ending: None,
        }
    }

    pub(crate) fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Ask => drop(self.ask()),
            Operation::GoOn => self.go_on(),
            Operation::Advance(span) => self.sleep_to(self.now.saturating_add(span)),
            Operation::SleepAbout(offset) => {
                let Some(told) = self.told_to_wait else {
                    return;
                };
                let millis = told.as_millis().saturating_add_signed(i64::from(offset));
                self.sleep_to(Timestamp::from_millis(millis).max(self.now));
            }
            Operation::Back(span) => self.now = self.now.saturating_sub(span),
            Operation::Answer(which, answer) => self.answer(which, &answer),
            Operation::Serve(answer) => {
                if let Some(stage) = self.promise.in_flight.map(|it| it.stage) {
                    self.answer(Which::Latest, &answer.fitting(stage));
                }
            }
            Operation::Fail(which, failure) => self.fail(which, failure),
            Operation::Pause => drop(self.input(Input::Pause)),
            Operation::Resume => {
                let starts_over = self.machine.offers_a_code();
                if self.input(Input::Resume).is_ok() && starts_over {
                    self.promise.on_move();
                }
            }
            Operation::Cancel => {
                assert_eq!(self.input(Input::Cancel), Ok(()), "always accepted");
                self.has_cancelled = true;
                if self.machine.is_done() {
                    self.promise.on_move();
                }
                self.must_be_done();
            }
            Operation::Suspend(away) => self.suspend(away),
            Operation::Refresh(is_narrower) => self.refresh(is_narrower),
            Operation::Restart => {
                if self.machine.restart() {
                    self.promise.on_restart();
                    self.ending = None;
                    self.outputs = 0;
                }
            }
        }
    }

    pub(super) fn sleep_to(&mut self, moment: Timestamp) {
        // The end of the clock's range is no moment to live in.
        self.now = moment.min(Timestamp::from_millis(1 << 62));
    }

    fn tell_time(&mut self) {
        self.clock_before = self.promise.clock;
        if self.now > self.promise.clock {
            self.outputs = 0;
        }
        self.promise.tell_time(self.now);
    }

    /// Asks once; the moment to wait for, if that is the answer.
    pub(super) fn ask(&mut self) -> Option<Timestamp> {
        self.tell_time();
        self.promise.before_asking();
        let is_over = self.is_thorough && self.machine.ending().is_some();
        let is_thorough = self.is_thorough;
        let show = |it: &dyn Debug| {
            if is_thorough { format!("{it:?}") } else { String::new() }
        };
        let shown;
        match self.machine.poll_output(self.now) {
            Output::Send(request) => {
                shown = show(&request);
                assert!(!is_over, "a request after the end: {shown}");
                self.promise.on_request(&request);
                self.heard = secrets_of(&request);
                self.lent.push(request.id());
                self.told_to_wait = None;
            }
            Output::Event(event) => {
                shown = show(&event);
                self.machine.check_event(&event, &self.promise);
            }
            Output::WaitUntil(until) => {
                assert!(until > self.promise.clock, "a wait until {until:?} at {:?}", self.promise.clock);
                assert!(self.ending.is_none(), "a wait after the end");
                self.told_to_wait = Some(until);
                let before = self.masked();
                assert!(
                    matches!(self.machine.poll_output(self.now), Output::WaitUntil(again) if again == until),
                    "another wait at the same moment"
                );
                assert_eq!(self.masked(), before, "asking changed something");
                return Some(until);
            }
            Output::Done => {
                self.end();
                return None;
            }
        }
        hides_secrets(&shown);
        assert!(self.ending.is_none(), "after the end: {shown}");
        self.outputs += 1;
        assert!(self.outputs <= MOST_OUTPUTS, "no end of outputs: {shown}");
        None
    }

    /// The end was told; it is for ever, and always the same.
    fn end(&mut self) {
        let cancelled = self.has_cancelled.then(|| "cancelled".to_owned());
        let ending = self.machine.ending().or(cancelled);
        let ending = ending.expect("done without an end");
        assert!(self.ending.as_ref().is_none_or(|it| *it == ending), "another end");
        self.ending = Some(ending);
    }

    fn go_on(&mut self) {
        for _ in 0..20 {
            let waits = self.ask();
            if self.promise.in_flight.is_some() || self.ending.is_some() {
                return;
            }
            if let Some(until) = waits {
                self.sleep_to(until);
            }
        }
    }

    /// The id that is meant, and whether it is none that this machine has lent.
    fn id(&self, which: Which) -> Option<(RequestId, bool)> {
        match which {
            Which::Latest => self.lent.last().map(|it| (*it, false)),
            Which::Older(_) if self.lent.is_empty() => None,
            Which::Older(index) => Some((self.lent[index % self.lent.len()], false)),
            Which::Foreign => Some((*FOREIGN, true)),
        }
    }

    fn answer(&mut self, which: Which, answer: &Answer) {
        let Some((id, is_foreign)) = self.id(which) else {
            return;
        };
        let heard = self.heard.clone();
        answer.with_response(&heard, |response| {
            self.tell_time();
            let is_ended = self.is_over();
            let is_in_time = self.promise.is_in_time(id);
            let is_news = is_in_time || self.promise.has_left(id) || self.promise.grants(id, &response);
            let consequence = self.promise.on_answer(id, &response);
            self.conclude(is_ended || !is_news, is_foreign, Input::Response(id, response));
            if !is_ended && (is_in_time || consequence == Consequence::Tokens) {
                self.machine.after_answer(&self.promise, consequence);
            }
        });
    }

    fn fail(&mut self, which: Which, failure: TransportFailure) {
        let Some((id, is_foreign)) = self.id(which) else {
            return;
        };
        self.tell_time();
        let is_news = self.promise.is_in_time(id) || self.promise.has_left(id);
        let is_news = is_news && !self.is_over();
        self.promise.on_failure(id);
        self.conclude(!is_news, is_foreign, Input::Failure(id, failure));
    }

    fn is_over(&self) -> bool {
        self.machine.is_done()
    }

    /// Hands over what became of a request, and checks that it changes nothing when its attempt is over.
    fn conclude(&mut self, is_over: bool, is_foreign: bool, input: Input<'_>) {
        let before = self.masked();
        let result = self.hand_over(input);
        assert_eq!(result.is_err(), is_foreign, "{result:?}");
        assert!(!is_over || self.masked() == before, "a late answer changed something");
    }

    /// Tells something; a misuse must not change anything.
    fn input(&mut self, input: Input<'_>) -> Result<(), Misuse> {
        self.tell_time();
        self.hand_over(input)
    }

    fn hand_over(&mut self, input: Input<'_>) -> Result<(), Misuse> {
        let before = self.masked();
        let result = self.machine.handle_input(self.now, input);
        self.conclude_misuse(result, &before);
        result
    }

    fn conclude_misuse(&mut self, result: Result<(), Misuse>, before: &str) {
        match result {
            Ok(()) => self.outputs = 0,
            Err(misuse) => {
                assert_eq!(self.masked(), before, "{misuse:?} changed something");
                // A refused input does not even tell the time.
                self.promise.clock = self.clock_before;
                assert!(
                    misuse != Misuse::Finished || self.machine.ending().is_some() || self.has_cancelled,
                    "said to be finished and is not: {:?}",
                    self.machine
                );
            }
        }
    }

    /// The machine after all of this, and what time it is.
    pub(crate) fn after(operations: Vec<Operation>) -> (S, Timestamp) {
        let mut driver = Self::new();
        driver.is_thorough = false;
        for operation in operations {
            driver.apply(operation);
        }
        let now = driver.now.max(driver.promise.clock);
        (driver.machine, now)
    }

    /// What the machine shows of itself, where that is looked at.
    pub(super) fn masked(&self) -> String {
        if self.is_thorough { masked(&self.machine) } else { String::new() }
    }

    fn suspend(&mut self, away: Duration) {
        let now = self.now.max(self.promise.clock);
        let later = now.saturating_add(away).min(Timestamp::from_millis(1 << 62));
        let away = later.saturating_duration_since(now);
        if let Some(machine) = self.machine.moved(now, away) {
            self.machine = machine;
            self.promise.tell_time(now);
            self.promise.on_move();
            self.promise.tell_time(later);
            self.promise.has_outlived_its_code();
            self.now = later;
            self.lent.clear();
            self.told_to_wait = None;
            self.ending = None;
            self.outputs = 0;
        }
    }

    fn refresh(&mut self, is_narrower: bool) {
        let before = self.masked();
        self.clock_before = self.promise.clock;
        if let Some(result) = self.machine.refresh(self.now, is_narrower) {
            self.conclude_misuse(result, &before);
            // So that the machine knows the time also when there was nothing to do.
            self.ask();
        }
    }
}
