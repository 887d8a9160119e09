//! Script files: the settings of a server, written in TOML.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::notation::{DialectNotation, ScriptNotation, Time};
use crate::options::{Approval, DeviceEndpointAuthentication, Options, RefreshTokens};
use crate::script::Endpoint;
use crate::tls::{ServerCertificate, Tls};

impl Options {
    /// Reads the settings from a script file; the README describes its keys. What the file does not say is as in
    /// [`Options::new`].
    ///
    /// # Errors
    ///
    /// When the text is no TOML, when a key is unknown, or when a value makes no sense: with the line and the column.
    ///
    /// ```
    /// use device_flow_testserver::{Options, Server};
    ///
    /// let options = Options::from_toml(r#"
    ///     dialect = "github"
    ///     [codes]
    ///     interval = "50ms"
    ///     [scripts]
    ///     every_code = ["pending", "slow_down", { status = 502, body = "Bad gateway" }, "reset", "approve"]
    /// "#)?;
    /// let server = Server::start(options)?;
    ///
    /// let mistake = Options::from_toml("[codes]\nintervall = 5").unwrap_err();
    /// assert_eq!((mistake.line(), mistake.column()), (2, 1));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, Mistake> {
        let file: File = toml::from_str(text).map_err(|error| Mistake::new(text, &error))?;
        Ok(file.into_options())
    }
}

/// What is wrong with a script file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    line: usize,
    column: usize,
    message: String,
}

impl Mistake {
    fn new(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        Self { line, column, message: error.message().trim().replace('\n', "; ") }
    }

