//! A sign-in that has begun.

use crate::client::Client;
use crate::error::Error;
use crate::remote::Remote;
use device_flow_core::{DeviceFlow, Event, Misuse, Outcome, PendingFlow, Prompt, TokenResponse};

/// A sign-in whose codes are known, waiting for the person. Show the [`prompt`](Self::prompt), then
/// [`wait`](Self::wait).
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

    /// What to show to the person: the address to go to and the code to type there.
    pub const fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// Something to pause, resume or cancel the sign-in with from another thread.
    pub fn remote(&self) -> Remote {
        self.remote.clone()
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
    pub fn wait_with(mut self, on_event: impl FnMut(Event)) -> Result<TokenResponse, Error> {
        self.client.drive_with(&mut self.flow, &self.remote, on_event);
        ending(self.flow)
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

/// What a flow has come to.
fn ending(flow: DeviceFlow) -> Result<TokenResponse, Error> {
    match flow.into_outcome() {
        Ok(Outcome::Authorized(token)) => Ok(token),
        Ok(Outcome::Denied) => Err(Error::Denied),
        Ok(Outcome::Expired(expiry)) => Err(Error::Expired(expiry)),
        Ok(Outcome::Failed(failure)) => Err(failure.into()),
        // A driven flow has always ended.
        Ok(Outcome::Cancelled) | Err(_) => Err(Error::Cancelled),
    }
}
