//! What the two transports send is the same.

use crate::bench::{approving, client, config, options, start, told, until};
use device_flow_core::{Call, ClientAuthentication, Outcome, Session, SessionEvent, Stage};
use device_flow_testserver::{Answer, Approval, Client, Endpoint, Fault, Request, Script, Server};
use device_flow_transport::Remote;
use libtest_mimic::Trial;
use transport_tests::{Hyper, Transport, Ureq};

pub(crate) fn cases() -> Vec<Trial> {
    vec![
        Trial::test("transcripts::both_transports_send_the_same_requests", || {
            assert_eq!(sign_in::<Ureq>(), sign_in::<Hyper>());
            Ok(())
        }),
        Trial::test("transcripts::both_transports_send_the_same_requests_about_tokens", || {
            assert_eq!(life_of_tokens::<Ureq>(), life_of_tokens::<Hyper>());
            Ok(())
        }),
    ]
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
fn sign_in<T: Transport>() -> Vec<Line> {
    let server = start(
        options()
            .approval(Approval::AfterPolls(0))
            .client(Client::basic("television", "s3cret"))
            .script(Endpoint::Metadata, Script::new().answer(Answer::html(404, "nothing here")))
            .script(Endpoint::DeviceAuthorization, Script::new().fault(Fault::Close))
            .code(Script::new().pending(1).answer(Answer::html(503, "soon")).fault(Fault::Reset)),
    );
    let client = client::<T>();
    client.discover(&server.issuer()).unwrap();
    let config = config(&server)
        .client_authentication(ClientAuthentication::SecretBasic("s3cret".into()))
        .scope("openid email")
        .nonce("n-0S6_WzA2Mj")
        .parameter(Stage::DeviceAuthorization, "audience", "https://api.example")
        .header(Stage::Token, "x-request-source", "living-room")
        .require_id_token(false);
    let outcome = client.outcome(config);
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    transcript(&server, &[])
}

/// A refresh through trouble, by a session; then introspection, userinfo, and a sign-out.
fn life_of_tokens<T: Transport>() -> Vec<Line> {
    let server = start(
        approving()
            .client(Client::basic("television", "s3cret"))
            .script(Endpoint::Refresh, Script::new().answer(Answer::html(503, "soon").header("retry-after", "1")))
            .script(Endpoint::Revocation, Script::new().fault(Fault::Reset)),
    );
    let client = client::<T>();
    let config = config(&server)
        .client_authentication(ClientAuthentication::SecretBasic("s3cret".into()))
        .scope("openid email")
        .nonce("n-0S6_WzA2Mj")
        .parameter(Stage::Refresh, "resource", "https://api.example")
        .header(Stage::Userinfo, "x-request-source", "living-room");
    let granted = client.sign_in(config.clone()).unwrap();
    let mut session = Session::new(config.clone(), granted.clone(), client.now()).unwrap();
    session.refresh(client.now()).unwrap();
    told(&client, &mut session, &Remote::new(), |event| until(matches!(event, SessionEvent::Refreshed(_))));
    let renewed = session.tokens();
    let access_token = renewed.access_token().expose();
    let refresh_token = renewed.refresh_token().unwrap().expose();
    let endpoint = server.introspection_endpoint();
    let introspection = Call::introspect(&config, &endpoint, access_token);
    assert!(client.call(introspection.unwrap()).unwrap().is_active());
    let endpoint = server.userinfo_endpoint();
    let userinfo = Call::userinfo(&config, &endpoint, access_token);
    client.call(userinfo.unwrap()).unwrap();
    let endpoint = server.revocation_endpoint();
    let revocation = Call::revoke_refresh_token(&config, &endpoint, refresh_token);
    client.call(revocation.unwrap()).unwrap();
    let revocation = Call::revoke_access_token(&config, &endpoint, access_token);
    client.call(revocation.unwrap()).unwrap();
    assert!(!server.is_active(access_token));

    let first = granted.refresh_token().unwrap();
    let secrets = [
        (first.expose(), "[first refresh token]"),
        (refresh_token, "[refresh token]"),
        (access_token, "[access token]"),
    ];
    let transcript = transcript(&server, &secrets);
    let paths: Vec<_> = transcript.iter().map(|it| it.path.as_str()).collect();
    let expected = [
        "/device_authorization",
        "/token",
        "/token",
        "/token",
        "/introspect",
        "/userinfo",
        "/revoke",
        "/revoke",
        "/revoke",
    ];
    assert_eq!(paths, expected);
    transcript
}

/// What arrived. These secrets, each with its name, differ from run to run.
fn transcript(server: &Server, secrets: &[(&str, &str)]) -> Vec<Line> {
    let requests = server.requests();
    let lines = requests.iter().map(|it| line(it, server, secrets));
    lines.collect()
}

fn line(request: &Request, server: &Server, secrets: &[(&str, &str)]) -> Line {
    let device_code = request.parameter("device_code");
    let device_code = device_code.map(|it| (it, "[device code]"));
    let hide = |text: &str| {
        let secrets = secrets.iter().copied().chain(device_code);
        secrets.fold(text.to_owned(), |text, (secret, name)| text.replace(secret, name))
    };
    let mut headers = request.headers.clone();
    // HTTP/1.1 connections stay open unless somebody says otherwise, so either spelling means the same.
    headers.retain(|(name, value)| !(name == "connection" && value == "keep-alive"));
    for (name, value) in &mut headers {
        if name == "host" {
            assert_eq!(value, &server.addr().to_string());
            value.clear();
        }
        *value = hide(value);
    }
    headers.sort();
    Line {
        connection: request.connection,
        method: request.method.clone(),
        path: request.path.clone(),
        headers,
        body: hide(core::str::from_utf8(&request.body).unwrap()),
    }
}
