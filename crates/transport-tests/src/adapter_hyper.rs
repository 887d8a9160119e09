//! The adapter of `transport-hyper`.

use crate::{Ending, Settings, Transport, ending, text};
use core::time::Duration;
use device_flow_core::{Call, Config, Machine, PendingFlow, ServerMetadata, Timestamp, TokenResponse};
use device_flow_transport::Remote;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use transport_hyper::Client;

/// `transport-hyper`, on a runtime of its own.
#[derive(Clone, Debug)]
pub struct Hyper {
    client: Client,
    runtime: Arc<Runtime>,
}

impl Hyper {
    /// Waits for a future that could also wait on another thread: all of the crate's can.
    fn wait<T>(&self, future: impl Future<Output = T> + Send) -> T {
        self.runtime.block_on(future)
    }
}

impl Transport for Hyper {
    const NAME: &'static str = "hyper";

    fn build(settings: &Settings) -> Result<Self, String> {
        let mut builder = Client::builder().proxy(settings.proxy.clone());
        for pem in &settings.roots {
            builder = builder.root_certificates_pem(pem.as_bytes());
        }
        if let Some((chain, key)) = &settings.identity {
            builder = builder.client_certificate_pem(chain.as_bytes(), key.as_bytes());
        }
        if let Some(user_agent) = &settings.user_agent {
            builder = builder.user_agent(user_agent);
        }
        if let Some(timeout) = settings.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        if let Some(clock) = &settings.clock {
            builder = builder.clock(Arc::clone(clock));
        }
        let client = builder.build().map_err(|it| text(&it))?;
        // A worker of its own looks after idle connections while no test waits.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(|it| text(&it))?;
        Ok(Self { client, runtime: Arc::new(runtime) })
    }

    fn now(&self) -> Timestamp {
        self.client.now()
    }

    fn drive<M: Machine<Event: Send> + Send>(
        &self,
        machine: &mut M,
        remote: &Remote,
        on_event: &mut (dyn FnMut(M::Event) + Send),
    ) {
        self.wait(self.client.drive_with(machine, remote, on_event));
    }

    fn discover(&self, issuer: &str) -> Result<ServerMetadata, Ending> {
        self.wait(self.client.discover(issuer)).map_err(ending)
    }

    fn sign_in(&self, config: Config) -> Result<TokenResponse, Ending> {
        let pending = self.wait(self.client.start(config)).map_err(ending)?;
        self.wait(pending.wait()).map_err(ending)
    }

    fn sign_in_as_configured(&self, config: Config) -> Result<(Config, TokenResponse), Ending> {
        let pending = self.wait(self.client.start(config)).map_err(ending)?;
        let config = pending.config().clone();
        Ok((config, self.wait(pending.wait()).map_err(ending)?))
    }

    fn start_and_suspend(&self, config: Config) -> Result<PendingFlow, Ending> {
        let pending = self.wait(self.client.start(config)).map_err(ending)?;
        pending.suspend().map_err(|it| Ending::Other(text(&it)))
    }

    fn resume_and_wait(&self, config: Config, pending: PendingFlow, away: Duration) -> Result<TokenResponse, Ending> {
        let pending = self.client.resume(config, pending, away).map_err(ending)?;
        self.wait(pending.wait()).map_err(ending)
    }

    fn call<R: Send>(&self, call: Call<R>) -> Result<R, Ending> {
        self.wait(self.client.call(call)).map_err(ending)
    }
}