    /// The line, counted from 1.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The column, in characters, counted from 1.
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Mistake {
    /// Writes the place and what is wrong, and not the line itself: a secret may stand there.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for Mistake {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    public_host: Option<String>,
    issuer_path: Option<String>,
    dialect: Option<DialectNotation>,
    tls: Option<TlsTable>,
    #[serde(default)]
    connections: Connections,
    #[serde(default)]
    codes: Codes,
    #[serde(default)]
    tokens: Tokens,
    #[serde(default)]
    clients: Vec<ClientTable>,
    device_endpoint_authentication: Option<Authentication>,
    #[serde(default)]
    scopes: Scopes,
    #[serde(default)]
    scripts: Scripts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsTable {
    certificate: Option<Certificate>,
    #[serde(default)]
    client_certificate: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Certificate {
    Valid,
    WrongName,
    Expired,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Connections {
    most: Option<usize>,
    read_timeout: Option<Time>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    approval: Option<ApprovalNotation>,
    interval: Option<Time>,
    send_interval: Option<bool>,
    slow_down_early_polls: Option<bool>,
    expires_in: Option<Time>,
    most: Option<usize>,
    alphabet: Option<String>,
    length: Option<usize>,
    send_verification_uri_complete: Option<bool>,
    require_pkce: Option<bool>,
    wrong_code_lock: Option<Time>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ApprovalNotation {
    Manual,
    AfterPolls(u32),
    After(Time),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokens {
    expires_in: Option<Time>,
    refresh: Option<Refresh>,
    reuse_detection: Option<bool>,
    subject: Option<String>,
    #[serde(default)]
    id_token: Claims,
    #[serde(default)]
    userinfo: Claims,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    omit: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Refresh {
    None,
    Keep,
    Rotate,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scopes {
    known: Option<Vec<String>>,
    granted: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Authentication {
    Required,
    Ignored,
    Refused,
}

#[derive(Deserialize)]
#[serde(try_from = "ClientKeys")]
struct ClientTable(Client);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientKeys {
    id: String,
    name: Option<String>,
    secret: Option<String>,
    authentication: Option<Method>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    None,
    ClientSecretBasic,
    ClientSecretBasicRaw,
    ClientSecretPost,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripts {
    #[serde(default)]
    codes: Vec<ScriptNotation>,
    every_code: Option<ScriptNotation>,
    metadata: Option<ScriptNotation>,
    device_authorization: Option<ScriptNotation>,
    refresh: Option<ScriptNotation>,
    revocation: Option<ScriptNotation>,
    introspection: Option<ScriptNotation>,
    userinfo: Option<ScriptNotation>,
    registration: Option<ScriptNotation>,
}

impl File {
    fn into_options(self) -> Options {
        let mut options = Options::new();
        set(&mut options.listen, self.listen);
        options.public_host = self.public_host;
        if let Some(path) = self.issuer_path {
            options = options.issuer_path(&path);
        }
        set(&mut options.dialect, self.dialect.map(|DialectNotation(dialect)| dialect));
        options.tls = self.tls.map(TlsTable::into_tls);
        if let Some(authentication) = self.device_endpoint_authentication {
            options.device_endpoint_authentication = match authentication {
                Authentication::Required => DeviceEndpointAuthentication::Required,
                Authentication::Ignored => DeviceEndpointAuthentication::Ignored,
                Authentication::Refused => DeviceEndpointAuthentication::Refused,
            };
        }
        options.clients = self.clients.into_iter().map(|ClientTable(client)| client).collect();
        options.known_scopes = self.scopes.known;
        options.granted_scopes = self.scopes.granted;
        self.connections.apply(&mut options);
        self.codes.apply(&mut options);
        self.tokens.apply(&mut options);
        self.scripts.apply(options)
    }
}

fn set<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}

fn set_time(old: &mut Duration, new: Option<Time>) {
    set(old, new.map(|Time(duration)| duration));
}

impl TlsTable {
    fn into_tls(self) -> Tls {
        let tls = Tls::new().certificate(match self.certificate {
            None | Some(Certificate::Valid) => ServerCertificate::Valid,
            Some(Certificate::WrongName) => ServerCertificate::WrongName,
            Some(Certificate::Expired) => ServerCertificate::Expired,
        });
        if self.client_certificate { tls.require_client_certificate() } else { tls }
    }
}

impl Connections {
    fn apply(self, options: &mut Options) {
        set(&mut options.most_connections, self.most.map(|most| most.max(1)));
        set_time(&mut options.read_timeout, self.read_timeout);
    }
}

impl Codes {
    fn apply(self, options: &mut Options) {
        if let Some(approval) = self.approval {
            options.approval = match approval {
                ApprovalNotation::Manual => Approval::Manual,
                ApprovalNotation::AfterPolls(polls) => Approval::AfterPolls(polls),
                ApprovalNotation::After(Time(delay)) => Approval::After(delay),
            };
        }
        set_time(&mut options.interval, self.interval);
        set(&mut options.is_interval_sent, self.send_interval);
        set(&mut options.is_early_poll_slowed, self.slow_down_early_polls);
        set_time(&mut options.expires_in, self.expires_in);
        set(&mut options.most_codes, self.most.map(|most| most.max(1)));
        set(&mut options.user_code.alphabet, self.alphabet);
        set(&mut options.user_code.length, self.length);
        set(&mut options.is_complete_uri_sent, self.send_verification_uri_complete);
        set(&mut options.is_pkce_required, self.require_pkce);
        set_time(&mut options.wrong_code_lock, self.wrong_code_lock);
    }
}

impl Tokens {
    fn apply(self, options: &mut Options) {
        set_time(&mut options.token_lifetime, self.expires_in);
        if let Some(refresh) = self.refresh {
            options.refresh_tokens = match refresh {
                Refresh::None => RefreshTokens::None,
                Refresh::Keep => RefreshTokens::Keep,
                Refresh::Rotate => RefreshTokens::Rotate,
            };
        }
        set(&mut options.is_reuse_detected, self.reuse_detection);
        set(&mut options.subject, self.subject);
        options.id_token_claims = self.id_token.list();
        options.userinfo_claims = self.userinfo.list();
    }
}

impl Claims {
    fn list(self) -> Vec<(String, Value)> {
        self.set.into_iter().chain(self.omit.into_iter().map(|name| (name, Value::Null))).collect()
    }
}

impl TryFrom<ClientKeys> for ClientTable {
    type Error = String;

    fn try_from(keys: ClientKeys) -> Result<Self, String> {
        let ClientKeys { id, name, secret, authentication } = keys;
        let method = authentication.unwrap_or(match secret {
            None => Method::None,
            Some(_) => Method::ClientSecretBasic,
        });
        let client = match (method, secret.as_deref()) {
            (Method::None, None) => Client::public(&id),
            (Method::None, Some(_)) => {
                return Err(format!("the client {id:?} has a secret and authenticates without one"));
            }
            (_, None) => return Err(format!("the client {id:?} authenticates with a secret and has none")),
            (Method::ClientSecretBasic, Some(secret)) => Client::basic(&id, secret),
            (Method::ClientSecretBasicRaw, Some(secret)) => Client::basic_raw(&id, secret),
            (Method::ClientSecretPost, Some(secret)) => Client::post(&id, secret),
        };
        Ok(Self(match name {
            Some(name) => client.name(&name),
            None => client,
        }))
    }
}

impl Scripts {
    fn apply(self, mut options: Options) -> Options {
        options.code_scripts = self.codes.into_iter().map(|ScriptNotation(script)| script).collect();
        set(&mut options.every_code, self.every_code.map(|ScriptNotation(script)| script));
        let endpoints = [
            (Endpoint::Metadata, self.metadata),
            (Endpoint::DeviceAuthorization, self.device_authorization),
            (Endpoint::Refresh, self.refresh),
            (Endpoint::Revocation, self.revocation),
            (Endpoint::Introspection, self.introspection),
            (Endpoint::Userinfo, self.userinfo),
            (Endpoint::Registration, self.registration),
        ];
        endpoints.into_iter().fold(options, |options, (endpoint, script)| match script {
            Some(ScriptNotation(script)) => options.script(endpoint, script),
            None => options,
        })
    }
}

#[cfg(test)]
#[path = "script_file/tests.rs"]
mod tests;
