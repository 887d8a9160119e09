//! K6: finding the endpoints.

use crate::bench::{client, options, start};
use device_flow_core::{CallEvent, ConnectCause, Discovery, Failure, RetryReason, TransportFailure};
use device_flow_testserver::{Answer, Endpoint, Script};
use device_flow_transport::Remote;
use transport_tests::{Ending, Transport};

pub(crate) fn endpoints_are_found<T: Transport>() {
    let server = start(options().issuer_path("/tenant"));
    let metadata = client::<T>().discover(&server.issuer()).unwrap();
    assert_eq!(metadata.token_endpoint(), server.token_endpoint());
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].header("accept"), Some("application/json"));
    assert_eq!(requests[0].header("content-length"), None);
    assert_eq!(requests[0].header("content-type"), None);
    let path = "/.well-known/oauth-authorization-server/tenant";
    assert_eq!(requests[0].path, path);
}

pub(crate) fn the_second_address_is_tried<T: Transport>() {
    let missing = Script::new().answer(Answer::html(404, "<h1>Not found</h1>"));
    let server = start(options().script(Endpoint::Metadata, missing));
    let mut discovery = Discovery::new(server.issuer()).unwrap();
    client::<T>().drive(&mut discovery, &Remote::new(), &mut |_| {});
    assert!(discovery.into_outcome().unwrap().is_ok());
    let paths: Vec<_> = server.requests().into_iter().map(|it| it.path).collect();
    let expected = ["oauth-authorization-server", "openid-configuration"];
    assert_eq!(paths, expected.map(|it| format!("/.well-known/{it}")));
    assert_eq!(server.connections(), 1);
}

/// The request carries no secret, and the document has to name the issuer.
pub(crate) fn a_redirect_of_the_document_is_followed<T: Transport>() {
    let server = start(options());
    let document = format!(
        r#"{{"issuer":"{}","device_authorization_endpoint":"{}","token_endpoint":"{}"}}"#,
        server.issuer(),
        server.device_authorization_endpoint(),
        server.token_endpoint()
    );
    let document = Script::new().answer(Answer::json(200, document));
    let elsewhere = start(options().script(Endpoint::Metadata, document));
    let address = format!("{}/.well-known/openid-configuration", elsewhere.issuer());
    let redirect = Script::new().answer(Answer::redirect(302, &address));
    server.script(Endpoint::Metadata, redirect);
    let metadata = client::<T>().discover(&server.issuer()).unwrap();
    assert_eq!(metadata.token_endpoint(), server.token_endpoint());
    assert_eq!(server.requests().len(), 1);
    assert_eq!(elsewhere.requests().len(), 1);
}

pub(crate) fn a_foreign_document_is_refused<T: Transport>() {
    let foreign = r#"{"issuer":"https://evil.example","device_authorization_endpoint":"https://evil.example/d","token_endpoint":"https://evil.example/t"}"#;
    let foreign = Answer::json(200, foreign);
    let script = Script::new().answer(foreign.clone()).answer(foreign);
    let server = start(options().script(Endpoint::Metadata, script));
    let result = client::<T>().discover(&server.issuer());
    assert!(matches!(result, Err(Ending::Failed(Failure::Protocol(_)))), "{result:?}");
}

/// A `GET` has no body whose sending would tell how far it got, so this is a case of its own.
pub(crate) fn a_name_that_does_not_resolve_is_connect_here_too<T: Transport>() {
    let mut discovery = Discovery::allowing_http("http://nobody.invalid").unwrap();
    let mut reasons = Vec::new();
    let remote = Remote::new();
    let far = remote.clone();
    client::<T>().drive(&mut discovery, &remote, &mut |event| {
        if let CallEvent::Retrying { reason, .. } = event {
            reasons.push(reason);
            far.cancel();
        }
    });
    assert_eq!(reasons, [RetryReason::Transport(TransportFailure::Connect(Some(ConnectCause::HostNotFound)))]);
}
