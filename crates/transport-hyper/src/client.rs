//! The client: what most callers need on top of the driver.

use crate::builder::ClientBuilder;
use crate::driver;
use crate::exchange::Http;
use crate::pending::Pending;
use core::fmt;
use core::ops::ControlFlow;
use core::time::Duration;
use device_flow_core::{
    Call, Config, DeviceFlow, Discovery, Event, Input, Machine, PendingFlow, ServerMetadata, Timestamp,
};
use device_flow_transport::{ClientError, Error, Remote, outcome, with_nonce};
use std::sync::Arc;

/// Drives machines of [`device_flow_core`] over HTTP. Cheap to clone; clones share their connections.
///
/// See the [crate's front page](crate) for a sign-in.
#[derive(Clone)]
pub struct Client {
    pub(crate) http: Arc<Http>,
}

impl Client {
    /// A client with default settings: [`ClientBuilder`] lists them.
    ///
    /// # Errors
    ///
    /// A [`ClientError`] when the environment names a proxy that cannot be used.
    pub fn new() -> Result<Self, ClientError> {
        Self::builder().build()
    }

    /// Starts to set up a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The time on the clock that machines are driven by: [`ClientBuilder::clock`].
    pub fn now(&self) -> Timestamp {
        self.http.clock().now()
    }

    /// Begins a sign-in: asks the server for codes, a bounded number of times when it is in trouble, and returns when
    /// there is something to show. A nonce is made when the configuration needs one.
    ///
    /// # Errors
    ///
    /// An [`Error`] when the configuration cannot work or no codes could be had.
    pub async fn start(&self, config: Config) -> Result<Pending, Error> {
        let mut flow = Box::new(DeviceFlow::new(with_nonce(config)?)?);
        let mut prompt = None;
        driver::run(&self.http, &mut *flow, None, |event| match event {
            Event::Prompt(it) => {
                prompt = Some(it);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        })
        .await;
        Pending::new(self.clone(), flow, prompt)
    }

    /// Takes up a sign-in again that was put aside `away` ago, here or by another process. It is polled when it is waited
    /// for, also when it was paused. Sends nothing yet, so there is nothing to await.
    ///
    /// # Errors
    ///
    /// [`Error::Resume`] when the configuration cannot work or is another one's.
    pub fn resume(&self, config: Config, pending: PendingFlow, away: Duration) -> Result<Pending, Error> {
        let now = self.now();
        let mut flow = Box::new(DeviceFlow::resume(config, pending, away, now)?);
        // Whoever waits for it wants it polled, though it was paused when it was put aside. A flow that was taken up has a
        // code, so this cannot be misuse.
        let _ = flow.handle_input(now, Input::Resume);
        let prompt = flow.prompt(now);
        Pending::new(self.clone(), flow, prompt)
    }

    /// Asks an issuer for its endpoints.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when `issuer` cannot be one, [`Error::Failed`] when it has no usable metadata.
    pub async fn discover(&self, issuer: &str) -> Result<ServerMetadata, Error> {
        let mut discovery = Discovery::new(issuer)?;
        self.drive(&mut discovery, |_| {}).await;
        outcome(discovery.into_outcome())
    }

    /// Makes a request that is made once: [`Call::refresh`], [`Call::revoke_refresh_token`], [`Call::introspect`],
    /// [`Call::userinfo`], [`Call::register`].
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the server refuses, answers nonsense or cannot be reached.
    pub async fn call<T>(&self, mut call: Call<T>) -> Result<T, Error> {
        self.drive(&mut call, |_| {}).await;
        outcome(call.into_outcome())
    }

    /// Drives `machine` to its end and hands what it tells to `on_event`.
    ///
    /// The future may be dropped at any point, and the machine be driven again later, or by something else: it loses the
    /// answer to a request in flight and nothing more, knows that it did, and never polls early.
    pub async fn drive<M: Machine>(&self, machine: &mut M, on_event: impl FnMut(M::Event)) {
        self.drive_for(machine, None, on_event).await;
    }

    /// Like [`drive`](Self::drive), and obeys `remote`.
    pub async fn drive_with<M: Machine>(&self, machine: &mut M, remote: &Remote, on_event: impl FnMut(M::Event)) {
        self.drive_for(machine, Some(remote), on_event).await;
    }

    pub(crate) fn drive_for<M: Machine>(
        &self,
        machine: &mut M,
        remote: Option<&Remote>,
        mut on_event: impl FnMut(M::Event),
    ) -> impl Future<Output = ()> {
        driver::run(&self.http, machine, remote, move |event| {
            on_event(event);
            ControlFlow::Continue(())
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("headers", &self.http.headers).finish_non_exhaustive()
    }
}
