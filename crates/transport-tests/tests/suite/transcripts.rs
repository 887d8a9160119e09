//! What the two transports send is the same.

use crate::bench::{client, config, options, start};
use device_flow_core::{ClientAuthentication, Outcome, Stage};
use device_flow_testserver::{Answer, Approval, Client, Endpoint, Fault, Request, Script};
use libtest_mimic::Trial;
use transport_tests::{Hyper, Transport, Ureq};

pub(crate) fn cases() -> Vec<Trial> {
    vec![Trial::test(
        "transcripts::both_transports_send_the_same_requests",
        || {
            assert_eq!(transcript::<Ureq>(), transcript::<Hyper>());
            Ok(())
        },
    )]
}

/// A request as it must look with either transport.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    connection: u64,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// A search, then a sign-in through all kinds of trouble.
fn transcript<T: Transport>() -> Vec<Line> {
    let server = start(
        options()
            .approval(Approval::AfterPolls(0))
            .client(Client::basic("television", "s3cret"))
            .script(
                Endpoint::Metadata,
                Script::new().answer(Answer::html(404, "nothing here")),
            )
            .script(
                Endpoint::DeviceAuthorization,
                Script::new().fault(Fault::Close),
            )
            .code(
                Script::new()
                    .pending(1)
                    .answer(Answer::html(503, "soon"))
                    .fault(Fault::Reset),
            ),
    );
    let client = client::<T>();
    client.discover(&server.issuer()).unwrap();
    let config = config(&server)
        .client_authentication(ClientAuthentication::SecretBasic("s3cret".into()))
        .scope("openid email")
        .nonce("n-0S6_WzA2Mj")
        .parameter(
            Stage::DeviceAuthorization,
            "audience",
            "https://api.example",
        )
        .header(Stage::Token, "x-request-source", "living-room")
        .require_id_token(false);
    let outcome = client.outcome(config);
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    let address = server.addr().to_string();
    let requests = server.requests();
    requests.iter().map(|it| line(it, &address)).collect()
}

fn line(request: &Request, address: &str) -> Line {
    let mut headers = request.headers.clone();
    // HTTP/1.1 connections stay open unless somebody says otherwise, so either spelling means the same.
    headers.retain(|(name, value)| !(name == "connection" && value == "keep-alive"));
    for (name, value) in &mut headers {
        if name == "host" {
            assert_eq!(value, address);
            value.clear();
        }
    }
    headers.sort();
    let mut body = String::from_utf8(request.body.clone()).unwrap();
    if let Some(code) = request.parameter("device_code") {
        body = body.replace(code, "[device code]");
    }
    Line {
        connection: request.connection,
        method: request.method.clone(),
        path: request.path.clone(),
        headers,
        body,
    }
}
