//! What a client's clones share.

use crate::exchange::{Exchange, Outcome};
use core::fmt;
use device_flow_core::Request;
use device_flow_transport::Clock;
use device_flow_transport::blocking::{Dialler, Line};
use http::{HeaderMap, Response};
use std::sync::Arc;
use std::time::Instant;
use ureq::{Agent, AsSendBody, Body};

pub(crate) struct Shared {
    pub(crate) agent: Agent,
    /// Whether the agent is the caller's, with connections that know nothing of lines.
    pub(crate) is_agent_given: bool,
    pub(crate) dialler: Arc<Dialler>,
    /// What requests have beside what their machine names.
    pub(crate) headers: HeaderMap,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Shared {
    /// Makes a request on this thread.
    pub(crate) fn exchange(&self, request: &Request<'_>) -> Outcome {
        Exchange::new(request, &self.headers)?.run(self)
    }

    /// Sends a request and reads the head of its answer.
    pub(crate) fn ask(
        &self,
        request: http::Request<impl AsSendBody>,
        line: &Line,
    ) -> Result<Response<Body>, ureq::Error> {
        if !self.is_agent_given {
            return self.agent.run(request);
        }
        // Nobody tells when it sends.
        line.begin_to_send()?;
        let request = self.agent.configure_request(request);
        let rest = line.deadline().saturating_duration_since(Instant::now());
        let request = request.timeout_global(Some(rest)).max_redirects(0).http_status_as_error(false);
        self.agent.run(request.build())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        f.debug_struct("Shared").field("headers", &names).field("clock", &self.clock).finish_non_exhaustive()
    }
}
