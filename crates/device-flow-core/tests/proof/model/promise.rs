//! What RFC 8628 promises the server, worked out from the requests and the answers alone.

use std::time::Duration;

use device_flow_core::{Request, RequestId, Response, Stage, Timestamp};

use crate::understanding::{self, Codes, Poll};

/// What a server is known to have been promised.
#[derive(Debug, Default)]
pub(crate) struct Promise {
    /// The latest time that the machine was told.
    pub(crate) clock: Timestamp,
    pub(crate) in_flight: Option<InFlight>,
    /// The request that was lent last, to which a grant that comes late is still news.
    open: Option<(RequestId, Stage)>,
    /// The refresh that was out when a new code was asked for: it is heard beside the new flow.
    pub(crate) left: Option<InFlight>,
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
    pub(crate) give_up_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) interval: Duration,
    pub(crate) deadline: Timestamp,
}

/// Milliseconds after which it makes no difference how long ago something was: the life of the codes that are granted.
const LONG_AGO: i128 = 30_000;

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

impl Promise {
    pub(crate) fn new(clock: Timestamp) -> Self {
        Self { clock, ..Self::default() }
    }

    pub(crate) fn tell_time(&mut self, now: Timestamp) {
        self.clock = self.clock.max(now);
    }

    /// Before the machine is asked: what was given up by now is over.
    pub(crate) fn before_asking(&mut self) {
        if let Some(it) = self.in_flight.filter(|it| self.clock >= it.give_up_at) {
            self.end_exchange(it.give_up_at);
        }
    }

    /// Whether an answer to this id comes in time.
    pub(crate) fn is_in_time(&self, id: RequestId) -> bool {
        self.in_flight.is_some_and(|it| it.id == id && self.clock < it.give_up_at)
    }

    /// Whether this answer grants something that nobody has had yet, in answer to the request that was lent last. Of a
    /// refresh every attempt will do, because all of them are the same request.
    pub(crate) fn grants(&self, id: RequestId, response: &Response<'_>) -> bool {
        match self.open {
            Some((last, Stage::Token)) => last == id && understanding::poll(*response) == Poll::Granted,
            Some((last, Stage::Refresh)) => id <= last && understanding::refreshes(*response),
            // What else is asked for is granted by no person.
            Some((last, stage)) => last == id && stage != Stage::DeviceAuthorization,
            None => false,
        }
    }

    /// All that is known, with moments as distances from now.
    pub(crate) fn fingerprint(&self, now: Timestamp) -> String {
        let since = |it: Timestamp| i128::from(now.as_millis()) - i128::from(it.as_millis());
        // Before there is a code, no poll can be too early.
        let last_end = self.last_end.filter(|_| self.grant.is_some());
        let last_end = last_end.map(|it| since(it).min(LONG_AGO));
        let patience = self.retry_after;
        format!("{last_end:?} {patience:?} {:?}", self.open.is_some())
    }

    /// A request must be one that may be made now.
    pub(crate) fn on_request(&mut self, request: &Request<'_>) {
        let stage = request.stage();
        assert!(self.in_flight.is_none(), "two requests at once: {request:?}, {self:?}");
        assert!(request.timeout() > Duration::ZERO, "no time for an answer");
        if stage == Stage::Token {
            let grant = self.grant.expect("a poll without a code");
            assert!(self.clock < grant.deadline, "a poll at or after the end of the code: {self:?}");
            let earliest = self.earliest_poll();
            assert!(self.clock >= earliest, "a poll before {earliest:?}: {self:?}");
        } else {
            self.grant = None;
        }
        self.retry_after = Duration::ZERO;
        self.open = Some((request.id(), stage));
        self.in_flight =
            Some(InFlight { id: request.id(), stage, give_up_at: self.clock.saturating_add(request.timeout()) });
    }

