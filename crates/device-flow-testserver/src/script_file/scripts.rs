//! Scripts, by what they are for.

use serde::Deserialize;

use super::file::set;
use crate::notation::ScriptNotation;
use crate::options::Options;
use crate::script::Endpoint;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Scripts {
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

impl Scripts {
    pub(super) fn apply(self, mut options: Options) -> Options {
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
