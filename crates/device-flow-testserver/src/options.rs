//! How the server behaves.

mod check;
mod choices;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use choices::{Approval, DeviceEndpointAuthentication, RefreshTokens};

use crate::client::Client;
use crate::dialect::Dialect;
use crate::event::Event;
use crate::script::{Endpoint, Script};
use crate::user_code::UserCodeShape;

type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// The settings of a [`Server`](crate::Server).
///
/// By default it listens on a free port of 127.0.0.1, takes any client id as a public client, asks for polls every 5
/// seconds, answers an early poll with `slow_down`, and approves a code after one `authorization_pending`.
///
/// ```
/// use std::time::Duration;
/// use device_flow_testserver::{Approval, Options};
///
/// let options = Options::new()
///     .approval(Approval::Manual)
///     .interval(Duration::from_secs(1))
///     .expires_in(Duration::from_secs(60));
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) public_host: Option<String>,
    pub(crate) issuer_path: String,
    pub(crate) dialect: Dialect,
    pub(crate) approval: Approval,
    pub(crate) interval: Duration,
    pub(crate) is_interval_sent: bool,
    pub(crate) is_early_poll_slowed: bool,
    pub(crate) expires_in: Duration,
    pub(crate) most_codes: usize,
    pub(crate) token_lifetime: Duration,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) is_reuse_detected: bool,
    pub(crate) user_code: UserCodeShape,
    pub(crate) is_complete_uri_sent: bool,
    pub(crate) clients: Vec<Client>,
    pub(crate) known_scopes: Option<Vec<String>>,
    pub(crate) granted_scopes: Option<Vec<String>>,
    pub(crate) device_endpoint_authentication: DeviceEndpointAuthentication,
    pub(crate) subject: String,
    pub(crate) id_token_claims: Vec<(String, Value)>,
    pub(crate) userinfo_claims: Vec<(String, Value)>,
    pub(crate) is_pkce_required: bool,
    pub(crate) code_scripts: Vec<Script>,
    pub(crate) every_code: Script,
    pub(crate) endpoint_scripts: Vec<(Endpoint, Script)>,
    pub(crate) wrong_code_lock: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) most_connections: usize,
    pub(crate) observer: Option<Observer>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Tls>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_host: None,
            issuer_path: String::new(),
            dialect: Dialect::rfc8628(),
            approval: Approval::AfterPolls(1),
            interval: Duration::from_secs(5),
            is_interval_sent: true,
            is_early_poll_slowed: true,
            expires_in: Duration::from_secs(600),
            most_codes: 100_000,
            token_lifetime: Duration::from_secs(3600),
            refresh_tokens: RefreshTokens::Rotate,
            is_reuse_detected: true,
            user_code: UserCodeShape::default(),
            is_complete_uri_sent: true,
            clients: Vec::new(),
            known_scopes: None,
            granted_scopes: None,
            device_endpoint_authentication: DeviceEndpointAuthentication::Required,
            subject: "user-1".to_owned(),
            id_token_claims: Vec::new(),
            userinfo_claims: Vec::new(),
            is_pkce_required: false,
            code_scripts: Vec::new(),
            every_code: Script::new(),
            endpoint_scripts: Vec::new(),
            wrong_code_lock: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            most_connections: 512,
            observer: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// Where the server listens and who it says it is.
impl Options {
    /// Creates the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the address to listen on; port 0 picks a free one.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Returns the address to listen on.
    pub const fn listen_address(&self) -> SocketAddr {
        self.listen
    }

    /// Sets the host of the issuer and of all endpoints: `localhost`, a name, or an address (IPv6 in brackets). By
    /// default it is the address listened on.
    pub fn public_host(mut self, host: &str) -> Self {
        self.public_host = Some(host.to_owned());
        self
    }

    /// Gives the issuer a path such as `/tenant`, below which all endpoints lie. RFC 8414 metadata then has its
    /// well-known part in front of the path, OpenID metadata behind it.
    pub fn issuer_path(mut self, path: &str) -> Self {
        path.trim_end_matches('/').clone_into(&mut self.issuer_path);
        self
    }

    /// Sets how the device authorization and the token endpoint depart from RFC 8628.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Serves over TLS.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: crate::tls::Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Returns how the server speaks TLS, if it does.
    #[cfg(feature = "tls")]
    pub const fn tls_settings(&self) -> Option<&crate::tls::Tls> {
        self.tls.as_ref()
    }

    /// Calls `observer` with everything the server does, on the server's thread.
    pub fn observer(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Sets how many connections there are at most; 512 by default. One more takes the place of the one that has been
    /// idle, or sent the head or the body of a request, for longest; if there is none, of one that a fault holds. One
    /// whose request is being answered is never closed for another.
    pub fn most_connections(mut self, most: usize) -> Self {
        self.most_connections = most.max(1);
        self
    }

    /// Sets how long the head and the body of a request may each take to arrive, and how long a connection may be idle;
    /// 30 seconds by default.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }
}

/// Codes.
impl Options {
    /// Sets when a code is approved.
    pub fn approval(mut self, approval: Approval) -> Self {
        self.approval = approval;
        self
    }

    /// Sets the polling interval. Whole seconds go out as an integer, others as a fraction, which the RFC does not
    /// know but tests that run fast may want.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets whether `interval` is part of the device authorization response. Without it 5 seconds apply
    /// (RFC 8628 §3.2), so the server then enforces the longer of those and its own.
    pub fn send_interval(mut self, is_sent: bool) -> Self {
        self.is_interval_sent = is_sent;
        self
    }

