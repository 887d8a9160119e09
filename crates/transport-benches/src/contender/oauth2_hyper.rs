//! The `oauth2` crate with a client over hyper that is written by hand: it has none of its own.

use super::by_hand_hyper::{Http, http};
use super::oauth2_client::{ConfiguredClient, client, scopes};
use crate::asynchronous::Asynchronous;
use crate::{Endpoints, Prompted};
use http_body_util::{BodyExt as _, Full};
use oauth2::{HttpClientError, HttpRequest, HttpResponse, StandardDeviceAuthorizationResponse, TokenResponse as _};
use tokio::time::sleep;

pub struct Oauth2 {
    http: Http,
    client: ConfiguredClient,
}

type Error = HttpClientError<hyper_util::client::legacy::Error>;

impl Asynchronous for Oauth2 {
    fn new(endpoints: &Endpoints) -> Self {
        Self { http: http(), client: client(endpoints) }
    }

    async fn sign_in(&self, prompted: Prompted) -> String {
        // What a request borrows would not outlive the closure.
        let http = |request| send(self.http.clone(), request);
        let request = self.client.exchange_device_code().add_scopes(scopes());
        let codes: StandardDeviceAuthorizationResponse = request.request_async(&http).await.expect("codes");
        prompted();
        let request = self.client.exchange_device_access_token(&codes);
        let tokens = request.request_async(&http, sleep, None).await.expect("tokens");
        tokens.access_token().secret().clone()
    }
}

async fn send(http: Http, request: HttpRequest) -> Result<HttpResponse, Error> {
    let response =
        http.request(request.map(Full::from)).await.map_err(|error| HttpClientError::Reqwest(Box::new(error)))?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| HttpClientError::Other(error.to_string()))?;
    Ok(HttpResponse::from_parts(head, body.to_bytes().into()))
}
