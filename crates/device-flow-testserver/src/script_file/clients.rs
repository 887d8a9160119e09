//! Clients, and how they authenticate.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::client::Client;

#[derive(Deserialize)]
#[serde(try_from = "ClientKeys")]
pub(super) struct ClientTable(pub(super) Client);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct ClientKeys {
    id: String,
    name: Option<String>,
    secret: Option<Secret>,
    authentication: Option<Method>,
}

/// A text that no mistake repeats: the usual message of one that is written as a number tells the number.
struct Secret(String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer);
        text.map(Self).map_err(|_| D::Error::custom("a secret is a text in quotation marks"))
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    None,
    ClientSecretBasic,
    ClientSecretBasicRaw,
    ClientSecretPost,
}

impl TryFrom<ClientKeys> for ClientTable {
    type Error = String;

    fn try_from(keys: ClientKeys) -> Result<Self, String> {
        let ClientKeys { id, name, secret, authentication } = keys;
        let secret = secret.map(|Secret(secret)| secret);
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
