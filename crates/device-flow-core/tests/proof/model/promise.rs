//! What RFC 8628 promises the server, worked out from the requests and the answers alone.

use std::time::Duration;

use device_flow_core::wire::{DeviceAuthorizationAnswer, TokenAnswer, retry_after};
use device_flow_core::{Request, RequestId, Response, Stage, Timestamp};

/// What a server is known to have been promised.
#[derive(Debug, Default)]
pub(crate) struct Promise {
    /// The latest time that the machine was told.
    pub(crate) clock: Timestamp,
    pub(crate) in_flight: Option<InFlight>,
    /// What ended without an answer; the machine may learn of that later.
    silent: Option<RequestId>,
    /// When the last exchange ended.
    last_end: Option<Timestamp>,
    /// What the last answer asked for beyond the interval.
    retry_after: Duration,
    pub(crate) grant: Option<Grant>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct InFlight {
    pub(crate) id: RequestId,
    pub(crate) stage: Stage,
    give_up_at: Timestamp,
    is_discarded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) interval: Duration,
    pub(crate) deadline: Timestamp,
}

/// Milliseconds after which it makes no difference how long ago something was.
const LONG_AGO: i128 = 60_000;

/// What an answer means for the machine that polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consequence {
    /// It goes on.
    GoesOn,
    /// Codes were granted; whether their address is fit to be shown is not the RFC's.
    Codes,
    /// Tokens were granted.
    Tokens,
    /// It ends.
    Ends,
    /// The answer is not of this grant.
    NotPolling,
}

/// The interval that counts for an answer: 5 s unless there is a better number, and no more than 5 min.
fn interval(server: Option<i64>) -> Duration {
    match server {
        Some(seconds) if seconds > 0 => Duration::from_secs(seconds.unsigned_abs().min(300)),
        _ => Duration::from_secs(5),
    }
}

fn lifetime(server: Option<i64>) -> Duration {
    let seconds = server.map_or(1_800, |it| u64::try_from(it).unwrap_or(0));
    Duration::from_secs(seconds.min(86_400))
}

impl Promise {
    pub(crate) fn new(clock: Timestamp) -> Self {
        Self {
            clock,
            ..Self::default()
        }
    }

    pub(crate) fn tell_time(&mut self, now: Timestamp) {
        self.clock = self.clock.max(now);
    }

    /// Before the machine is asked: what was given up by now is over.
    pub(crate) fn before_asking(&mut self) {
        if let Some(it) = self.in_flight.filter(|it| self.clock >= it.give_up_at) {
            self.end_exchange(it.give_up_at);
            self.silent = Some(it.id);
        }
    }

    /// Whether nothing that comes for this id may change anything.
    pub(crate) fn is_over(&self, id: RequestId) -> bool {
        self.silent != Some(id) && self.in_flight.is_none_or(|it| it.id != id)
    }

    /// All that is known, with moments as distances from the clock.
    pub(crate) fn fingerprint(&self) -> String {
        let since = |it: Timestamp| i128::from(self.clock.as_millis()) - i128::from(it.as_millis());
        let last_end = self.last_end.map(|it| since(it).min(LONG_AGO));
        let patience = self.retry_after;
        format!("{last_end:?} {patience:?} {}", self.silent.is_some())
    }

    /// A request must be one that may be made now.
    pub(crate) fn on_request(&mut self, request: &Request<'_>) {
        let stage = request.stage();
        assert!(
            self.in_flight.is_none(),
            "two requests at once: {request:?}, {self:?}"
        );
        assert!(request.timeout() > Duration::ZERO, "no time for an answer");
        if stage == Stage::Token {
            let grant = self.grant.expect("a poll without a code");
            assert!(
                self.clock < grant.deadline,
                "a poll at or after the end of the code: {self:?}"
            );
            let earliest = self.earliest_poll();
            assert!(
                self.clock >= earliest,
                "a poll before {earliest:?}: {self:?}"
            );
            let give_up_at = self.clock.saturating_add(request.timeout());
            assert!(
                give_up_at <= grant.deadline,
                "a poll that outlives its code: {self:?}"
            );
        } else {
            self.grant = None;
        }
        self.retry_after = Duration::ZERO;
        self.silent = None;
        self.in_flight = Some(InFlight {
            id: request.id(),
            stage,
            give_up_at: self.clock.saturating_add(request.timeout()),
            is_discarded: false,
        });
    }

