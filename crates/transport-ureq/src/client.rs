//! The client: what a program makes once.

mod builder;
mod shared;

pub use builder::ClientBuilder;
pub(crate) use shared::Shared;

use crate::driver;
use crate::pending::Pending;
use core::ops::ControlFlow;
use device_flow_core::{
    Call, Config, DeviceFlow, Discovery, Event, Input, Machine, PendingFlow, ServerMetadata, Timestamp,
};
use device_flow_transport::{ClientError, Error, Remote, outcome, with_nonce};
use std::sync::Arc;
use std::time::Duration;

/// Drives machines over HTTP. Make one and clone it: clones share connections.
///
/// See the [crate's front page](crate) for an example.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
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

    /// The present time on the client's [clock](ClientBuilder::clock).
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
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
        let mut prompt = None;
        self.run(&mut flow, None, |event| match event {
            Event::Prompt(it) => {
                prompt = Some(it);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        });
        Pending::new(self.clone(), flow, prompt)
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
        Pending::new(self.clone(), flow, prompt)
    }

    /// Finds a server's endpoints from its issuer (RFC 8414, OpenID Connect Discovery).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for an issuer that cannot be one, [`Error::Failed`] when there is no document of its.
    pub fn discover(&self, issuer: &str) -> Result<ServerMetadata, Error> {
        let mut discovery = Discovery::new(issuer)?;
        self.drive(&mut discovery, |_| {});
        outcome(discovery.into_outcome())
    }

    /// Makes a request that is made once: [`Call::refresh`], [`Call::revoke_refresh_token`], [`Call::introspect`],
    /// [`Call::userinfo`], [`Call::register`].
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the server refuses, answers nonsense or cannot be reached.
    pub fn call<T>(&self, mut call: Call<T>) -> Result<T, Error> {
        self.drive(&mut call, |_| {});
        outcome(call.into_outcome())
    }

    /// Drives a machine to its end, on this thread alone, and hands its events to `on_event`.
    pub fn drive<M: Machine>(&self, machine: &mut M, mut on_event: impl FnMut(M::Event)) {
        self.run(machine, None, |event| {
            on_event(event);
            ControlFlow::Continue(())
        });
    }

    /// Drives a machine to its end, hands its events to `on_event` and obeys `remote`.
    ///
    /// Requests are made on a second thread, which ends with this call, so that an order is carried out at once.
    pub fn drive_with<M: Machine>(&self, machine: &mut M, remote: &Remote, mut on_event: impl FnMut(M::Event)) {
        self.run(machine, Some(remote), |event| {
            on_event(event);
            ControlFlow::Continue(())
        });
    }

    pub(crate) fn run<M: Machine>(
        &self,
        machine: &mut M,
        remote: Option<&Remote>,
        on_event: impl FnMut(M::Event) -> ControlFlow<()>,
    ) {
        driver::run(&self.shared, machine, remote, on_event);
    }
}
