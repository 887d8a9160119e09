//! ureq's agents: one for each way a request can travel, made when first needed.

use crate::ends::Ends;
use crate::exchange::{Answer, Exchange, Flight, Progress};
use crate::failure::Trouble;
use crate::names::Names;
use crate::one_write::OneWrite;
use crate::proxy::{Gate, Proxies, Route};
use crate::remote::Remote;
use core::fmt;
use device_flow_core::{Request, TransportFailure};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::{Connector as _, DefaultConnector};

/// The largest head of an answer, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// What a client's clones share.
pub(crate) struct Agents {
    pub(crate) tls: TlsConfig,
    pub(crate) user_agent: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxies: Proxies,
    pub(crate) direct: OnceLock<Agent>,
    pub(crate) through_http_proxy: OnceLock<Agent>,
    pub(crate) through_https_proxy: OnceLock<Agent>,
    pub(crate) last_failure: Arc<Mutex<Option<String>>>,
}

impl Agents {
    /// Sends a request on a thread of its own. `remote` is woken when the answer is there.
    pub(crate) fn launch(&self, request: &Request<'_>, remote: &Remote) -> Flight {
        let (flight, progress) = Flight::new(request.id());
        let delivery = Delivery {
            progress: Arc::clone(&progress),
            remote: remote.clone(),
            last_failure: Arc::clone(&self.last_failure),
        };
        let exchange = match Exchange::new(request, progress) {
            Ok(it) => it,
            Err(trouble) => {
                delivery.fail(trouble);
                return flight;
            }
        };
        let agent = self.agent(&exchange, request.timeout()).clone();
        let thread = thread::Builder::new().name("device-flow exchange".to_owned());
        let last_failure = Arc::clone(&self.last_failure);
        let spawned = thread.spawn(move || match exchange.run(&agent) {
            Ok(arrived) => delivery.progress.deliver(Answer::Response(arrived)),
            Err(trouble) => delivery.fail(trouble),
        });
        if let Err(error) = spawned {
            // The delivery was dropped with the closure and has reported a failure.
            note(&last_failure, Trouble::no_thread(&error).detail);
        }
        flight
    }

    /// The agent for the way this request travels. Its own time limit is that of the first request, because ureq keeps
    /// the TLS settings at hand only between requests that are configured alike.
    fn agent(&self, exchange: &Exchange, timeout: Duration) -> &Agent {
        let (agent, proxy) = match self.proxies.route(exchange.uri()) {
            Route::Direct => (&self.direct, None),
            Route::HttpProxy => (&self.through_http_proxy, self.proxies.http.as_ref()),
            Route::HttpsProxy => (&self.through_https_proxy, self.proxies.https.as_ref()),
        };
        agent.get_or_init(|| {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_response_header_size(MAX_HEAD)
                .timeout_connect(Some(self.connect_timeout))
                .timeout_resolve(Some(self.connect_timeout))
                .timeout_global(Some(timeout))
                .user_agent(self.user_agent.as_str())
                // ureq's own reading of the environment makes no difference between schemes.
                .proxy(proxy.cloned())
                .tls_config(self.tls.clone())
                .build();
            let is_proxied = proxy.is_some();
            let connector = DefaultConnector::new().chain(OneWrite).chain(Ends).chain(Gate { is_proxied });
            Agent::with_parts(config, connector, Names::default())
        })
    }

    pub(crate) fn last_failure(&self) -> Option<String> {
        let last = self.last_failure.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agents")
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}

/// Delivers what came of an exchange, and a failure when its thread ends any other way.
struct Delivery {
    progress: Arc<Progress>,
    remote: Remote,
    last_failure: Arc<Mutex<Option<String>>>,
}

impl Delivery {
    fn fail(&self, trouble: Trouble) {
        note(&self.last_failure, trouble.detail);
        self.progress.deliver(Answer::Failure(trouble.failure));
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.progress.deliver(Answer::Failure(TransportFailure::Other));
        self.remote.wake();
    }
}

fn note(last_failure: &Mutex<Option<String>>, detail: String) {
    let mut last = last_failure.lock().unwrap_or_else(PoisonError::into_inner);
    *last = Some(detail);
}
