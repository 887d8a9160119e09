//! A sign-in that waits for the person.

use crate::client::Client;
use crate::error::{Error, ending};
use crate::remote::Remote;
use device_flow_core::{DeviceFlow, Event, Misuse, PendingFlow, Prompt, TokenResponse};

/// A sign-in whose [`Prompt`] is known: show it, then [`wait`](Self::wait).
#[derive(Debug)]
#[must_use = "nothing is polled until it is waited for"]
pub struct Pending {
    client: Client,
    flow: DeviceFlow,
    prompt: Prompt,
    remote: Remote,
}

impl Pending {
    /// A sign-in with a prompt; without one it has already ended.
    pub(crate) fn new(client: Client, flow: DeviceFlow, prompt: Option<Prompt>, remote: Remote) -> Result<Self, Error> {
        match prompt {
            Some(prompt) => Ok(Self { client, flow, prompt, remote }),
            None => Err(ending(flow).err().unwrap_or(Error::Cancelled)),
        }
    }

    /// What the person has to be shown.
    pub const fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// Pauses, resumes or cancels this sign-in from another task or thread.
    pub fn remote(&self) -> Remote {
        self.remote.clone()
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
    pub async fn wait_with(mut self, on_event: impl FnMut(Event)) -> Result<TokenResponse, Error> {
        self.client.drive_with(&mut self.flow, &self.remote, on_event).await;
        ending(self.flow)
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
