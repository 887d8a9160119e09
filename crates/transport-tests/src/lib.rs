//! One loopback suite that both transports pass.
//!
//! A [`Transport`] is the little that the suite needs of a client crate; each has an adapter here. The tests are in
//! `tests/suite`, written once and run as `ureq::…` and `hyper::…`.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/drivers.md")]
struct Drivers;

mod adapter_hyper;
mod adapter_ureq;
mod probe;
mod recording_proxy;

pub use adapter_hyper::Hyper;
pub use adapter_ureq::Ureq;
pub use probe::{Counting, Probe};
pub use recording_proxy::{RecordingProxy, Tunnel};

use core::fmt;
use core::time::Duration;
use device_flow_core::{
    Call, Config, DeviceFlow, Event, Expiry, Failure, Machine, Outcome, PendingFlow, ServerMetadata, Timestamp,
    TokenResponse, TransportFailure,
};
use device_flow_transport::{Clock, Error, Proxy, Remote};
use std::sync::Arc;

/// A client crate under test.
pub trait Transport: Clone + Send + Sync + 'static {
    /// What its cases are called by.
    const NAME: &'static str;

    /// Makes a client. The error is what the crate says, as `Display` and `Debug` in one text.
    ///
    /// # Errors
    ///
    /// When the settings cannot work.
    fn build(settings: &Settings) -> Result<Self, String>;

    /// The driver's clock.
    fn now(&self) -> Timestamp;

    /// Drives a machine to its end.
    fn drive<M: Machine<Event: Send> + Send>(
        &self,
        machine: &mut M,
        remote: &Remote,
        on_event: &mut (dyn FnMut(M::Event) + Send),
    );

    /// `discover`.
    ///
    /// # Errors
    ///
    /// What the error stands for.
    fn discover(&self, issuer: &str) -> Result<ServerMetadata, Ending>;

    /// `start`, then `wait`.
    ///
    /// # Errors
    ///
    /// What the error stands for.
    fn sign_in(&self, config: Config) -> Result<TokenResponse, Ending>;

    /// `start`, then `wait`, with the configuration as it was used.
    ///
    /// # Errors
    ///
    /// What the error stands for.
    fn sign_in_as_configured(&self, config: Config) -> Result<(Config, TokenResponse), Ending>;

    /// `start`, then `suspend`.
    ///
    /// # Errors
    ///
    /// What the error stands for.
    fn start_and_suspend(&self, config: Config) -> Result<PendingFlow, Ending>;

    /// `resume`, then `wait`.
    ///
    /// # Errors
    ///
    /// What the error stands for.
    fn resume_and_wait(&self, config: Config, pending: PendingFlow, away: Duration) -> Result<TokenResponse, Ending>;

    /// `call`.
    ///
    /// # Errors
    ///
    /// What the error stands for.
    fn call<R: Send>(&self, call: Call<R>) -> Result<R, Ending>;

    /// Drives a flow to its end without a remote and without looking at events.
    ///
    /// # Panics
    ///
    /// When the configuration cannot work.
    fn outcome(&self, config: Config) -> Outcome {
        self.outcome_with(config, |_| {})
    }

    /// Drives a flow to its end without a remote.
    ///
    /// # Panics
    ///
    /// When the configuration cannot work or the flow has no end.
    #[expect(clippy::expect_used, reason = "it serves tests only")]
    fn outcome_with(&self, config: Config, mut on_event: impl FnMut(Event) + Send) -> Outcome {
        let mut flow = DeviceFlow::new(config).expect("a configuration that works");
        self.drive(&mut flow, &Remote::new(), &mut on_event);
        flow.into_outcome().expect("a driven flow has ended")
    }

    /// Makes one exchange, the device authorization request, and tells what came of it: status and body, or the
    /// failure. Nothing is tried again.
    ///
    /// # Errors
    ///
    /// The failure that the driver reports.
    ///
    /// # Panics
    ///
    /// When the configuration cannot work or the driver reports nothing.
    #[expect(clippy::expect_used, reason = "it serves tests only")]
    fn exchange(&self, config: Config) -> Result<(u16, Vec<u8>), TransportFailure> {
        let flow = DeviceFlow::new(config).expect("a configuration that works");
        let mut probe = Probe::new(flow);
        self.drive(&mut probe, &Remote::new(), &mut |_| {});
        probe.into_result().expect("a request has been answered")
    }
}

/// What a test sets about a client.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Extra root certificates in PEM, each given by a call of its own.
    pub roots: Vec<String>,
    /// Client certificate chain and key in PEM.
    pub identity: Option<(String, String)>,
    /// The user agent, when not the default.
    pub user_agent: Option<String>,
    /// The connect timeout, when not the default.
    pub connect_timeout: Option<Duration>,
    /// The clock, when not the system's.
    pub clock: Option<Arc<dyn Clock>>,
    /// The proxy. Tests must not depend on the environment, so the default is none.
    pub proxy: Proxy,
}

impl Default for Settings {
    fn default() -> Self {
        let (roots, identity, user_agent, connect_timeout, clock) = Default::default();
        Self { roots, identity, user_agent, connect_timeout, clock, proxy: Proxy::None }
    }
}

/// What an error stands for.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The person said no.
    Denied,
    /// The code ran out; with the error as text.
    Expired(Expiry, String),
    /// The caller gave up.
    Cancelled,
    /// It could not be done.
    Failed(Failure),
    /// An error about configuration, client or resuming, as text.
    Other(String),
}

/// An error as `Display` and `Debug` in one text, to look for what must and what must not be in it.
pub fn text(error: &(impl fmt::Display + fmt::Debug)) -> String {
    format!("{error} ({error:?})")
}

fn ending(error: Error) -> Ending {
    match error {
        Error::Denied => Ending::Denied,
        Error::Expired(expiry) => Ending::Expired(expiry, text(&error)),
        Error::Cancelled => Ending::Cancelled,
        Error::Failed(failure) => Ending::Failed(failure),
        other => Ending::Other(text(&other)),
    }
}
