//! Finding a server's endpoints from its issuer.

use crate::call::CallEvent;
use crate::config::{ConfigError, Limits};
use crate::exchange::{Exchange, RetryReason, Step};
use crate::failure::{Failure, NetworkError, ProtocolError, ProtocolErrorKind};
use crate::machine::{Input, Machine, Misuse, Output, TransportFailure};
use crate::pacing::retry;
use crate::request::{BodyKind, Headers, Method, Request, RequestId, Response, Stage};
use crate::time::Timestamp;
use crate::uri::check_endpoint;
use crate::wire::{MetadataAnswer, ServerMetadata, retry_after};
use alloc::format;
use alloc::string::String;
use core::time::Duration;
use url::Url;

/// Asks an issuer for its metadata: RFC 8414's address first, then OpenID Connect's.
///
/// For the issuer `https://as.example/tenant` these are
/// `https://as.example/.well-known/oauth-authorization-server/tenant` and
/// `https://as.example/tenant/.well-known/openid-configuration`. The first document that names this very issuer and a
/// device authorization endpoint counts.
///
/// ```
/// use device_flow_core::{Discovery, Input, Machine, Output, Response, Timestamp};
///
/// let mut discovery = Discovery::new("https://as.example")?;
/// let Output::Send(request) = discovery.poll_output(Timestamp::ZERO) else { panic!() };
/// assert_eq!(request.url(), "https://as.example/.well-known/oauth-authorization-server");
/// let id = request.id();
/// let body = br#"{"issuer":"https://as.example","device_authorization_endpoint":"https://as.example/da","token_endpoint":"https://as.example/token"}"#;
/// discovery.handle_input(Timestamp::ZERO, Input::Response(id, Response::new(200, body)))?;
/// assert!(matches!(discovery.poll_output(Timestamp::ZERO), Output::Done));
/// let metadata = discovery.into_outcome().unwrap()?;
/// assert_eq!(metadata.device_authorization_endpoint(), Some("https://as.example/da"));
/// let config = device_flow_core::Config::discovered("tv", &metadata);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Discovery {
    issuer: String,
    is_http_allowed: bool,
    limits: Limits,
    clock: Timestamp,
    exchange: Exchange,
    notice: Option<CallEvent>,
    state: State,
}

#[derive(Debug)]
enum State {
    Asking {
        url: String,
        /// The address to try next.
        next: Option<String>,
        /// What was wrong with the document before, when it said something.
        complaint: Option<ProtocolErrorKind>,
    },
    Done(Result<ServerMetadata, Failure>),
    Cancelled,
}

impl Discovery {
    /// A search that has not begun. `issuer` is an absolute URL, spelt as the server spells it: `https`, or `http` on
    /// loopback.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the issuer cannot be one.
    pub fn new(issuer: impl Into<String>) -> Result<Self, ConfigError> {
        Self::with_http(issuer.into(), false)
    }

    /// Like [`new`](Self::new), and `http` beyond loopback is good enough, for the issuer and for its endpoints.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the issuer cannot be one.
    pub fn allowing_http(issuer: impl Into<String>) -> Result<Self, ConfigError> {
        Self::with_http(issuer.into(), true)
    }

    fn with_http(issuer: String, is_http_allowed: bool) -> Result<Self, ConfigError> {
        let address = check_endpoint(&issuer, is_http_allowed)
            .map_err(|source| ConfigError::Issuer { source })?;
        let (url, next) = well_known(&address)?;
        Ok(Self {
            issuer,
            is_http_allowed,
            limits: Limits::DEFAULT,
            clock: Timestamp::ZERO,
            exchange: Exchange::due(Timestamp::ZERO),
            notice: None,
            state: State::Asking {
                url,
                next: Some(next),
                complaint: None,
            },
        })
    }

    /// How long one exchange may take, connecting included. Default: 30 s. At least a millisecond.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// The largest answer that is read, in bytes of body. Default: 1 MiB.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.limits.max_body = bytes;
        self
    }

    /// What came of it; `None` until the end, and after [`Input::Cancel`].
    pub const fn outcome(&self) -> Option<&Result<ServerMetadata, Failure>> {
        match &self.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// What came of it, taken out; `None` before the end, and after [`Input::Cancel`].
    #[must_use = "it is the only place where the outcome goes"]
    pub fn into_outcome(self) -> Option<Result<ServerMetadata, Failure>> {
        match self.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }
}

impl Machine for Discovery {
    type Event = CallEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, CallEvent> {
        self.clock = self.clock.max(now);
        loop {
            if let Some(event) = self.notice.take() {
                return Output::Event(event);
            }
            if !matches!(self.state, State::Asking { .. }) {
                return Output::Done;
            }
            match self.exchange.step(self.clock, self.limits.timeout, None) {
                Step::Send(id, timeout) => {
                    return self.request(id, timeout).map_or(Output::Done, Output::Send);
                }
                Step::Wait(until) => return Output::WaitUntil(until),
                Step::GivenUp(it) => self.on_failure(it.give_up_at, TransportFailure::Timeout),
            }
        }
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        let clock = self.clock;
        let taken = self.take_in(now, &input);
        if taken.is_err() {
            self.clock = clock;
        }
        taken
    }
}

impl Discovery {
    fn take_in(&mut self, now: Timestamp, input: &Input<'_>) -> Result<(), Misuse> {
        self.clock = self.clock.max(now);
        match *input {
            Input::Response(id, response) => {
                if self.is_awaited(id)? {
                    self.on_response(self.clock, &response);
                }
                Ok(())
            }
            Input::Failure(id, failure) => {
                if self.is_awaited(id)? {
                    self.on_failure(self.clock, failure);
                }
                Ok(())
            }
            Input::Pause | Input::Resume => Err(Misuse::NotPolling),
            Input::Cancel => {
                if matches!(self.state, State::Asking { .. }) {
                    self.notice = None;
                    self.state = State::Cancelled;
                }
                Ok(())
            }
        }
    }

