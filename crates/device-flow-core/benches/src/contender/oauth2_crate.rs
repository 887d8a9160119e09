//! The `oauth2` crate: its client is made once, outside of what is measured.

use crate::answers::{CODES, PENDING, tokens};
use crate::{Case, Run};
use chrono::{DateTime, Utc};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    Client, ClientId, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse,
    Scope, StandardDeviceAuthorizationResponse, StandardRevocableToken, StandardTokenResponse, TokenResponse as _,
    TokenUrl, http,
};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::convert::Infallible;
use std::hint::black_box;

/// Beside what the crate reads by itself.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct IdToken {
    id_token: String,
}

impl ExtraTokenFields for IdToken {}

pub(crate) type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

pub(crate) type ConfiguredClient = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A poll cannot be had by itself: it is the difference that one more makes to a sign-in.
pub(super) fn prepare(case: Case) -> Option<Run> {
    match case {
        Case::SignIn(pending) => {
            let (client, tokens) = (client(), tokens());
            Some(Box::new(move || {
                sign_in(&client, pending, &tokens);
                std::mem::forget(client);
            }))
        }
        Case::PendingPoll => None,
        Case::SuspendResume => {
            let details = details(&client());
            Some(Box::new(move || {
                let stored = serde_json::to_string(&details).unwrap();
                let read = serde_json::from_str::<StandardDeviceAuthorizationResponse>(black_box(&stored));
                black_box(read.unwrap());
                std::mem::forget(details);
            }))
        }
    }
}

pub(crate) fn client() -> ConfiguredClient {
    Client::new(ClientId::new("s6BhdRkqt3".to_owned()))
        .set_device_authorization_url(
            DeviceAuthorizationUrl::new("https://as.example/device_authorization".to_owned()).unwrap(),
        )
        .set_token_uri(TokenUrl::new("https://as.example/token".to_owned()).unwrap())
}

pub(crate) fn details(client: &ConfiguredClient) -> StandardDeviceAuthorizationResponse {
    client
        .exchange_device_code()
        .add_scope(Scope::new("openid".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .add_extra_param("nonce", "n-0S6_WzA2MjRNqL0tT5xSyEGQzkdQ7R")
        .request(&|request: HttpRequest| answer(&request, 200, CODES))
        .unwrap()
}

fn sign_in(client: &ConfiguredClient, pending: usize, tokens: &str) {
    let details = details(client);
    let left = Cell::new(pending);
    let http = |request: HttpRequest| match left.get() {
        0 => answer(&request, 200, tokens),
        some => {
            left.set(some - 1);
            answer(&request, 400, PENDING)
        }
    };
    let tokens = client
        .exchange_device_access_token(&details)
        .set_time_fn(virtual_now)
        .request(
            &http,
            |wait| {
                black_box(wait);
            },
            None,
        )
        .unwrap();
    black_box(tokens.access_token().secret());
}

pub(crate) fn virtual_now() -> DateTime<Utc> {
    let since_epoch = std::time::Duration::from_millis(crate::many::now());
    DateTime::UNIX_EPOCH + since_epoch
}

/// The crate wants an answer that is owned.
pub(crate) fn answer(request: &HttpRequest, status: u16, body: &str) -> Result<HttpResponse, Infallible> {
    black_box((request.uri(), request.headers(), request.body()));
    let mut response = http::Response::new(black_box(body).as_bytes().to_vec());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    Ok(response)
}
