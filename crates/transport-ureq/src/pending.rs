//! A sign-in that has begun.

use crate::client::Client;
use core::ops::ControlFlow;
use device_flow_core::{Config, DeviceFlow, Event, Misuse, PendingFlow, Prompt, TokenResponse};
use device_flow_transport::{Error, Remote, tokens};
use std::sync::OnceLock;

/// A sign-in whose codes are known, waiting for the person. Show the [`prompt`](Self::prompt), then
/// [`wait`](Self::wait).
#[derive(Debug)]
#[must_use = "nothing is polled until it is waited for"]
pub struct Pending {
    client: Client,
    flow: DeviceFlow,
    prompt: Prompt,
    /// Made when first asked for: without one, nothing needs a second thread.
    remote: OnceLock<Remote>,
}

impl Pending {
    /// A sign-in with a prompt; without one it has already ended.
    pub(crate) fn new(client: Client, flow: DeviceFlow, prompt: Option<Prompt>) -> Result<Self, Error> {
        match prompt {
            Some(prompt) => Ok(Self { client, flow, prompt, remote: OnceLock::new() }),
            None => Err(tokens(flow).err().unwrap_or(Error::Cancelled)),
        }
    }

    /// What to show to the person: the address to go to and the code to type there.
    pub const fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// The configuration that the sign-in began with, with the nonce that was filled in: [`Config::identity`] compares it with
    /// the ID token's.
    pub fn config(&self) -> &Config {
        self.flow.config()
    }

    /// Something to pause, resume or cancel the sign-in with from another thread.
    pub fn remote(&self) -> Remote {
        self.remote.get_or_init(Remote::new).clone()
    }

    /// Polls until the person has decided.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`], [`Error::Expired`], [`Error::Cancelled`] or [`Error::Failed`]. Passing trouble while polling
    /// is none of them: it is tried again for as long as the code lives.
    pub fn wait(self) -> Result<TokenResponse, Error> {
        self.wait_with(|_| {})
    }

    /// Polls until the person has decided, and tells what happens meanwhile.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_with(mut self, mut on_event: impl FnMut(Event)) -> Result<TokenResponse, Error> {
        self.client.run(&mut self.flow, self.remote.get(), |event| {
            on_event(event);
            ControlFlow::Continue(())
        });
        tokens(self.flow)
    }

    /// Writes down all that is needed to take the sign-in up again with [`Client::resume`], in another process if need
    /// be. It holds secrets. Let only one of the two go on.
    ///
    /// # Errors
    ///
    /// None in practice: a sign-in that waits can be put aside. [`Misuse::NotPolling`] and [`Misuse::Finished`] are the
    /// core's words for what cannot be.
    pub fn suspend(&self) -> Result<PendingFlow, Misuse> {
        self.flow.suspend(self.client.now())
    }
}
