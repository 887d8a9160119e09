//! The adapter of `transport-ureq`.

use crate::{Ending, Settings, Transport, ending, text};
use core::time::Duration;
use device_flow_core::{Call, Config, Machine, PendingFlow, ServerMetadata, Timestamp, TokenResponse};
use device_flow_transport::Remote;
use std::sync::Arc;
use transport_ureq::Client;

/// `transport-ureq`.
#[derive(Clone, Debug)]
pub struct Ureq(Client);

impl Transport for Ureq {
    const NAME: &'static str = "ureq";

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
        builder.build().map(Self).map_err(|it| text(&it))
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn drive<M: Machine<Event: Send> + Send>(
        &self,
        machine: &mut M,
        remote: &Remote,
        on_event: &mut (dyn FnMut(M::Event) + Send),
    ) {
        // Where nobody else holds the remote, the way is taken that needs none, so that the suite goes both ways.
        if remote.is_alone() {
            self.0.drive(machine, on_event);
        } else {
            self.0.drive_with(machine, remote, on_event);
        }
    }

    fn discover(&self, issuer: &str) -> Result<ServerMetadata, Ending> {
        self.0.discover(issuer).map_err(ending)
    }

    fn sign_in(&self, config: Config) -> Result<TokenResponse, Ending> {
        let pending = self.0.start(config).map_err(ending)?;
        pending.wait().map_err(ending)
    }

    fn sign_in_as_configured(&self, config: Config) -> Result<(Config, TokenResponse), Ending> {
        let pending = self.0.start(config).map_err(ending)?;
        let config = pending.config().clone();
        Ok((config, pending.wait().map_err(ending)?))
    }

    fn start_and_suspend(&self, config: Config) -> Result<PendingFlow, Ending> {
        let pending = self.0.start(config).map_err(ending)?;
        pending.suspend().map_err(|it| Ending::Other(text(&it)))
    }

    fn resume_and_wait(&self, config: Config, pending: PendingFlow, away: Duration) -> Result<TokenResponse, Ending> {
        let pending = self.0.resume(config, pending, away).map_err(ending)?;
        pending.wait().map_err(ending)
    }

    fn call<R: Send>(&self, call: Call<R>) -> Result<R, Ending> {
        self.0.call(call).map_err(ending)
    }
}
