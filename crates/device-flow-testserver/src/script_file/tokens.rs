//! Tokens and what they say.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::file::{set, set_time};
use crate::notation::Time;
use crate::options::{Options, RefreshTokens};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Tokens {
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
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Claims {
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    omit: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refresh {
    None,
    Keep,
    Rotate,
}

impl Tokens {
    pub(super) fn apply(self, options: &mut Options) {
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
