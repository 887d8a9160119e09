//! Anything that can happen to a sign-in, in any order, against a model that knows what RFC 8628 promises.
//!
//! Two bytes choose the configuration, one the dialect; the rest are [`Operation`]s.

mod model;

use core::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Dialect, Input, Machine as _, Misuse, PendingFlow, Response, Timestamp,
};

use self::model::Model;
use crate::answer::dialect_by_number;
use crate::check::{self, planted};
use crate::config;
use crate::drive::{self, MAX_OUTPUTS, Seen};
use crate::ids;
use crate::operation::{self, Advance, Operation, Which};
use crate::server::{self, Reply};

/// Longer sequences tell nothing new.
const MAX_OPERATIONS: usize = 200;
/// Two thousand years in milliseconds.
const HUGE: i128 = 2_000 * 365 * 24 * 60 * 60 * 1_000;
/// Beyond this moment the arithmetic of timestamps saturates, which is another promise.
const END_OF_TIME: i128 = (u64::MAX / 2) as i128;

/// Runs the sequence.
pub fn run(data: &[u8]) {
    let Some((&[low, high, dialect], rest)) = data.split_first_chunk() else {
        return;
    };
    let dialect = dialect_by_number(dialect);
    let operations = operation::all(rest, MAX_OPERATIONS);
    let mut bench = Bench::new(u16::from_le_bytes([low, high]), dialect);
    for operation in operations {
        bench.apply(&operation);
    }
    bench.finish();
}

struct Bench {
    config: Config,
    dialect: &'static Dialect,
    flow: DeviceFlow,
    model: Model,
    /// The driver's clock; the model knows only the latest of its readings.
    now: i128,
    /// What the flow last waited for.
    wake: i128,
    /// Outputs since time passed or something was told.
    outputs: usize,
    /// Texts that may never be shown. Empty once a server has put one of them where it is public.
    secrets: Vec<&'static str>,
}

impl Bench {
    fn new(choice: u16, dialect: &'static Dialect) -> Self {
        let config = config::by_number(dialect, choice);
        let flow = DeviceFlow::new(config.clone()).expect("it can work");
        let mut secrets = planted::SECRETS.to_vec();
        secrets.push("planted-nonce");
        Self {
            model: Model::new(choice),
            config,
            dialect,
            flow,
            now: 1_000_000,
            wake: 1_000_000,
            outputs: 0,
            secrets,
        }
    }