    /// Sets whether a poll sooner than the interval after the previous one is answered `slow_down`, which also adds 5
    /// seconds to the interval (RFC 8628 §3.5).
    pub fn slow_down_early_polls(mut self, is_slowed: bool) -> Self {
        self.is_early_poll_slowed = is_slowed;
        self
    }

    /// Sets the life of codes.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = lifetime;
        self
    }

    /// Sets how many codes are kept at once; 100,000 by default. When there are as many, one gives way to a new one whose
    /// device has heard how it ended, or else one that has run out. If there is none, the request for a new one is
    /// answered `temporarily_unavailable` with status 503 and a `Retry-After`, and nothing is lost. As many grants keep
    /// their tokens, and as many clients that registered themselves are known; of those the oldest give way.
    pub fn most_codes(mut self, most: usize) -> Self {
        self.most_codes = most.max(1);
        self
    }

    /// Sets the letters and the length of user codes; the default is eight of `BCDFGHJKLMNPQRSTVWXZ` (RFC 8628 §6.1).
    /// The server does not start unless there are two or more ASCII letters or digits, which differ without regard to
    /// case, and the length is 4 to 32.
    pub fn user_code(mut self, alphabet: &str, length: usize) -> Self {
        self.user_code = UserCodeShape { alphabet: alphabet.to_owned(), length };
        self
    }

    /// Sets whether `verification_uri_complete` is part of the device authorization response.
    pub fn send_verification_uri_complete(mut self, is_sent: bool) -> Self {
        self.is_complete_uri_sent = is_sent;
        self
    }

    /// Sets whether a device authorization request needs a `code_challenge` (RFC 7636). One that has one is held to it
    /// anyway: its polls need the `code_verifier`.
    pub fn require_pkce(mut self, is_required: bool) -> Self {
        self.is_pkce_required = is_required;
        self
    }

    /// Sets how long the page locks after the fifth wrong code of one browser, or the fiftieth overall; each wrong
    /// code after that doubles the time, up to 32 times. 10 seconds by default.
    pub fn wrong_code_lock(mut self, lock: Duration) -> Self {
        self.wrong_code_lock = lock;
        self
    }
}

/// Clients and tokens.
impl Options {
    /// Registers a client. Once there is one, others are `invalid_client`, except those that register themselves at the
    /// registration endpoint.
    pub fn client(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// Sets the scopes that can be asked for; any other is `invalid_scope`. By default there is no limit.
    pub fn scopes(mut self, known: &[&str]) -> Self {
        self.known_scopes = Some(known.iter().map(|it| (*it).to_owned()).collect());
        self
    }

    /// Sets the scopes that are granted of those that a client asks for, as if the person had left the others out. By
    /// default all are.
    pub fn grant_only(mut self, granted: &[&str]) -> Self {
        self.granted_scopes = Some(granted.iter().map(|it| (*it).to_owned()).collect());
        self
    }

    /// Sets whether confidential clients authenticate at the device authorization endpoint.
    pub fn device_endpoint_authentication(mut self, setting: DeviceEndpointAuthentication) -> Self {
        self.device_endpoint_authentication = setting;
        self
    }

    /// Sets the life of access tokens, announced in whole seconds.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets what happens with refresh tokens.
    pub fn refresh_tokens(mut self, setting: RefreshTokens) -> Self {
        self.refresh_tokens = setting;
        self
    }

    /// Sets whether a rotated refresh token that comes again revokes its whole grant, because then a thief holds one
    /// of the two (RFC 9700 §4.14.2). By default it does. A client whose answer was lost on the way is hit as well.
    pub fn refresh_token_reuse_detection(mut self, is_detected: bool) -> Self {
        self.is_reuse_detected = is_detected;
        self
    }

    /// Sets the `sub` of `id_token`s and of userinfo.
    pub fn subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.subject);
        self
    }

    /// Puts a claim into every `id_token`, in the place of the one it would have; `null` leaves the claim out.
    ///
    /// ```
    /// use device_flow_testserver::Options;
    ///
    /// let expired = Options::new().id_token_claim("exp", 0);
    /// let foreign = Options::new().id_token_claim("aud", "another-client");
    /// let without_nonce = Options::new().id_token_claim("nonce", ());
    /// ```
    pub fn id_token_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.id_token_claims.push((name.to_owned(), value.into()));
        self
    }

    /// Puts a claim into every userinfo answer, in the place of the one it would have; `null` leaves the claim out. By
    /// default there is `sub`, and more with the scopes `profile` and `email`.
    pub fn userinfo_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.userinfo_claims.push((name.to_owned(), value.into()));
        self
    }
}

/// Scripts.
impl Options {
    /// Scripts the polls of one code: the first call is for the first device authorization request that is granted,
    /// the second for the second, and so on.
    pub fn code(mut self, script: Script) -> Self {
        self.code_scripts.push(script);
        self
    }

    /// Scripts the polls of every code that has no script of its own.
    pub fn every_code(mut self, script: Script) -> Self {
        self.every_code = script;
        self
    }

    /// Scripts an endpoint.
    pub fn script(mut self, endpoint: Endpoint, script: Script) -> Self {
        self.endpoint_scripts.retain(|(other, _)| *other != endpoint);
        self.endpoint_scripts.push((endpoint, script));
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("listen", &self.listen)
            .field("approval", &self.approval)
            .field("interval", &self.interval)
            .field("expires_in", &self.expires_in)
            .field("clients", &self.clients)
            .finish_non_exhaustive()
    }
}
