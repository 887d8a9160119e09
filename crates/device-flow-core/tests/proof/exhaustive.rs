//! Every state of a [`DeviceFlow`] that can be reached on a coarse clock.
//!
//! Breadth first over the real machine: a state is the shortest sequence of operations that leads to it, played from
//! the beginning each time, and two states are one when they show the same with all moments as distances from now. Each
//! step is held to what the model promises, and each state must be able to end, by time alone and by the caller.
//!
//! There are finitely many, because a code runs out; `docs/proof.md` says how many.

use std::collections::HashSet;
use std::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Event, Input, Machine, Misuse, Output, PendingFlow, Timestamp, TransportFailure,
};

use crate::answer::Answer;
use crate::model::driver::Driver;
use crate::model::operation::{Operation, Which};
use crate::model::promise::{Consequence, Promise};
use crate::model::subject::{Observable, Subject};

/// The clock ticks in the interval of the codes, and all other times are multiples of that.
const TICK: Duration = Duration::from_secs(5);

fn config() -> Config {
    Config::new("tv", "https://as.example/device_authorization", "https://as.example/token")
        .interval_margin(0)
        .request_timeout(2 * TICK)
        .max_back_off(2 * TICK)
}

/// A flow whose waits are multiples of the tick.
#[derive(Debug)]
struct Coarse(DeviceFlow);

