//! The control API: steers a running server from another program.

mod calls;
mod guard;
mod transcript;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::http::request::Parts;
use serde_json::json;

use crate::answer::Answer;
use crate::connection::Service;
use crate::random;
use crate::reply::Reply;
use crate::server::Server;
use crate::server::listener::listen;
use crate::server::running::{Running, Start};
use crate::state::Shared;
use crate::transcript::Request;

/// How many connections there are at most; the callers are a test and its helpers.
const MOST_CONNECTIONS: usize = 64;

/// The control API of a server, on a listener of its own; dropping it ends it.
///
/// It speaks JSON over HTTP on loopback, and wants the [`token`](Self::token) in every request. The README describes its
/// calls.
///
/// ```
/// use device_flow_testserver::{Control, Options, Server};
///
/// # fn main() -> std::io::Result<()> {
/// let server = Server::start(Options::new())?;
/// let control = Control::start(&server, "127.0.0.1:0".parse().unwrap(), || println!("asked to shut down"))?;
/// assert!(control.url().starts_with("http://127.0.0.1:"));
/// assert_eq!(control.token().len(), 43);
/// # Ok(())
/// # }
/// ```
pub struct Control {
    running: Running,
    token: String,
}

impl Control {
    /// Starts the control API of `server`, with a new token. `on_shutdown` is called when a caller asks for the end; the
    /// server goes on until somebody drops it.
    ///
    /// # Errors
    ///
    /// When `listen` is no address of loopback ([`io::ErrorKind::InvalidInput`]) or cannot be listened on, or when the
    /// system gives no randomness or no thread.
    pub fn start(
        server: &Server,
        listen_on: SocketAddr,
        on_shutdown: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        if !listen_on.ip().is_loopback() {
            let message = format!("the control API listens on loopback only, and {} is not there", listen_on.ip());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = listen(listen_on)?;
        let token = random::secret().map_err(|error| io::Error::other(error.to_string()))?;
        let steering = Steering {
            shared: server.shared(),
            token: token.clone(),
            port: listener.local_addr()?.port(),
            on_shutdown: Box::new(on_shutdown),
        };
        let running = Running::start(Start {
            name: "device-flow-testserver-control",
            listener,
            service: Arc::new(steering),
            most_connections: MOST_CONNECTIONS,
            tls: None,
        })?;
        Ok(Self { running, token })
    }

    /// Returns where it is, such as `http://127.0.0.1:41235`.
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address())
    }

    /// Returns what every request has to bring: `Authorization: Bearer …`. It is good until the end.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Ends it, but lets requests that have arrived be answered for `limit` at most.
    pub fn finish(mut self, limit: Duration) {
        self.running.finish(limit);
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Control").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// What the calls work on.
struct Steering {
    shared: Arc<Shared>,
    token: String,
    port: u16,
    on_shutdown: Box<dyn Fn() + Send + Sync>,
}

impl Service for Steering {
    fn read_timeout(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// Steps can carry whole answers.
    fn longest_body(&self) -> usize {
        1024 * 1024
    }

    fn trouble(&self, status: u16, text: &str) -> Answer {
        refusal(status, "unreadable_request", text)
    }

    fn refusal(&self, head: &Parts) -> Option<Answer> {
        guard::refusal(self, head)
    }

    fn answer(&self, request: Request) -> Reply {
        calls::answer(self, &request).unwrap_or_else(|refusal| refusal).into()
    }
}

/// An error as callers get it: a code for programs, and a sentence.
fn refusal(status: u16, error: &str, message: &str) -> Answer {
    Answer::value(status, &json!({ "error": error, "message": message }))
}
