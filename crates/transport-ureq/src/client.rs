//! The client: what a program makes once.

mod builder;

pub use builder::ClientBuilder;

use crate::agents::Agents;
use crate::error::{ClientError, Error};
use crate::pending::Pending;
use crate::remote::Remote;
use crate::{clock, driver};
use core::ops::ControlFlow;
use device_flow_core::{
    Call, Config, DeviceFlow, Discovery, Event, Input, Machine, PendingFlow, ServerMetadata, Timestamp, nonce,
};
use std::sync::Arc;
use std::time::Duration;

/// Drives machines over HTTP. Make one and clone it: clones share connections.
///
/// See the [crate's front page](crate) for an example.
#[derive(Clone, Debug)]
pub struct Client {
    agents: Arc<Agents>,
}

impl Client {
    /// A client with default settings.
    ///
    /// # Errors
    ///
    /// A [`ClientError`] when the environment names a proxy that cannot be used.
    pub fn new() -> Result<Self, ClientError> {
        Self::builder().build()
    }

    /// A client with settings of one's own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The present time on the clock that all clients of this process share. It goes on while the machine sleeps where
    /// the platform offers that (Linux, Android).
    pub fn now(&self) -> Timestamp {
        clock::now()
    }

    /// Begins a sign-in: asks the server for codes, tries again a few times if need be, and returns when there is
    /// something to show to the person.
    ///
    /// A nonce is filled in when the configuration [needs one](Config::needs_nonce).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a configuration that cannot work, [`Error::Failed`] when the server refuses or cannot be
    /// reached. Never [`Error::Denied`] or [`Error::Resume`].
    pub fn start(&self, config: Config) -> Result<Pending, Error> {
        let mut flow = DeviceFlow::new(with_nonce(config)?)?;
        let remote = Remote::new();
        let mut prompt = None;
        driver::run(&self.agents, &mut flow, &remote, |event| match event {
            Event::Prompt(it) => {
                prompt = Some(it);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        });
        Pending::new(self.clone(), flow, prompt, remote)
    }

    /// Takes a sign-in up again that was put aside with [`Pending::suspend`], here or in another process, `away` ago.
    /// When that is not known, zero is safe. It is polled when it is waited for, also when it was paused.
    ///
    /// # Errors
    ///
    /// [`Error::Resume`] when the configuration cannot work or is for another client or server.
    pub fn resume(&self, config: Config, pending: PendingFlow, away: Duration) -> Result<Pending, Error> {
        let now = self.now();
        let mut flow = DeviceFlow::resume(config, pending, away, now)?;
        // Whoever waits for it wants it polled, though it was paused when it was put aside. A flow that was taken up has a
        // code, so this cannot be misuse.
        let _ = flow.handle_input(now, Input::Resume);
        let prompt = flow.prompt(now);
        Pending::new(self.clone(), flow, prompt, Remote::new())
    }

    /// Finds a server's endpoints from its issuer (RFC 8414, OpenID Connect Discovery).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for an issuer that cannot be one, [`Error::Failed`] when there is no document of its.
    pub fn discover(&self, issuer: &str) -> Result<ServerMetadata, Error> {
        let mut discovery = Discovery::new(issuer)?;
        self.drive(&mut discovery, |_| {});
        match discovery.into_outcome() {
            Ok(outcome) => Ok(outcome?),
            // A driven machine has always ended.
            Err(_) => Err(Error::Cancelled),
        }
    }

    /// Makes a request that is made once: [`Call::refresh`], [`Call::revoke_refresh_token`], [`Call::introspect`],
    /// [`Call::userinfo`], [`Call::register`].
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the server refuses, answers nonsense or cannot be reached.
    pub fn call<T>(&self, mut call: Call<T>) -> Result<T, Error> {
        self.drive(&mut call, |_| {});
        match call.into_outcome() {
            Ok(outcome) => Ok(outcome?),
            // A driven machine has always ended.
            Err(_) => Err(Error::Cancelled),
        }
    }

    /// Drives a machine to its end and hands its events to `on_event`.
    pub fn drive<M: Machine>(&self, machine: &mut M, on_event: impl FnMut(M::Event)) {
        self.drive_with(machine, &Remote::new(), on_event);
    }

    /// Drives a machine to its end, hands its events to `on_event` and obeys `remote`.
    pub fn drive_with<M: Machine>(&self, machine: &mut M, remote: &Remote, mut on_event: impl FnMut(M::Event)) {
        driver::run(&self.agents, machine, remote, |event| {
            on_event(event);
            ControlFlow::Continue(())
        });
    }

    /// What was wrong with the last request of this client or its clones that came to nothing, in the words of the
    /// libraries below: for people who look for the reason why TLS failed, say. Holds nothing secret.
    pub fn last_failure(&self) -> Option<String> {
        self.agents.last_failure()
    }
}

fn with_nonce(config: Config) -> Result<Config, ClientError> {
    if !config.needs_nonce() {
        return Ok(config);
    }
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|_| ClientError::Randomness)?;
    Ok(config.nonce(nonce(&random)))
}
