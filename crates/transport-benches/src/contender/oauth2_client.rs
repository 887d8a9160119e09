//! The `oauth2` crate's client, set up so that it sends and reads what the others do.

use crate::{CLIENT_ID, Endpoints};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    Client, ClientId, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, ExtraTokenFields, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

/// Beside what the crate reads by itself.
#[derive(Debug, Deserialize, Serialize)]
pub struct IdToken {
    id_token: String,
}

impl ExtraTokenFields for IdToken {}

pub(super) type ConfiguredClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

pub(super) fn client(endpoints: &Endpoints) -> ConfiguredClient {
    let device_authorization = DeviceAuthorizationUrl::new(endpoints.device_authorization.clone());
    Client::new(ClientId::new(CLIENT_ID.to_owned()))
        .set_device_authorization_url(device_authorization.expect("an address"))
        .set_token_uri(TokenUrl::new(endpoints.token.clone()).expect("an address"))
}

pub(super) fn scopes() -> [Scope; 2] {
    ["openid", "profile"].map(|it| Scope::new(it.to_owned()))
}
