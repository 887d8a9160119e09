//! A sign-in as RFC 8628 and the documentation promise it, in as few words as they allow.

use core::time::Duration;

use device_flow_core::wire::{DeviceAuthorizationAnswer, TokenAnswer, retry_after};
use device_flow_core::{Dialect, Event, Misuse, Outcome, Response, Stage, TransportFailure};

use crate::check::planted;
use crate::config;
use crate::drive::Sent;

const MAX_INTERVAL: Duration = Duration::from_secs(300);
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Moments are milliseconds on the driver's present clock, and may lie before its beginning.
pub(super) struct Model {
    default_lifetime: Duration,
    is_lifetime_required: bool,
    /// The latest reading of the driver's clock.
    clock: i128,
    /// How many requests this machine has made.
    requests: usize,
    in_flight: Option<InFlight>,
    /// When the last exchange ended.
    exchange_end: Option<i128>,
    /// What the last answer asked for beside the interval.
    retry_after: Duration,
    /// How often the first request was made.
    first_requests: usize,
    state: State,
}

struct InFlight {
    number: usize,
    give_up_at: i128,
    is_discarded: bool,
}

enum State {
    NoCodes,
    Codes(Codes),
    /// With what the outcome has to be.
    Ended(Ending),
}

struct Codes {
    device_code: String,
    interval: Duration,
    deadline: i128,
    is_paused: bool,
    is_prompt_due: bool,
    /// Whether a first poll fits into the code's life; if not, the end may come early.
    is_pollable: bool,
}

/// What may have been the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Denied,
    Expired,
    Cancelled,
    Failed,
    /// Tokens or not: that hangs on the ID token that may be missing.
    AuthorizedOrFailed,
    /// Codes that cannot be shown, or that came without a life that was asked for.
    ExpiredOrFailed,
}

impl Ending {
    fn is(self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Authorized(_) => self == Self::AuthorizedOrFailed,
            Outcome::Denied => self == Self::Denied,
            Outcome::Expired => matches!(self, Self::Expired | Self::ExpiredOrFailed),
            Outcome::Cancelled => self == Self::Cancelled,
            Outcome::Failed(_) => matches!(
                self,
                Self::Failed | Self::AuthorizedOrFailed | Self::ExpiredOrFailed
            ),
        }
    }
}

impl Model {
    /// A sign-in that has not begun, under a configuration by its number.
    pub(super) const fn new(choice: u16) -> Self {
        Self {
            default_lifetime: config::default_lifetime(choice),
            is_lifetime_required: config::is_lifetime_required(choice),
            clock: 0,
            requests: 0,
            in_flight: None,
            exchange_end: None,
            retry_after: Duration::ZERO,
            first_requests: 0,
            state: State::NoCodes,
        }
    }

    pub(super) const fn requests(&self) -> usize {
        self.requests
    }

    /// Whether time has passed since the last reading.
    pub(super) fn look_at_clock(&mut self, now: i128) -> bool {
        let is_later = now > self.clock;
        self.clock = self.clock.max(now);
        is_later
    }

    const fn codes(&self) -> Option<&Codes> {
        match &self.state {
            State::Codes(codes) => Some(codes),
            _ => None,
        }
    }

    /// What the server has been told in confidence, as far as it is planted.
    pub(super) fn confided(&self) -> &'static [&'static str] {
        match self.codes() {
            Some(codes) if codes.device_code == planted::DEVICE_CODE => {
                &[planted::CLIENT_SECRET, planted::DEVICE_CODE]
            }
            _ => &[planted::CLIENT_SECRET],
        }
    }

    pub(super) fn interval(&self) -> Option<Duration> {
        self.codes().map(|it| it.interval)
    }

    pub(super) fn deadline(&self) -> Option<i128> {
        self.codes().map(|it| it.deadline)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.codes().is_some_and(|it| it.is_paused)
    }

    pub(super) const fn misuse_of_pausing(&self) -> Option<Misuse> {
        match self.state {
            State::NoCodes => Some(Misuse::NotPolling),
            State::Codes(_) => None,
            State::Ended(_) => Some(Misuse::Finished),
        }
    }
}

/// Outputs.
impl Model {
    pub(super) fn send(&mut self, request: &Sent) {
        self.give_up_in_time();
        assert!(self.in_flight.is_none(), "one request at a time");
        self.requests += 1;
        let timeout = millis(request.timeout);
        if let Some(end) = self.exchange_end {
            let wait = match &self.state {
                State::Codes(codes) => codes.interval.max(self.retry_after),
                _ => Duration::from_secs(1).max(self.retry_after),
            };
            assert!(
                self.clock >= end + millis(wait),
                "sent at {}, {wait:?} after {end} is later",
                self.clock
            );
        }
        match &self.state {
            State::NoCodes => {
                assert_eq!(request.stage, Stage::DeviceAuthorization);
                assert_eq!(request.url, config::DEVICE_AUTHORIZATION_ENDPOINT);
                self.first_requests += 1;
                assert!(self.first_requests <= 4, "three more tries at most");
            }
            State::Codes(codes) => {
                assert_eq!(request.stage, Stage::Token);
                assert_eq!(request.url, config::TOKEN_ENDPOINT);
                assert!(!codes.is_paused);
                assert!(!codes.is_prompt_due, "the prompt comes first");
                assert!(self.clock < codes.deadline, "nothing is sent after the end");
                assert!(
                    self.clock + timeout <= codes.deadline,
                    "no request outlives the code"
                );
                assert!(request.carries(&codes.device_code));
            }
            State::Ended(_) => panic!("nothing is sent after the end"),
        }
        self.in_flight = Some(InFlight {
            number: self.requests,
            give_up_at: self.clock + timeout,
            is_discarded: false,
        });
    }

