//! The client: one loop that drives any machine, and what most callers need on top of it.

use crate::builder::ClientBuilder;
use crate::clock;
use crate::error::{ClientError, Error};
use crate::exchange::{Answer, Exchange, Http};
use crate::pending::Pending;
use crate::remote::{Orders, Remote};
use device_flow_core::{
    Call, Config, DeviceFlow, Discovery, Event, Input, Machine, Output, PendingFlow, RequestId, ServerMetadata,
    Timestamp, TransportFailure, nonce,
};
use futures_util::future::{Either, select};
use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

/// Drives machines of [`device_flow_core`] over HTTP. Cheap to clone; clones share their connections.
///
/// See the [crate's front page](crate) for a sign-in.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: Http,
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

    /// The time on the clock that machines are driven by. On Linux and Android it counts while the machine is suspended.
    pub fn now(&self) -> Timestamp {
        clock::now()
    }

    /// Begins a sign-in: asks the server for codes, a bounded number of times when it is in trouble, and returns when
    /// there is something to show. A nonce is made when the configuration needs one.
    ///
    /// # Errors
    ///
    /// An [`Error`] when the configuration cannot work or no codes could be had.
    pub async fn start(&self, config: Config) -> Result<Pending, Error> {
        let mut flow = DeviceFlow::new(with_nonce(config)?)?;
        let mut prompt = None;
        let remote = Remote::new();
        self.drive_until(&mut flow, &remote, |event| match event {
            Event::Prompt(it) => {
                prompt = Some(it);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        })
        .await;
        Pending::new(self.clone(), flow, prompt, remote)
    }

    /// Takes up a sign-in again that was put aside `away` ago, here or by another process. It is polled when it is waited
    /// for, also when it was paused. Sends nothing yet, so there is nothing to await.
    ///
    /// # Errors
    ///
    /// [`Error::Resume`] when the configuration cannot work or is another one's.
    pub fn resume(&self, config: Config, pending: PendingFlow, away: Duration) -> Result<Pending, Error> {
        let now = self.now();
        let mut flow = DeviceFlow::resume(config, pending, away, now)?;
        // Whoever waits for it wants it polled, though it was paused when it was put aside. A flow that was taken up has a
        // code, so this cannot be misuse.
        let _ = flow.handle_input(now, Input::Resume);
        let prompt = flow.prompt(now);
        Pending::new(self.clone(), flow, prompt, Remote::new())
    }

    /// Asks an issuer for its endpoints.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when `issuer` cannot be one, [`Error::Failed`] when it has no usable metadata.
    pub async fn discover(&self, issuer: &str) -> Result<ServerMetadata, Error> {
        let mut discovery = Discovery::new(issuer)?;
        self.drive(&mut discovery, |_| {}).await;
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
    pub async fn call<T>(&self, mut call: Call<T>) -> Result<T, Error> {
        self.drive(&mut call, |_| {}).await;
        match call.into_outcome() {
            Ok(outcome) => Ok(outcome?),
            // A driven machine has always ended.
            Err(_) => Err(Error::Cancelled),
        }
    }

    /// Drives `machine` to its end and hands what it tells to `on_event`.
    ///
    /// The future may be dropped at any point, and the machine be driven again later, or by something else: it loses the
    /// answer to a request in flight and nothing more, knows that it did, and never polls early.
    pub async fn drive<M: Machine>(&self, machine: &mut M, on_event: impl FnMut(M::Event)) {
        self.drive_with(machine, &Remote::new(), on_event).await;
    }

    /// Like [`drive`](Self::drive), and obeys `remote`.
    pub async fn drive_with<M: Machine>(&self, machine: &mut M, remote: &Remote, mut on_event: impl FnMut(M::Event)) {
        self.drive_until(machine, remote, |event| {
            on_event(event);
            ControlFlow::Continue(())
        })
        .await;
    }

    /// What was wrong with the last request of this client or its clones that came to nothing, in the words of the
    /// libraries below: for people who look for the reason why TLS failed, say. Holds nothing secret.
    pub fn last_failure(&self) -> Option<String> {
        self.http.last_failure()
    }

    /// The one loop: drives `machine` to its end, or until `on_event` has heard enough.
    async fn drive_until<M: Machine>(
        &self,
        machine: &mut M,
        remote: &Remote,
        mut on_event: impl FnMut(M::Event) -> ControlFlow<()>,
    ) {
        let mut orders = remote.listen();
        loop {
            let now = clock::now();
            orders.apply(machine, now);
            match self.next(machine, now) {
                Next::Tell(event) => {
                    if on_event(event).is_break() {
                        return;
                    }
                }
                Next::Wait(deadline) => {
                    let sleep = pin!(clock::sleep_until(deadline));
                    let order = pin!(orders.changed());
                    select(sleep, order).await;
                }
                Next::Send(id, exchange) => {
                    let flight = Flight::new(machine, id);
                    let answer = interruptible(exchange, flight.machine, &mut orders).await;
                    flight.land(answer.as_ref());
                }
                Next::Done => return,
            }
        }
    }

    /// Asks the machine, and turns what it lends into something owned: nothing borrowed lives across an await.
    fn next<M: Machine>(&self, machine: &mut M, now: Timestamp) -> Next<M::Event> {
        match machine.poll_output(now) {
            Output::Send(request) => Next::Send(request.id(), self.http.exchange(&request, now)),
            Output::Event(event) => Next::Tell(event),
            Output::WaitUntil(deadline) => Next::Wait(deadline),
            Output::Done => Next::Done,
        }
    }
}

/// [`Output`], owned.
enum Next<E> {
    Send(RequestId, Exchange),
    Tell(E),
    Wait(Timestamp),
    Done,
}

/// A machine with a request in flight. Dropped on the way, with the future that drives, it tells the machine that nobody
/// waits for the answer any more.
struct Flight<'a, M: Machine> {
    machine: &'a mut M,
    id: Option<RequestId>,
}

impl<'a, M: Machine> Flight<'a, M> {
    const fn new(machine: &'a mut M, id: RequestId) -> Self {
        let id = Some(id);
        Self { machine, id }
    }

    /// Hands the answer in. Without one the machine, cancelled, only learns that nothing is in flight any more.
    fn land(mut self, answer: Option<&Result<Answer, TransportFailure>>) {
        match answer {
            Some(Ok(answer)) => self.report(|id| Input::Response(id, answer.as_response())),
            Some(Err(failure)) => self.report(|id| Input::Failure(id, *failure)),
            None => {}
        }
    }

    fn report<'i>(&mut self, input: impl FnOnce(RequestId) -> Input<'i>) {
        if let Some(id) = self.id.take() {
            // The id is the machine's own, so this cannot be misuse.
            let _ = self.machine.handle_input(clock::now(), input(id));
        }
    }
}

impl<M: Machine> Drop for Flight<'_, M> {
    fn drop(&mut self) {
        self.report(|id| Input::Failure(id, TransportFailure::Closed));
    }
}

/// Waits for an answer; `None` when an order came that ended the machine, to which no answer is of use any more.
async fn interruptible<M: Machine>(
    mut exchange: Exchange,
    machine: &mut M,
    orders: &mut Orders,
) -> Option<Result<Answer, TransportFailure>> {
    loop {
        {
            let order = pin!(orders.changed());
            if let Either::Left((answer, _)) = select(&mut exchange, order).await {
                return Some(answer);
            }
        }
        orders.apply(machine, clock::now());
        if machine.is_done() {
            return None;
        }
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
