//! The file as a whole.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use super::clients::ClientTable;
use super::codes::Codes;
use super::scripts::Scripts;
use super::tls::TlsTable;
use super::tokens::Tokens;
use crate::notation::{DialectNotation, Time};
use crate::options::{DeviceEndpointAuthentication, Options};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
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

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Connections {
    most: Option<usize>,
    read_timeout: Option<Time>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Scopes {
    known: Option<Vec<String>>,
    granted: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Authentication {
    Required,
    Ignored,
    Refused,
}

impl File {
    pub(super) fn into_options(self) -> Options {
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

pub(super) fn set<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}

pub(super) fn set_time(old: &mut Duration, new: Option<Time>) {
    set(old, new.map(|Time(duration)| duration));
}

impl Connections {
    fn apply(self, options: &mut Options) {
        set(&mut options.most_connections, self.most.map(|most| most.max(1)));
        set_time(&mut options.read_timeout, self.read_timeout);
    }
}
