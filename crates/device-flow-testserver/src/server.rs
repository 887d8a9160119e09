//! The server: a thread with a runtime and a listener.

mod acceptor;
pub(crate) mod listener;
pub(crate) mod running;

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::codes::{Code, Standing};
use crate::options::Options;
use crate::script::{Endpoint, Script, Step};
use crate::state::{Place, Shared};
use crate::transcript::Request;

use listener::listen;
use running::{Running, Start};

/// A running authorization server; dropping it stops it and all its connections at once.
///
/// ```
/// use device_flow_testserver::{Approval, Options, Server};
///
/// # fn main() -> std::io::Result<()> {
/// let server = Server::start(Options::new().approval(Approval::Manual))?;
/// assert_eq!(server.token_endpoint(), format!("{}/token", server.issuer()));
/// // Nobody has asked for a code yet, so there is none to approve.
/// assert!(!server.approve("WDJB-MJHT"));
/// # Ok(())
/// # }
/// ```
pub struct Server {
    shared: Arc<Shared>,
    running: Running,
    #[cfg(feature = "tls")]
    identity: Option<crate::tls::Identity>,
}

impl Server {
    /// Starts a server. It answers from the moment this returns.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, the system gives no thread, or a setting is invalid
    /// ([`io::ErrorKind::InvalidInput`]).
    pub fn start(options: Options) -> io::Result<Self> {
        options.user_code.check()?;
        if !options.issuer_path.is_empty() && !options.issuer_path.starts_with('/') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an issuer path starts with a slash"));
        }
        let dialect = &options.dialect;
        if !dialect.device_authorization_path.starts_with('/') || !dialect.token_path.starts_with('/') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a dialect's paths start with a slash"));
        }
        let mut ids = HashSet::new();
        if let Some(client) = options.clients.iter().find(|client| !ids.insert(client.id.as_str())) {
            let message = format!("the client {:?} is registered twice", client.id);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        #[cfg(feature = "tls")]
        let identity = options.tls.as_ref().map(crate::tls::Identity::make).transpose()?;
        #[cfg(feature = "tls")]
        let acceptor = identity.as_ref().map(crate::tls::Identity::acceptor);

        let listener = listen(options.listen)?;
        let address = listener.local_addr()?;
        let place = place(&options, address);
        let shared = Arc::new(Shared::new(options, place));
        let running = Running::start(Start {
            name: "device-flow-testserver",
            listener,
            service: Arc::clone(&shared),
            most_connections: shared.options.most_connections,
            #[cfg(feature = "tls")]
            tls: acceptor,
        })?;
        Ok(Self {
            shared,
            running,
            #[cfg(feature = "tls")]
            identity,
        })
    }

    /// Stops: accepts nothing more, lets requests that have arrived be answered for `limit` at most, and closes all
    /// connections.
    pub fn finish(mut self, limit: Duration) {
        self.running.finish(limit);
    }

    /// What the control API steers.
    #[cfg(feature = "program")]
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Returns the address listened on.
    pub fn addr(&self) -> SocketAddr {
        self.running.address()
    }

    /// Returns the issuer, such as `http://127.0.0.1:41234`.
    pub fn issuer(&self) -> String {
        self.shared.place.issuer()
    }

    /// Returns the URL of the device authorization endpoint.
    pub fn device_authorization_endpoint(&self) -> String {
        self.shared.place.url(&self.shared.options.dialect.device_authorization_path)
    }

    /// Returns the URL of the token endpoint.
    pub fn token_endpoint(&self) -> String {
        self.shared.place.url(&self.shared.options.dialect.token_path)
    }

    /// Returns the URL of the revocation endpoint.
    pub fn revocation_endpoint(&self) -> String {
        self.shared.place.endpoint("revoke")
    }

    /// Returns the URL of the introspection endpoint.
    pub fn introspection_endpoint(&self) -> String {
        self.shared.place.endpoint("introspect")
    }

    /// Returns the URL of the userinfo endpoint.
    pub fn userinfo_endpoint(&self) -> String {
        self.shared.place.endpoint("userinfo")
    }

    /// Returns the URL of the client registration endpoint.
    pub fn registration_endpoint(&self) -> String {
        self.shared.place.endpoint("register")
    }

    /// Returns the URL of the approval page.
    pub fn verification_uri(&self) -> String {
        self.shared.place.endpoint("device")
    }
}