    fn is_awaited(&self, id: RequestId) -> Result<bool, Misuse> {
        let is_awaited = self.exchange.receive(id)?.is_some();
        Ok(is_awaited && matches!(self.state, State::Asking { .. }))
    }

    fn request(&self, id: RequestId, timeout: Duration) -> Option<Request<'_>> {
        let State::Asking { url, .. } = &self.state else {
            return None;
        };
        Some(Request {
            id,
            stage: Stage::Discovery,
            method: Method::Get,
            url,
            headers: Headers::new(Stage::Discovery, BodyKind::None, None, &[]),
            body: "",
            max_body: self.limits.max_body,
            timeout,
        })
    }

    fn on_response(&mut self, now: Timestamp, response: &Response<'_>) {
        match MetadataAnswer::read(response, &self.issuer, self.is_http_allowed) {
            // RFC 8628 section 4: a server that does not announce the endpoint may do so in the other document.
            MetadataAnswer::Found(metadata)
                if metadata.device_authorization_endpoint().is_none() =>
            {
                self.try_next(now, ProtocolErrorKind::NoDeviceEndpoint);
            }
            MetadataAnswer::Found(metadata) => self.state = State::Done(Ok(metadata)),
            MetadataAnswer::Invalid(kind) => self.try_next(now, kind),
            MetadataAnswer::Transient => {
                let status = response.status();
                let lasting =
                    ProtocolError::new(Stage::Discovery, ProtocolErrorKind::Unavailable { status })
                        .into();
                self.try_again(
                    now,
                    RetryReason::Status(status),
                    retry_after(response),
                    lasting,
                );
            }
        }
    }

    fn on_failure(&mut self, now: Timestamp, failure: TransportFailure) {
        if failure == TransportFailure::BodyTooLarge {
            self.try_next(now, ProtocolErrorKind::TooLarge);
            return;
        }
        let lasting = NetworkError::new(Stage::Discovery, failure).into();
        self.try_again(now, RetryReason::Transport(failure), None, lasting);
    }

    /// Goes on to the other address; at the end tells the complaint that says most.
    fn try_next(&mut self, now: Timestamp, kind: ProtocolErrorKind) {
        let State::Asking {
            url,
            next,
            complaint,
        } = &mut self.state
        else {
            return;
        };
        let complaint_so_far = complaint.take().filter(|it| says_more(it, &kind));
        let complaint_now = complaint_so_far.unwrap_or(kind);
        match next.take() {
            Some(next) => {
                *url = next;
                *complaint = Some(complaint_now);
                self.exchange.failures = 0;
                self.exchange.schedule(now);
            }
            None => {
                self.state = State::Done(Err(
                    ProtocolError::new(Stage::Discovery, complaint_now).into()
                ));
            }
        }
    }

    fn try_again(
        &mut self,
        now: Timestamp,
        reason: RetryReason,
        retry_after: Option<Duration>,
        lasting: Failure,
    ) {
        match retry(self.exchange.failures, reason, retry_after) {
            Some(wait) => {
                let next_attempt = now.saturating_add(wait);
                self.exchange.count_failure();
                self.exchange.schedule(next_attempt);
                self.notice = Some(CallEvent::Retrying {
                    reason,
                    next_attempt,
                });
            }
            // A server that stumbles over an address it does not know may still know the other, which is asked once.
            None => match reason {
                RetryReason::Status(status) => {
                    let failures = self.exchange.failures;
                    self.try_next(now, ProtocolErrorKind::Unavailable { status });
                    self.exchange.failures = failures;
                }
                RetryReason::Transport(_) => self.state = State::Done(Err(lasting)),
            },
        }
    }
}

/// Whether the first document's complaint tells more than the second's: one about a document's content tells more than
/// one about there being no document.
const fn says_more(first: &ProtocolErrorKind, second: &ProtocolErrorKind) -> bool {
    const fn is_about_absence(kind: &ProtocolErrorKind) -> bool {
        matches!(
            kind,
            ProtocolErrorKind::NotOAuth { .. }
                | ProtocolErrorKind::WebPage { .. }
                | ProtocolErrorKind::Redirect { .. }
                | ProtocolErrorKind::TooLarge
        )
    }
    !is_about_absence(first) && is_about_absence(second)
}

/// The two addresses of an issuer's metadata.
fn well_known(issuer: &str) -> Result<(String, String), ConfigError> {
    let url = Url::parse(issuer).map_err(|_| ConfigError::IssuerShape)?;
    // RFC 8414 section 2.
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::IssuerShape);
    }
    let path = url.path().trim_end_matches('/');
    let mut oauth = url.clone();
    oauth.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
    let mut openid = url.clone();
    openid.set_path(&format!("{path}/.well-known/openid-configuration"));
    Ok((oauth.into(), openid.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k6_the_well_known_part_stands_before_the_path_or_behind_it() {
        let (oauth, openid) = well_known("https://as.example/tenant/").unwrap();
        assert_eq!(
            oauth,
            "https://as.example/.well-known/oauth-authorization-server/tenant"
        );
        assert_eq!(
            openid,
            "https://as.example/tenant/.well-known/openid-configuration"
        );
        let (oauth, openid) = well_known("https://as.example").unwrap();
        assert_eq!(
            oauth,
            "https://as.example/.well-known/oauth-authorization-server"
        );
        assert_eq!(
            openid,
            "https://as.example/.well-known/openid-configuration"
        );
        assert_eq!(
            well_known("https://as.example/?x"),
            Err(ConfigError::IssuerShape)
        );
    }
}