    /// RFC 8628 section 3.5: the interval counts from the end of the last exchange.
    pub(crate) fn earliest_poll(&self) -> Timestamp {
        let interval = self.grant.map(|it| it.interval).unwrap_or_default();
        self.last_end.unwrap_or_default().saturating_add(interval.max(self.retry_after))
    }

    pub(crate) fn on_failure(&mut self, id: RequestId) {
        if self.is_in_time(id) {
            self.end_exchange(self.clock);
        }
    }

    pub(crate) fn on_answer(&mut self, id: RequestId, response: &Response<'_>) -> Consequence {
        if !self.is_in_time(id) {
            let is_poll = matches!(self.open, Some((_, Stage::Token)));
            return if is_poll && self.grants(id, response) {
                self.open = None;
                Consequence::Tokens
            } else {
                Consequence::GoesOn
            };
        }
        let stage = self.in_flight.map(|it| it.stage);
        self.end_exchange(self.clock);
        match stage {
            Some(Stage::DeviceAuthorization) => self.on_codes(response),
            Some(Stage::Token) => self.on_poll(response),
            _ => Consequence::NotPolling,
        }
    }

    fn on_codes(&mut self, response: &Response<'_>) -> Consequence {
        let grant = |interval, lifetime, clock: Timestamp| Grant { interval, deadline: clock.saturating_add(lifetime) };
        match understanding::codes(*response) {
            Codes::Granted { interval, lifetime } => {
                self.grant = Some(grant(interval, lifetime, self.clock));
                self.open = None;
                Consequence::Codes
            }
            Codes::Expired => {
                self.grant = Some(grant(Duration::ZERO, Duration::ZERO, self.clock));
                Consequence::Codes
            }
            // How often it is tried again is not the RFC's.
            Codes::Passing => Consequence::NotPolling,
            Codes::Refused => Consequence::Ends,
        }
    }

    fn on_poll(&mut self, response: &Response<'_>) -> Consequence {
        match understanding::poll(*response) {
            Poll::Pending | Poll::Passing => {}
            Poll::SlowedDown(server) => {
                let grant = self.grant.as_mut().expect("a poll without a code");
                grant.interval = (grant.interval + Duration::from_secs(5)).max(server);
            }
            Poll::Granted => {
                self.open = None;
                return Consequence::Tokens;
            }
            Poll::Ended => return Consequence::Ends,
        }
        // Whatever else an answer says, it may ask for patience; nothing outlasts a day.
        self.retry_after = understanding::patience(*response).min(Duration::from_secs(86_400));
        Consequence::GoesOn
    }

    fn end_exchange(&mut self, at: Timestamp) {
        self.in_flight = None;
        self.last_end = Some(at);
    }

    /// A new code is asked for.
    pub(crate) fn on_restart(&mut self) {
        let is_refresh = |it: &InFlight| it.stage == Stage::Refresh;
        self.left = self.in_flight.filter(is_refresh).or(self.left);
        self.on_move();
        self.grant = None;
    }

    /// Whether this is a refresh, or an attempt of one, that was left behind.
    pub(crate) fn has_left(&self, id: RequestId) -> bool {
        self.left.is_some_and(|it| id <= it.id)
    }

    /// Another machine takes over: what is under way counts as given up in its time.
    pub(crate) fn on_move(&mut self) {
        if let Some(it) = self.in_flight {
            self.end_exchange(it.give_up_at);
        }
        self.open = None;
    }

    /// What is taken up after the end of its code ends at once.
    pub(crate) fn has_outlived_its_code(&mut self) {
        let clock = self.clock;
        if let Some(grant) = &mut self.grant {
            grant.deadline = grant.deadline.max(clock);
        }
    }

    /// The earliest that a next poll may be announced for: the end of the code when none is allowed before.
    pub(crate) fn earliest_announcement(&self) -> Timestamp {
        let deadline = self.grant.map(|it| it.deadline).unwrap_or_default();
        self.earliest_poll().min(deadline)
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.grant.is_some_and(|it| self.clock >= it.deadline)
    }
}