/// What has happened.
impl Server {
    /// Returns the requests so far, oldest first; the last 4096 are kept.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.transcript.requests()
    }

    /// Returns the requests whose path ends so, such as `/token`.
    pub fn requests_to(&self, path: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.path.ends_with(path));
        requests
    }

    /// Waits until `count` requests have arrived in all; says whether they did within `limit`.
    pub fn wait_for_requests(&self, count: usize, limit: Duration) -> bool {
        self.shared.transcript.wait_for(count, limit)
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.transcript.clear();
    }

    /// Returns how many connections were accepted, including those that carried no request.
    pub fn connections(&self) -> u64 {
        self.running.accepted()
    }

    /// Returns the user codes handed out, oldest first, of the codes that are kept.
    pub fn user_codes(&self) -> Vec<String> {
        self.shared.state().codes.user_codes()
    }

    /// Returns the codes that are kept, as they stand, oldest first.
    pub fn codes(&self) -> Vec<Code> {
        self.shared.state().codes.codes(Instant::now())
    }

    /// Returns the newest code with this user code, as it stands.
    pub fn code(&self, user_code: &str) -> Option<Code> {
        self.shared.state().codes.code(user_code, Instant::now())
    }

    /// Says whether this is a valid access or refresh token.
    pub fn is_active(&self, token: &str) -> bool {
        let state = self.shared.state();
        state.tokens.status(token, Instant::now()).is_some()
    }
}

/// What a test can bring about.
impl Server {
    /// Approves a code, as a person would on the page. Says whether a code was waiting for that.
    pub fn approve(&self, user_code: &str) -> bool {
        self.shared.decide(user_code, Standing::Approved)
    }

    /// Denies a code, as a person would on the page. Says whether a code was waiting for that.
    pub fn deny(&self, user_code: &str) -> bool {
        self.shared.decide(user_code, Standing::Denied)
    }

    /// Makes a code expire now, decided about or not. Says whether there was such an unused code.
    pub fn expire(&self, user_code: &str) -> bool {
        self.shared.expire(user_code)
    }

    /// Makes all access tokens so far invalid, so that their refresh tokens are needed.
    pub fn expire_access_tokens(&self) {
        self.shared.state().tokens.expire_access_tokens();
    }

    /// Replaces the script of an endpoint.
    pub fn script(&self, endpoint: Endpoint, script: Script) {
        self.shared.state().scripts.replace(endpoint, script);
    }

    /// Queues steps for the next requests to an endpoint, in front of what its script still has.
    pub fn queue(&self, endpoint: Endpoint, steps: impl IntoIterator<Item = Step>) {
        self.shared.state().scripts.queue(endpoint, steps);
    }

    /// Queues steps for the next polls, whatever their code, in front of what the code's script still has.
    pub fn queue_polls(&self, steps: impl IntoIterator<Item = Step>) {
        self.shared.state().scripts.polls.extend(steps);
    }

    /// Queues steps for the next polls of one code, in front of everything else. Says whether there is such a code.
    pub fn queue_polls_of(&self, user_code: &str, steps: impl IntoIterator<Item = Step>) -> bool {
        self.shared.state().codes.queue(user_code, steps)
    }

    /// Forgets codes, tokens, registrations, browsers and requests; scripts begin again, and what was queued is gone.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Scripts the next code that has no script yet.
    pub fn script_code(&self, script: Script) {
        self.shared.state().scripts.push_code(script);
    }
}

/// Certificates, when the server speaks TLS.
#[cfg(feature = "tls")]
impl Server {
    /// Returns the certificate of the authority that clients have to trust, as PEM; `None` without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.ca_pem.as_str())
    }

    /// Returns a client certificate that the server accepts, as PEM; `None` without TLS.
    pub fn client_cert_pem(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.client_cert_pem.as_str())
    }

    /// Returns the key of the client certificate, as PEM; `None` without TLS.
    pub fn client_key_pem(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.client_key_pem.as_str())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}

fn place(options: &Options, address: SocketAddr) -> Place {
    #[cfg(feature = "tls")]
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    #[cfg(not(feature = "tls"))]
    let scheme = "http";
    let port = address.port();
    let authority = match &options.public_host {
        Some(host) => format!("{host}:{port}"),
        // An address that means "all of them" cannot be visited.
        None if address.ip().is_unspecified() => format!("127.0.0.1:{port}"),
        None => address.to_string(),
    };
    Place { scheme, authority, port, path: options.issuer_path.clone() }
}