    pub(super) fn event(&mut self, event: &Event) {
        self.give_up_in_time();
        let next = match event {
            Event::Pending { next_poll } | Event::SlowedDown { next_poll, .. } => Some(*next_poll),
            Event::Retrying { next_attempt, .. } => Some(*next_attempt),
            _ => None,
        };
        match &mut self.state {
            State::NoCodes => assert!(matches!(
                event,
                Event::Retrying {
                    stage: Stage::DeviceAuthorization,
                    ..
                }
            )),
            State::Codes(codes) => {
                if matches!(event, Event::Prompt(_)) {
                    assert!(codes.is_prompt_due, "the prompt comes once");
                    codes.is_prompt_due = false;
                }
                if let Event::SlowedDown { interval, .. } = event {
                    assert_eq!(*interval, codes.interval);
                }
                let end = self.exchange_end.expect("codes came with an answer");
                if let Some(next) = next {
                    // No code lives longer than a day, so no longer wait tells anything.
                    let wait = codes.interval.max(self.retry_after.min(MAX_LIFETIME));
                    assert!(i128::from(next.as_millis()) >= end + millis(wait));
                }
            }
            State::Ended(_) => panic!("nothing is told after the end"),
        }
    }

    pub(super) fn wait(&mut self, until: i128) {
        self.give_up_in_time();
        match &self.state {
            State::NoCodes => {}
            State::Codes(codes) => {
                assert!(self.clock < codes.deadline);
                assert!(
                    until <= codes.deadline,
                    "the end of the code is not slept over"
                );
                assert!(!codes.is_paused || until == codes.deadline);
            }
            State::Ended(_) => panic!("nothing is waited for after the end"),
        }
    }

    pub(super) fn done(&mut self, outcome: &Outcome) {
        self.give_up_in_time();
        if let State::Codes(codes) = &self.state {
            assert!(matches!(outcome, Outcome::Expired), "{outcome:?}");
            assert!(self.clock >= codes.deadline || !codes.is_pollable);
            self.state = State::Ended(Ending::Expired);
        }
        if matches!(self.state, State::NoCodes) {
            assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
            assert!(self.in_flight.is_none() && self.first_requests == 4);
            self.state = State::Ended(Ending::Failed);
        }
        self.ended(Some(outcome));
    }

    /// An outcome is there when it must be, and is what it must be.
    pub(super) fn ended(&self, outcome: Option<&Outcome>) {
        match (&self.state, outcome) {
            (State::Ended(ending), Some(outcome)) => {
                assert!(ending.is(outcome), "{ending:?} and {outcome:?}");
            }
            (State::Ended(ending), None) => panic!("it has {ending:?}"),
            (_, None) => {}
            // The first request was given up for good.
            (State::NoCodes, Some(outcome)) => assert!(matches!(outcome, Outcome::Failed(_))),
            (State::Codes(_), Some(outcome)) => panic!("{outcome:?}"),
        }
    }

    /// A request whose time is over has come to nothing then, however late somebody asks. During a pause nobody looks.
    fn give_up_in_time(&mut self) {
        if self.is_paused() {
            return;
        }
        if let Some(it) = self.in_flight.take_if(|it| self.clock >= it.give_up_at) {
            self.exchange_end = Some(it.give_up_at);
            self.retry_after = Duration::ZERO;
        }
    }
}

/// Inputs.
impl Model {
    pub(super) fn is_awaited(&self, number: usize) -> bool {
        let is_in_flight = self
            .in_flight
            .as_ref()
            .is_some_and(|it| it.number == number);
        is_in_flight && !matches!(self.state, State::Ended(_))
    }

    /// The end of an exchange. Whether what came of it counts.
    fn end_exchange(&mut self) -> bool {
        self.exchange_end = Some(self.clock);
        self.retry_after = Duration::ZERO;
        self.in_flight.take().is_some_and(|it| !it.is_discarded)
    }

    pub(super) fn fail(&mut self, failure: TransportFailure) {
        if !self.end_exchange() {
            return;
        }
        let is_first = matches!(self.state, State::NoCodes);
        let is_lasting = failure == TransportFailure::Tls || self.first_requests == 4;
        if failure == TransportFailure::BodyTooLarge || (is_first && is_lasting) {
            self.state = State::Ended(Ending::Failed);
        }
    }

