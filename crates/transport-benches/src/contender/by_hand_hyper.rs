//! By hand over hyper and hyper-util's client.

use super::by_hand::{CODES_FORM, Codes, poll_form, read_tokens};
use crate::asynchronous::Asynchronous;
use crate::{Endpoints, Prompted};
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::sleep;

pub type Http = Client<HttpConnector, Full<Bytes>>;

pub struct ByHand {
    http: Http,
    endpoints: Endpoints,
}

pub(super) fn http() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

impl Asynchronous for ByHand {
    fn new(endpoints: &Endpoints) -> Self {
        Self { http: http(), endpoints: endpoints.clone() }
    }

    async fn sign_in(&self, prompted: Prompted) -> String {
        let (_, body) = self.post(&self.endpoints.device_authorization, &CODES_FORM).await;
        let codes: Codes = serde_json::from_slice(&body).expect("codes");
        prompted();
        loop {
            sleep(codes.interval()).await;
            let (is_success, body) = self.post(&self.endpoints.token, &poll_form(&codes.device_code)).await;
            if let Some(tokens) = read_tokens(is_success, &body) {
                return tokens.access_token;
            }
        }
    }
}

impl ByHand {
    async fn post(&self, url: &str, form: &[(&str, &str)]) -> (bool, Bytes) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Full::from(body))
            .expect("a request");
        let response = self.http.request(request).await.expect("an answer");
        let is_success = response.status().is_success();
        let body = response.into_body().collect().await.expect("a body");
        (is_success, body.to_bytes())
    }
}
