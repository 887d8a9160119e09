//! Finding a server's endpoints from its issuer: calls in a row.

mod addresses;

use crate::call::{Asked, Call, CallEvent};
use crate::config::{ConfigError, Limits};
use crate::engine::{Next, Rules as _};
use crate::failure::{Failure, ProtocolError, ProtocolErrorKind};
use crate::machine::{Input, Machine, Misuse, Output};
use crate::metadata::ServerMetadata;
use crate::request::{BodyKind, Method};
use crate::secret::SecretString;
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::uri::{check_endpoint, redirected};
use crate::wire::{Answer, Expected, read_metadata};
use addresses::{is_named, well_known};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::{self, Vec};
use core::time::Duration;

/// How many redirects are followed in a row.
const MAX_REDIRECTS: u8 = 3;

/// Asks an issuer for its metadata, at RFC 8414's address, at OpenID Connect's, and at each in the way of the other.
///
/// For the issuer `https://as.example/tenant` these are, in this order,
/// `https://as.example/.well-known/oauth-authorization-server/tenant`,
/// `https://as.example/tenant/.well-known/openid-configuration`,
/// `https://as.example/tenant/.well-known/oauth-authorization-server` and
/// `https://as.example/.well-known/openid-configuration/tenant`. The first document that names this very issuer and a
/// device authorization endpoint counts; when none names such an endpoint, the first that names the issuer does. The
/// address of such a document will do for an issuer too.
///
/// Redirects are followed, at most three in a row: the request carries no secret, and the document has to name the issuer.
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
    call: Call<Found>,
    /// The addresses to try after this one.
    rest: vec::IntoIter<String>,
    redirects: u8,
    /// Metadata of this issuer without a device authorization endpoint.
    second_best: Option<ServerMetadata>,
    /// What was wrong with the documents before, as far as they said something.
    complaint: Option<Failure>,
    outcome: Option<Result<ServerMetadata, Failure>>,
}

/// What an address brings.
#[derive(Debug)]
enum Found {
    Metadata(ServerMetadata),
    /// The document is said to be somewhere else, with this status.
    Redirect(u16, String),
}

impl Discovery {
    /// A search that has not begun. `issuer` is an absolute URL, spelt as the server spells it: `https`, or `http` on
    /// loopback.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the issuer cannot be one.
    pub fn new(issuer: impl Into<String>) -> Result<Self, ConfigError> {
        Self::with_http(&issuer.into(), false)
    }

    /// Like [`new`](Self::new), and `http` beyond loopback is good enough, for the issuer and for its endpoints.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the issuer cannot be one.
    pub fn allowing_http(issuer: impl Into<String>) -> Result<Self, ConfigError> {
        Self::with_http(&issuer.into(), true)
    }

    fn with_http(issuer: &str, is_http_allowed: bool) -> Result<Self, ConfigError> {
        let address = check_endpoint(issuer, is_http_allowed).map_err(|source| ConfigError::Issuer { source })?;
        let mut rest = well_known(issuer, &address)?.into_iter();
        let first = rest.next().ok_or(ConfigError::IssuerShape)?;
        Ok(Self {
            call: asking(issuer, first, is_http_allowed),
            rest,
            redirects: 0,
            second_best: None,
            complaint: None,
            outcome: None,
        })
    }

    /// How long one exchange may take, connecting included. Default: 30 s. At least a millisecond.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.call.limits_mut().timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// The largest answer that is read, in bytes of body. Default: 1 MiB.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.call.limits_mut().max_body = bytes;
        self
    }

    /// What came of it; `None` until the end.
    pub const fn outcome(&self) -> Option<&Result<ServerMetadata, Failure>> {
        self.outcome.as_ref()
    }

    /// What came of it, taken out.
    ///
    /// # Errors
    ///
    /// The search itself, unharmed, when it has not ended.
    #[expect(clippy::result_large_err, reason = "it is what was handed in")]
    pub fn into_outcome(mut self) -> Result<Result<ServerMetadata, Failure>, Self> {
        self.outcome.take().ok_or(self)
    }
}

impl Machine for Discovery {
    type Event = CallEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, CallEvent> {
        loop {
            match self.call.advance(now) {
                Next::Tell(event) => return Output::Event(event),
                Next::Wait(until) => return Output::WaitUntil(until),
                Next::Send(lent) => {
                    return self.call.request(lent).map_or(Output::Done, Output::Send);
                }
                Next::Done if self.outcome.is_some() => return Output::Done,
                Next::Done => self.go_on(),
            }
        }
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        self.call.handle_input(now, input)?;
        self.go_on();
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.outcome.is_some()
    }
}