    /// RFC 8628 section 3.5: the interval counts from the end of the last exchange.
    pub(crate) fn earliest_poll(&self) -> Timestamp {
        let interval = self.grant.map(|it| it.interval).unwrap_or_default();
        self.last_end
            .unwrap_or_default()
            .saturating_add(interval.max(self.retry_after))
    }

    /// Whether a request of this id is under way and its answer counts.
    pub(crate) fn awaits(&self, id: RequestId) -> Option<InFlight> {
        self.in_flight.filter(|it| it.id == id && !it.is_discarded)
    }

    pub(crate) fn on_failure(&mut self, id: RequestId) {
        if self.in_flight.is_some_and(|it| it.id == id) {
            self.end_exchange(self.clock);
        }
    }

    pub(crate) fn on_answer(&mut self, id: RequestId, response: &Response<'_>) -> Consequence {
        let Some(sent) = self.in_flight.filter(|it| it.id == id) else {
            return Consequence::GoesOn;
        };
        self.end_exchange(self.clock);
        if sent.is_discarded {
            return Consequence::GoesOn;
        }
        match sent.stage {
            Stage::DeviceAuthorization => self.on_codes(response),
            Stage::Token => self.on_poll(response),
            _ => Consequence::NotPolling,
        }
    }

    fn on_codes(&mut self, response: &Response<'_>) -> Consequence {
        match DeviceAuthorizationAnswer::read(response) {
            DeviceAuthorizationAnswer::Granted(granted) => {
                self.grant = Some(Grant {
                    interval: interval(granted.interval()),
                    deadline: self.clock.saturating_add(lifetime(granted.expires_in())),
                });
                Consequence::Codes
            }
            // How often it is tried again is not the RFC's.
            DeviceAuthorizationAnswer::Transient(_) => Consequence::NotPolling,
            _ => Consequence::Ends,
        }
    }

    fn on_poll(&mut self, response: &Response<'_>) -> Consequence {
        match TokenAnswer::read(response) {
            TokenAnswer::Pending => {}
            TokenAnswer::SlowDown { interval } => {
                let server = interval
                    .map_or(0, |it| u64::try_from(it).unwrap_or(0))
                    .min(300);
                let grant = self.grant.as_mut().expect("a poll without a code");
                grant.interval =
                    (grant.interval + Duration::from_secs(5)).max(Duration::from_secs(server));
                self.retry_after = patience(response);
            }
            TokenAnswer::Transient => self.retry_after = patience(response),
            TokenAnswer::Granted(_) => return Consequence::Tokens,
            _ => return Consequence::Ends,
        }
        Consequence::GoesOn
    }

    fn end_exchange(&mut self, at: Timestamp) {
        self.in_flight = None;
        self.last_end = Some(at);
    }

    /// Polling stops: the answer that is outstanding will be ignored.
    pub(crate) fn on_pause(&mut self) {
        if let Some(it) = self
            .in_flight
            .as_mut()
            .filter(|it| it.stage == Stage::Token)
        {
            it.is_discarded = true;
        }
    }

    /// Another machine takes over: what is under way counts as given up in its time.
    pub(crate) fn on_move(&mut self) {
        if let Some(it) = self.in_flight {
            self.end_exchange(it.give_up_at);
        }
    }

    /// What is taken up after the end of its code ends at once.
    pub(crate) fn has_outlived_its_code(&mut self) {
        let clock = self.clock;
        if let Some(grant) = &mut self.grant {
            grant.deadline = grant.deadline.max(clock);
        }
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.grant.is_some_and(|it| self.clock >= it.deadline)
    }
}

/// What `Retry-After` asks for; nothing outlasts a day.
fn patience(response: &Response<'_>) -> Duration {
    retry_after(response)
        .unwrap_or_default()
        .min(Duration::from_secs(86_400))
}