impl Machine for Coarse {
    type Event = Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Event> {
        self.0.poll_output(now)
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        self.0.handle_input(now, input)
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

impl Subject for Coarse {
    fn start(_: Timestamp) -> Self {
        Self(DeviceFlow::new(config()).unwrap())
    }

    fn ending(&self) -> Option<String> {
        self.0.ending()
    }

    fn ends_by_itself(&self, promise: &Promise) -> bool {
        self.0.ends_by_itself(promise)
    }

    fn after_answer(&self, promise: &Promise, consequence: Consequence) {
        self.0.after_answer(promise, consequence);
    }

    fn check(&self, promise: &Promise) {
        self.0.check(promise);
    }

    fn check_event(&self, event: &Event, promise: &Promise) {
        self.0.check_event(event, promise);
    }

    fn moved(&self, now: Timestamp, away: Duration) -> Option<Self> {
        let stored = self.0.suspend(now).ok()?.to_json();
        let pending = PendingFlow::from_json(stored.expose()).unwrap();
        let now = now.saturating_add(away);
        Some(Self(DeviceFlow::resume(config(), pending, away, now).unwrap()))
    }
}

impl Observable for Coarse {
    fn fingerprint(&self, now: Timestamp) -> String {
        let shown = format!("{:?}", self.0);
        // What comes before is the configuration; which request it is, and when it was sent, changes nothing.
        let part = |from: &str| {
            let found = shown.split_once(from);
            found.expect("a flow shows its engine").1
        };
        let (attempt, _) = part("attempt: ").split_once(", sent_at: ").expect("and more");
        let is_open = !part("open_from: ").starts_with("0,");
        let rest = part("is_one_request: ");
        let attempt = relative(attempt, now);
        // What was due is due, however long.
        let is_overdue = attempt.contains("Due(-") || attempt.contains("Due(0");
        let attempt = if is_overdue { "Due" } else { &attempt };
        format!("{attempt} {is_open} {}", relative(rest, now))
    }
}

/// The text with every moment as a distance from now; what is further back than codes live is long ago.
fn relative(shown: &str, now: Timestamp) -> String {
    let mut parts = shown.split("Timestamp(");
    let mut relative = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (millis, rest) = part.split_once(')').expect("a moment ends");
        let millis: i128 = millis.parse().expect("a moment is a number");
        let distance = millis - i128::from(now.as_millis());
        relative += &distance.max(-30_000).to_string();
        relative += rest;
    }
    relative
}

/// Everything that can be done to a flow, coarsely.
fn operations() -> Vec<Operation> {
    let latest = |answer| Operation::Answer(Which::Latest, answer);
    let busy = |retry_after| Answer::Busy { status: 503, retry_after };
    vec![
        Operation::Ask,
        Operation::Advance(TICK),
        Operation::Pause,
        Operation::Resume,
        Operation::Cancel,
        Operation::Suspend(Duration::ZERO),
        Operation::Suspend(TICK),
        latest(Answer::Codes { expires_in: Some(30), interval: Some(5) }),
        latest(Answer::Codes { expires_in: Some(5), interval: None }),
        latest(Answer::Pending),
        latest(Answer::SlowDown(None)),
        latest(Answer::SlowDown(Some(15))),
        latest(Answer::Tokens { serial: 1, has_refresh_token: true, expires_in: Some(60) }),
        latest(Answer::Error("access_denied")),
        latest(Answer::Error("expired_token")),
        latest(Answer::Error("invalid_grant")),
        latest(busy(None)),
        latest(busy(Some(15))),
        latest(Answer::WebPage),
        Operation::Answer(Which::Older(0), Answer::Pending),
        Operation::Answer(Which::Foreign, Answer::Pending),
        Operation::Fail(Which::Latest, TransportFailure::Connect(None)),
        Operation::Fail(Which::Latest, TransportFailure::Closed),
        Operation::Fail(Which::Latest, TransportFailure::Tls(None)),
        Operation::Fail(Which::Latest, TransportFailure::BodyTooLarge),
    ]
}

#[derive(Debug, Default)]
struct Explored {
    states: usize,
    steps: usize,
    /// How many operations the farthest state is away.
    depth: usize,
    endings: HashSet<String>,
    /// Whether no state beyond the depth is left to be found.
    is_complete: bool,
}

fn explore(depth: usize) -> Explored {
    let operations = operations();
    let mut explored = Explored::default();
    let mut seen = HashSet::from([played(&operations, &[]).fingerprint()]);
    let mut frontier: Vec<Vec<u8>> = vec![Vec::new()];
    for _ in 0..depth {
        let mut next = Vec::new();
        for path in frontier {
            let mut driver = played(&operations, &path);
            let before = driver.fingerprint();
            for (index, operation) in operations.iter().enumerate() {
                driver.is_thorough = true;
                driver.apply(operation.clone());
                driver.check();
                explored.steps += 1;
                let after = driver.fingerprint();
                if after == before {
                    continue;
                }
                driver = played(&operations, &path);
                if seen.insert(after) {
                    let mut path = path.clone();
                    path.push(u8::try_from(index).unwrap());
                    must_be_able_to_end(&operations, &path, &mut explored);
                    next.push(path);
                }
            }
        }
        frontier = next;
        if frontier.is_empty() {
            explored.is_complete = true;
            break;
        }
        explored.depth += 1;
    }
    explored.states = seen.len();
    explored
}

/// A flow to which this has been done.
fn played(operations: &[Operation], path: &[u8]) -> Driver<Coarse> {
    let mut driver = Driver::new();
    driver.is_thorough = false;
    for index in path {
        driver.apply(operations[usize::from(*index)].clone());
    }
    driver
}

fn must_be_able_to_end(operations: &[Operation], path: &[u8], explored: &mut Explored) {
    let mut given_up = played(operations, path);
    given_up.apply(Operation::Cancel);
    let ending = played(operations, path).must_be_able_to_end();
    explored.endings.insert(ending);
}

/// A path through the machine that no test takes any more would show here.
#[expect(clippy::print_stdout, reason = "the figures for docs/proof.md")]
fn assert_explored(explored: &Explored, fewest_states: usize) {
    println!("{} states, the farthest {} operations away; {} steps", explored.states, explored.depth, explored.steps);
    assert!(explored.states >= fewest_states, "{explored:?}");
    assert!(explored.endings.len() >= 5, "{explored:?}");
}

#[test]
fn every_state_within_eight_operations_keeps_the_promises_and_can_end() {
    assert_explored(&explore(8), 750);
}

#[test]
#[ignore = "takes minutes; `just prove` runs it"]
fn every_state_that_can_be_reached_keeps_the_promises_and_can_end() {
    let explored = explore(1_000);
    assert!(explored.is_complete, "{explored:?}");
    assert_explored(&explored, 14_000);
    assert!(explored.depth >= 20 && explored.steps >= 40_000, "{explored:?}");
}