    fn apply(&mut self, operation: &Operation<'_>) {
        match operation {
            Operation::Ask => drop(self.ask()),
            Operation::Settle => while self.ask() {},
            Operation::Advance(advance) => self.advance(*advance),
            Operation::Answer(which, class) => {
                let confided = self.model.confided();
                self.answer(*which, &server::reply(*class, confided));
            }
            Operation::Raw(which, status, body) => self.raw(*which, *status, body),
            Operation::Fail(which, failure) => {
                if self.tell(*which, |id| Input::Failure(id, *failure)) == Some(true) {
                    self.model.fail(*failure);
                }
            }
            Operation::Pause => self.pause(true),
            Operation::Resume => self.pause(false),
            Operation::Cancel => {
                assert_eq!(self.flow.handle_input(self.time(), Input::Cancel), Ok(()));
                self.told();
                self.model.cancel();
            }
            Operation::Suspend { away, is_told } => self.suspend(*away, *is_told),
            // There is nothing to refresh yet.
            Operation::Demand { .. } => {}
        }
        self.agree();
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.now).expect("a moment of the driver's clock"))
    }

    /// Something was told at this moment.
    fn told(&mut self) {
        self.outputs = 0;
        self.model.look_at_clock(self.now);
    }

    /// Whether there may be more to do now.
    fn ask(&mut self) -> bool {
        let is_later = self.model.look_at_clock(self.now);
        self.outputs = if is_later { 1 } else { self.outputs + 1 };
        let now = self.time();
        match drive::ask(&mut self.flow, now, &self.secrets) {
            Seen::Send(request) => self.model.send(&request),
            Seen::Event(event) => self.model.event(&event),
            Seen::Wait(until) => {
                self.wake = i128::from(until.as_millis());
                self.model.wait(self.wake);
                self.outputs = 0;
                return false;
            }
            Seen::Done => {
                self.model.done(self.flow.outcome().expect("it has ended"));
                self.outputs = 0;
                return false;
            }
        }
        assert!(self.outputs <= MAX_OUTPUTS, "outputs without end");
        true
    }

    fn advance(&mut self, advance: Advance) {
        let end = self.model.deadline().unwrap_or(self.now);
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

    fn answer(&mut self, which: Which, reply: &Reply) {
        let response = Response::new(reply.status, reply.body.as_bytes());
        let response = response.header("retry-after", reply.retry_after.as_bytes());
        self.respond(which, &response);
    }

    fn raw(&mut self, which: Which, status: u16, body: &[u8]) {
        // A server that puts a secret where it is public makes it public.
        let text = String::from_utf8_lossy(body);
        if text.contains("plant") || text.contains("\\u") || text.contains('%') {
            self.secrets.clear();
        }
        self.respond(which, &Response::new(status, body));
    }

    fn respond(&mut self, which: Which, response: &Response<'_>) {
        if self.tell(which, |id| Input::Response(id, *response)) == Some(true) {
            self.model
                .respond(self.dialect, response, self.flow.outcome());
        }
    }

    /// Tells something about a request. Whether it was awaited; `None` when the flow has never made such a request.
    fn tell<'a>(
        &mut self,
        which: Which,
        input: impl FnOnce(device_flow_core::RequestId) -> Input<'a>,
    ) -> Option<bool> {
        let latest = self.model.requests();
        let number = match which {
            Which::Latest => latest,
            Which::Late(before) => latest.saturating_sub(usize::from(before)),
            Which::Foreign(after) => latest + usize::from(after),
        };
        if number == 0 || number > ids::MOST {
            return None;
        }
        let input = input(ids::id(number));
        if number > latest {
            self.misuse(input, Misuse::UnknownRequest);
            return None;
        }
        let before = self.shown();
        assert_eq!(self.flow.handle_input(self.time(), input), Ok(()));
        self.told();
        let is_awaited = self.model.is_awaited(number);
        if !is_awaited {
            assert_eq!(
                before,
                self.shown(),
                "what nobody waits for changes nothing"
            );
        }
        Some(is_awaited)
    }

    /// The flow without its clock, which an input may set whatever else it does.
    fn shown(&self) -> String {
        let shown = format!("{:?}", self.flow);
        let Some((before, after)) = shown.split_once("clock: Timestamp(") else {
            return shown;
        };
        let after = after.split_once(')').map_or(after, |(_, after)| after);
        format!("{before}{after}")
    }

    fn misuse(&mut self, input: Input<'_>, expected: Misuse) {
        let before = format!("{:?}", self.flow);
        let misuse = self.flow.handle_input(self.time(), input);
        assert_eq!(misuse, Err(expected));
        let after = format!("{:?}", self.flow);
        assert_eq!(before, after, "a misuse changes nothing");
        self.outputs = 0;
    }

    fn pause(&mut self, is_pause: bool) {
        let input = if is_pause {
            Input::Pause
        } else {
            Input::Resume
        };
        if let Some(misuse) = self.model.misuse_of_pausing() {
            return self.misuse(input, misuse);
        }
        assert_eq!(self.flow.handle_input(self.time(), input), Ok(()));
        self.told();
        self.model.pause(is_pause);
    }

    /// Puts the flow aside, as JSON, and takes it up again on another clock.
    fn suspend(&mut self, away: u16, is_told: bool) {
        let suspended = self.flow.suspend(self.time());
        if let Some(misuse) = self.model.misuse_of_pausing() {
            assert_eq!(suspended.err(), Some(misuse));
            return;
        }
        let pending = suspended.expect("a flow with codes");
        check::debug_is_silent(&pending, &self.secrets);
        self.model.look_at_clock(self.now);
        let json = pending.to_json();
        let read = PendingFlow::from_json(json.expose()).expect("what was written can be read");
        // A wait beyond the longest life of a code is cut at the first reading.
        let json = read.to_json();
        let read = PendingFlow::from_json(json.expose()).expect("what was written can be read");
        assert_eq!(read.to_json().expose(), json.expose());
        let away = Duration::from_secs(away.into());
        let told = if is_told { away } else { Duration::ZERO };
        let start = 5_000;
        let now = Timestamp::from_millis(start);
        self.flow = DeviceFlow::resume(self.config.clone(), read, told, now)
            .expect("the same client and server");
        self.model.resume(i128::from(start), away, told);
        self.now = i128::from(start);
        self.wake = self.now;
        self.outputs = 0;
    }

    /// What can be looked at agrees with the model.
    fn agree(&self) {
        assert_eq!(self.flow.interval(), self.model.interval());
        let deadline = self.flow.expires_at().map(|it| i128::from(it.as_millis()));
        assert_eq!(deadline, self.model.deadline());
        assert_eq!(self.flow.is_paused(), self.model.is_paused());
        self.model.ended(self.flow.outcome());
        if let Some(prompt) = self.flow.prompt(self.time()) {
            check::is_presentable("a user code", prompt.user_code());
            check::is_openable(prompt.verification_uri());
        }
    }

    /// Every flow can still end, and then has ended for ever.
    fn finish(mut self) {
        check::debug_is_silent(&self.flow, &self.secrets);
        if let Some(outcome) = self.flow.outcome() {
            let shown = format!("{outcome:?}");
            for operation in [
                Operation::Settle,
                Operation::Pause,
                Operation::Resume,
                Operation::Cancel,
            ] {
                self.apply(&operation);
                self.now += HUGE;
                self.now = self.now.min(END_OF_TIME);
            }
            while self.ask() {}
            let outcome = self.flow.outcome().expect("the end is for ever");
            assert_eq!(format!("{outcome:?}"), shown);
        } else if let Some(deadline) = self.model.deadline() {
            // Nobody answers any more: the end of the code is the end of the flow.
            self.now = self.now.max(deadline);
            while self.ask() {}
            assert!(self.flow.outcome().is_some(), "the code has run out");
        } else {
            // Nobody answers the first request.
            for _ in 0..16 {
                while self.ask() {}
                if self.flow.outcome().is_some() {
                    return;
                }
                self.now = self.now.max(self.wake).min(END_OF_TIME);
            }
            let is_far = self.wake > END_OF_TIME - HUGE;
            assert!(is_far, "the first request is not made for ever");
        }
    }
}