    /// An answer that was awaited; `outcome` is what the flow made of it, if that was its end.
    pub(super) fn respond(
        &mut self,
        dialect: &'static Dialect,
        response: &Response<'_>,
        outcome: Option<&Outcome>,
    ) {
        if !self.end_exchange() {
            return;
        }
        match &mut self.state {
            State::NoCodes => self.first_answer(dialect, response, outcome),
            State::Codes(codes) => match TokenAnswer::read_in(dialect, response) {
                TokenAnswer::Pending => {}
                TokenAnswer::SlowDown { interval } => {
                    let server = Duration::from_secs(positive(interval)).min(MAX_INTERVAL);
                    codes.interval = (codes.interval + Duration::from_secs(5)).max(server);
                    self.retry_after = retry_after(response).unwrap_or_default();
                }
                TokenAnswer::Transient => {
                    self.retry_after = retry_after(response).unwrap_or_default();
                }
                TokenAnswer::Granted(_) => self.state = State::Ended(Ending::AuthorizedOrFailed),
                TokenAnswer::Denied => self.state = State::Ended(Ending::Denied),
                TokenAnswer::Expired => self.state = State::Ended(Ending::Expired),
                TokenAnswer::Error(_) | TokenAnswer::Invalid(_) => {
                    self.state = State::Ended(Ending::Failed);
                }
            },
            State::Ended(_) => {}
        }
    }

    fn first_answer(
        &mut self,
        dialect: &'static Dialect,
        response: &Response<'_>,
        outcome: Option<&Outcome>,
    ) {
        match DeviceAuthorizationAnswer::read_in(dialect, response) {
            DeviceAuthorizationAnswer::Granted(granted) => {
                let is_life_missing = self.is_lifetime_required && granted.expires_in().is_none();
                // Which addresses can be shown is for another target; this one can.
                let is_refused = matches!(outcome, Some(Outcome::Failed(_)))
                    && !granted
                        .verification_uri()
                        .starts_with("https://as.example/device");
                let life = match granted.expires_in() {
                    Some(_) => {
                        Duration::from_secs(positive(granted.expires_in())).min(MAX_LIFETIME)
                    }
                    None => self.default_lifetime,
                };
                if is_life_missing || is_refused || life.is_zero() {
                    self.state = State::Ended(Ending::ExpiredOrFailed);
                    return;
                }
                let interval = match positive(granted.interval()) {
                    0 => Duration::from_secs(5),
                    seconds => Duration::from_secs(seconds).min(MAX_INTERVAL),
                };
                self.state = State::Codes(Codes {
                    device_code: granted.device_code().expose().to_owned(),
                    interval,
                    deadline: self.clock + millis(life),
                    is_paused: false,
                    is_prompt_due: true,
                    // The margin doubles the interval at most.
                    is_pollable: interval * 2 < life,
                });
            }
            DeviceAuthorizationAnswer::Transient(_) => {
                self.retry_after = retry_after(response).unwrap_or_default();
                if self.first_requests == 4 || self.retry_after > Duration::from_secs(60) {
                    self.state = State::Ended(Ending::Failed);
                }
            }
            DeviceAuthorizationAnswer::Error(_) | DeviceAuthorizationAnswer::Invalid(_) => {
                self.state = State::Ended(Ending::Failed);
            }
        }
    }

    pub(super) fn pause(&mut self, is_paused: bool) {
        let State::Codes(codes) = &mut self.state else {
            panic!("there is nothing to pause");
        };
        codes.is_paused = is_paused;
        if is_paused {
            if let Some(it) = &mut self.in_flight {
                it.is_discarded = true;
            }
        }
    }

    pub(super) fn cancel(&mut self) {
        if !matches!(self.state, State::Ended(_)) {
            self.state = State::Ended(Ending::Cancelled);
        }
    }

    /// Goes on at `start` on another clock after the time `away`, of which the new machine was `told` a part.
    pub(super) fn resume(&mut self, start: i128, away: Duration, told: Duration) {
        let State::Codes(codes) = &mut self.state else {
            panic!("there is nothing to resume");
        };
        // An attempt under way is written off and holds the next one back as if it were given up in its time.
        let written_off = self.in_flight.take().map(|it| it.give_up_at);
        if written_off.is_some() {
            self.retry_after = Duration::ZERO;
        }
        let end = written_off.or(self.exchange_end);
        let shift = start - self.clock - millis(away);
        self.exchange_end = end.map(|it| it + shift);
        let remaining = (codes.deadline - self.clock).max(0);
        codes.deadline = start + (remaining - millis(told)).max(0);
        codes.is_paused = false;
        codes.is_prompt_due = false;
        self.clock = start;
        self.requests = 0;
    }
}

fn positive(seconds: Option<i64>) -> u64 {
    seconds.and_then(|it| u64::try_from(it).ok()).unwrap_or(0)
}

fn millis(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos().div_ceil(1_000_000)).expect("a duration fits")
}
