//! The client registration endpoint (RFC 7591): public clients for the device grant.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::client::{Client, ClientAuthentication};
use crate::event::Event;
use crate::media_type;
use crate::oauth_error::OAuthError;
use crate::random;
use crate::reply::Reply;
use crate::script::Endpoint;
use crate::state::Shared;
use crate::transcript::Request;
use crate::unix_time::unix_time;

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let step = shared.state().scripts.next(Endpoint::Registration);
    Reply::scripted(step, || ordinary(shared, request).unwrap_or_else(Reply::from))
}

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const GRANT_TYPES: [&str; 2] = [DEVICE_CODE, "refresh_token"];

/// The longest text of one member, and the most members of a list.
const LONGEST_TEXT: usize = 1024;
const LONGEST_LIST: usize = 16;

/// What is understood of the client metadata (RFC 7591 §2); the rest is ignored, and so is not in the answer.
#[derive(Deserialize, Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_version: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
}

fn ordinary(shared: &Shared, request: &Request) -> Result<Reply, OAuthError> {
    let metadata = read(request)?.checked()?;
    let client_id = random::secret()?;
    let client_name = metadata.client_name.clone();
    let mut client = Client::public(&client_id);
    client.name.clone_from(&client_name);
    shared.state().registrations.add(client);

    let mut body = Map::new();
    body.insert("client_id".to_owned(), client_id.as_str().into());
    body.insert("client_id_issued_at".to_owned(), unix_time().into());
    if let Ok(Value::Object(registered)) = serde_json::to_value(metadata) {
        body.extend(registered);
    }
    Ok(Reply::from(Answer::value(201, &Value::Object(body))).event(Event::Registered { client_id, client_name }))
}

fn read(request: &Request) -> Result<Metadata, OAuthError> {
    // Browsers let a foreign page post forms and plain text, but no JSON.
    if !media_type::is(request.header("content-type"), "application/json") {
        return Err(OAuthError::invalid_request("the content type is not application/json"));
    }
    // Of an array, serde would take the members in order.
    if request.body.trim_ascii_start().first() != Some(&b'{') {
        return Err(invalid("the body is not a JSON object"));
    }
    serde_json::from_slice(&request.body)
        .map_err(|_| invalid("the body is not JSON, or a member is repeated or of the wrong type"))
}

impl Metadata {
    /// Refuses what this server cannot register, and fills in what was left open: RFC 7591 §2 would have it mean
    /// another kind of client, but §3.2.1 lets the server replace it, as long as the answer says so.
    fn checked(mut self) -> Result<Self, OAuthError> {
        self.check_lengths()?;
        let none = ClientAuthentication::None.wire_name();
        if *self.token_endpoint_auth_method.get_or_insert_with(|| none.to_owned()) != none {
            return Err(invalid("only public clients register here"));
        }
        let grant_types = self.grant_types.get_or_insert_with(|| GRANT_TYPES.map(str::to_owned).to_vec());
        let has_device_grant = grant_types.iter().any(|it| it == DEVICE_CODE);
        let is_each_known = grant_types.iter().all(|it| GRANT_TYPES.contains(&it.as_str()));
        if !has_device_grant || !is_each_known {
            return Err(invalid("clients register for the device grant, with or without refresh tokens"));
        }
        if !self.response_types.get_or_insert_default().is_empty() {
            return Err(invalid("there is no authorization endpoint"));
        }
        Ok(self)
    }

    fn check_lengths(&self) -> Result<(), OAuthError> {
        let texts = [&self.client_name, &self.client_uri, &self.scope, &self.software_id, &self.software_version];
        let lists = [&self.contacts, &self.grant_types, &self.response_types];
        let mut texts = texts.into_iter().flatten().chain(lists.into_iter().flatten().flatten());
        let mut lists = lists.into_iter().flatten();
        if texts.any(|text| text.len() > LONGEST_TEXT) || lists.any(|list| list.len() > LONGEST_LIST) {
            return Err(invalid("a member is too long"));
        }
        Ok(())
    }
}

const fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new("invalid_client_metadata", description)
}
