//! By hand over hyper alone: one connection, which a task of its own looks after.

use super::by_hand::{CODES_FORM, Codes, poll_form, read_tokens};
use crate::asynchronous::Asynchronous;
use crate::{Endpoints, Prompted};
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::sleep;

pub struct Bare {
    endpoints: Endpoints,
    sender: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Asynchronous for Bare {
    fn new(endpoints: &Endpoints) -> Self {
        Self { endpoints: endpoints.clone(), sender: Mutex::default() }
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

impl Bare {
    async fn post(&self, url: &str, form: &[(&str, &str)]) -> (bool, Bytes) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let uri: Uri = url.parse().expect("an address");
        let host = uri.authority().expect("a host").as_str();
        let request = Request::post(uri.path())
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Full::from(body))
            .expect("a request");
        let mut sender = self.sender.lock().await;
        let sender = match &mut *sender {
            Some(sender) => sender,
            none => none.insert(connect(host).await),
        };
        sender.ready().await.expect("a connection");
        let response = sender.send_request(request).await.expect("an answer");
        let is_success = response.status().is_success();
        let body = response.into_body().collect().await.expect("a body");
        (is_success, body.to_bytes())
    }
}

async fn connect(host: &str) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(host).await.expect("a connection");
    stream.set_nodelay(true).expect("a setting");
    let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("a connection");
    tokio::spawn(connection);
    sender
}