impl Discovery {
    /// Goes on from a call that is over to the next one, or to the end.
    fn go_on(&mut self) {
        if self.outcome.is_some() {
            return;
        }
        let failure = match self.call.take_outcome() {
            None => return,
            Some(Ok(Found::Redirect(_, target))) if self.redirects < MAX_REDIRECTS => {
                self.redirects = self.redirects.saturating_add(1);
                self.ask(target);
                return;
            }
            Some(Ok(Found::Redirect(status, target))) => {
                let target = Some(target.into_boxed_str());
                let kind = ProtocolErrorKind::Redirect { status, target };
                ProtocolError::new(Stage::Discovery, kind).into()
            }
            // RFC 8628 section 4: a server that does not announce the endpoint may do so in another document.
            Some(Ok(Found::Metadata(it))) if it.device_authorization_endpoint().is_none() => {
                self.second_best.get_or_insert(it);
                self.try_next();
                return;
            }
            Some(Ok(Found::Metadata(metadata))) => {
                self.finish(Ok(metadata));
                return;
            }
            Some(Err(failure)) => failure,
        };
        match failure {
            Failure::Cancelled => self.finish(Err(failure)),
            // Who cannot be reached at one of its own addresses cannot be reached at the others.
            Failure::Network(_) if self.redirects == 0 => {
                let second_best = self.second_best.take();
                self.finish(second_best.ok_or(failure));
            }
            _ => {
                let complaint = self.complaint.as_ref();
                if complaint.is_none_or(|it| says_more(&failure, it)) {
                    self.complaint = Some(failure);
                }
                self.try_next();
            }
        }
    }

    fn try_next(&mut self) {
        self.redirects = 0;
        if let Some(next) = self.rest.next() {
            self.ask(next);
        } else if let Some(metadata) = self.second_best.take() {
            self.finish(Ok(metadata));
        } else {
            let complaint = self.complaint.take();
            self.finish(Err(complaint.unwrap_or(Failure::Cancelled)));
        }
    }

    fn finish(&mut self, outcome: Result<ServerMetadata, Failure>) {
        self.call.close();
        self.outcome = Some(outcome);
    }

    /// Asks another address. One that stumbles is asked once when the one before did, too.
    fn ask(&mut self, url: String) {
        let asked = &self.call.asked;
        let next = asking(&asked.issuer, url, asked.is_http_allowed);
        let is_troubled = matches!(
            &self.complaint,
            Some(Failure::Protocol(it)) if matches!(it.kind(), ProtocolErrorKind::Unavailable { .. })
        );
        let next = next.following(&mut self.call);
        self.call = if is_troubled { next.retries(0) } else { next };
    }
}

/// The request for one document.
fn asking(issuer: &str, url: String, is_http_allowed: bool) -> Call<Found> {
    let asked = Asked {
        stage: Stage::Discovery,
        method: Method::Get,
        kind: BodyKind::None,
        url,
        authorization: None,
        headers: Vec::new(),
        body: SecretString::with_capacity(0),
        client: None,
        issuer: Box::from(issuer),
        is_http_allowed,
    };
    Call::new(Limits::DEFAULT, asked, |response, asked, _, _| {
        let allow_http = asked.is_http_allowed;
        let target = response
            .location()
            .filter(|_| matches!(response.status(), 301 | 302 | 303 | 307 | 308))
            .and_then(|it| redirected(&asked.url, it, allow_http));
        if let Some(target) = target {
            return Answer::Granted(Found::Redirect(response.status(), target));
        }
        let expected = Expected { issuer: &asked.issuer, is_it: is_named, allow_http };
        read_metadata(response, expected).map(Found::Metadata)
    })
}

/// Whether a complaint tells more than the one before: one about a document's content tells more than one about there
/// being no document.
const fn says_more(now: &Failure, before: &Failure) -> bool {
    const fn is_about_content(failure: &Failure) -> bool {
        match failure {
            Failure::Protocol(error) => !matches!(
                error.kind(),
                ProtocolErrorKind::NotOAuth { .. }
                    | ProtocolErrorKind::WebPage { .. }
                    | ProtocolErrorKind::Redirect { .. }
                    | ProtocolErrorKind::TooLarge
                    | ProtocolErrorKind::Unavailable { .. }
            ),
            _ => false,
        }
    }
    is_about_content(now) || !is_about_content(before)
}
