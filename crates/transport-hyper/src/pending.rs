//! A sign-in that waits for the person.

use crate::client::Client;
use device_flow_core::{Config, DeviceFlow, Event, Misuse, PendingFlow, Prompt, TokenResponse};
use device_flow_transport::{Error, Remote, tokens};
use std::sync::OnceLock;

/// A sign-in whose [`Prompt`] is known: show it, then [`wait`](Self::wait).
#[derive(Debug)]
#[must_use = "nothing is polled until it is waited for"]
pub struct Pending {
    client: Client,
    flow: Box<DeviceFlow>,
    prompt: Box<Prompt>,
    remote: OnceLock<Remote>,
}

impl Pending {
    /// A sign-in with a prompt; without one it has already ended.
    pub(crate) fn new(client: Client, flow: Box<DeviceFlow>, prompt: Option<Prompt>) -> Result<Self, Error> {
        match prompt {
            Some(prompt) => Ok(Self { client, flow, prompt: Box::new(prompt), remote: OnceLock::new() }),
            None => Err(tokens(*flow).err().unwrap_or(Error::Cancelled)),
        }
    }

    /// What the person has to be shown.
    pub const fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// The configuration that the sign-in began with, with the nonce that was filled in: [`Config::identity`] compares it with
    /// the ID token's.
    pub fn config(&self) -> &Config {
        self.flow.config()
    }

    /// Pauses, resumes or cancels this sign-in from another task or thread.
    pub fn remote(&self) -> Remote {
        self.remote.get_or_init(Remote::new).clone()
    }

    /// Polls until the person has decided, the code has run out or [`Remote::cancel`] is called.
    ///
    /// Dropping the future gives the sign-in up. Who wants to go on later keeps what [`suspend`](Self::suspend) gives, or
    /// keeps a [`DeviceFlow`] and uses [`Client::drive`].
    ///
    /// # Errors
    ///
    /// An [`Error`] for every other end than tokens.
    pub async fn wait(self) -> Result<TokenResponse, Error> {
        self.wait_with(|_| {}).await
    }

    /// Like [`wait`](Self::wait), and hands to `on_event` what happens meanwhile. The prompt is not among it any more.
    ///
    /// # Errors
    ///
    /// An [`Error`] for every other end than tokens.
    pub async fn wait_with(self, on_event: impl FnMut(Event)) -> Result<TokenResponse, Error> {
        let Self { client, mut flow, prompt, remote } = self;
        // It was shown, and a sign-in that waits needs it no more.
        drop(prompt);
        client.drive_for(&mut *flow, remote.get(), on_event).await;
        tokens(*flow)
    }

    /// Writes down what [`Client::resume`] needs to go on, in another process if need be. It holds the device code,
    /// which is a secret. Let only one of the two go on.
    ///
    /// # Errors
    ///
    /// [`Misuse::Finished`] when the sign-in has already ended, which cannot be before it is waited for.
    pub fn suspend(&self) -> Result<PendingFlow, Misuse> {
        self.flow.suspend(self.client.now())
    }
}
