//! The line that says that the server answers, and where.

use std::io::{self, Write as _};

use device_flow_testserver::{Control, Server};
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::ending::Failure;

/// What the line tells.
pub(crate) struct Ready<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) server: &'a Server,
    pub(crate) control: Option<&'a Control>,
}

impl Ready<'_> {
    pub(crate) fn write(&self) -> Result<(), Failure> {
        // Whole before it is written: a JSON value does not expect that writing it fails.
        let line = format!("{}\n", Value::Object(self.members()));
        let mut stdout = io::stdout().lock();
        stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Ready)
    }

    fn members(&self) -> Map<String, Value> {
        let server = self.server;
        let mut members = Map::new();
        let mut tell = |name: &str, value: String| members.insert(name.to_owned(), value.into());
        tell("event", "ready".to_owned());
        tell("issuer", server.issuer());
        tell("device_authorization_endpoint", server.device_authorization_endpoint());
        tell("token_endpoint", server.token_endpoint());
        tell("revocation_endpoint", server.revocation_endpoint());
        tell("introspection_endpoint", server.introspection_endpoint());
        tell("userinfo_endpoint", server.userinfo_endpoint());
        tell("registration_endpoint", server.registration_endpoint());
        tell("verification_uri", server.verification_uri());
        if let Some(control) = self.control {
            tell("control", control.url());
            match &self.arguments.control_token_file {
                Some(path) => tell("control_token_file", path.display().to_string()),
                None => tell("control_token", control.token().to_owned()),
            };
        }
        if let Some(path) = &self.arguments.ca_file {
            tell("ca_file", path.display().to_string());
        }
        members
    }
}
