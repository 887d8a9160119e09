//! Clients that register themselves (RFC 7591), and servers of which nothing but the issuer is known.

use crate::bench::{approving, assert_refused, client, config, start};
use device_flow_core::{Call, ClientMetadata, Config, ErrorCode};
use device_flow_testserver::{Answer, Client, Endpoint, Script};
use std::time::{Duration, SystemTime};
use transport_tests::{Ending, Transport};

pub(crate) fn a_registered_client_signs_in<T: Transport>() {
    // The server knows another client and therefore nobody else.
    let server = start(approving().client(Client::public("radio")));
    let client = client::<T>();
    let stranger = client.sign_in(config(&server));
    assert_refused(stranger, &ErrorCode::INVALID_CLIENT);

    let endpoint = server.registration_endpoint();
    let metadata = ClientMetadata::new().client_name("Küche").scope("read");
    let registration = Call::register(&endpoint, &metadata, false).unwrap();
    let registered = client.call(registration).unwrap();
    assert!(registered.client_secret().is_none());
    let name = registered.claims().text("client_name");
    assert_eq!(name.as_deref(), Some("Küche"));
    let config = Config::new(registered.client_id(), server.device_authorization_endpoint(), server.token_endpoint());
    let tokens = client.sign_in(config.interval_margin(0)).unwrap();
    assert!(server.is_active(tokens.access_token().expose()));

    let requests = server.requests_to("/register");
    assert_eq!(requests.len(), 1);
    let content_type = requests[0].header("content-type");
    assert_eq!(content_type, Some("application/json"));
}

pub(crate) fn a_refused_registration_is_told<T: Transport>() {
    let server = start(approving());
    let refused = r#"{"error":"invalid_client_metadata","error_description":"no names here"}"#;
    server.script(Endpoint::Registration, Script::new().answer(Answer::json(400, refused)));
    let endpoint = server.registration_endpoint();
    let metadata = ClientMetadata::new().client_name("Kitchen");
    let registration = Call::register(&endpoint, &metadata, false).unwrap();
    let result = client::<T>().call(registration);
    let Err(Ending::Failed(failure)) = result else { panic!("{result:?}") };
    let text = failure.to_string();
    assert!(text.contains("invalid_client_metadata"), "{text}");
    assert!(text.contains("no names here"), "{text}");
    assert_eq!(server.requests_to("/register").len(), 1, "asked once");
}

/// K5, K6: register, sign in, look who it was, refresh, sign out, with what the server's own document says.
pub(crate) fn the_issuer_is_enough_to_do_everything<T: Transport>() {
    let server = start(approving().issuer_path("/tenant"));
    let client = client::<T>();
    let metadata = client.discover(&server.issuer()).unwrap();
    let methods: Vec<_> = metadata.token_endpoint_auth_methods().unwrap().collect();
    assert_eq!(methods, ["none"]);

    let endpoint = metadata.registration_endpoint().unwrap();
    let kitchen = ClientMetadata::new().client_name("Kitchen");
    let registration = Call::register(endpoint, &kitchen, false).unwrap();
    let client_id = client.call(registration).unwrap().client_id();
    let config = Config::discovered(&client_id, &metadata).scope("openid").interval_margin(0);
    let tokens = client.sign_in(config.clone()).unwrap();

    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let identity = config.identity(&tokens, now).unwrap();
    let endpoint = metadata.userinfo_endpoint().unwrap();
    let access_token = tokens.access_token();
    let userinfo = Call::userinfo(&config, endpoint, access_token.expose()).unwrap();
    let userinfo = client.call(userinfo).unwrap();
    assert_eq!(userinfo.subject(), identity.text("sub"));

    let refresh_token = tokens.refresh_token().unwrap();
    let renewed = client.call(Call::refresh(&config, refresh_token.expose()).unwrap());
    let renewed = renewed.unwrap();
    let access_token = renewed.access_token().expose();
    let is_active = || {
        let endpoint = metadata.introspection_endpoint().unwrap();
        let introspection = Call::introspect(&config, endpoint, access_token).unwrap();
        client.call(introspection).unwrap().is_active()
    };
    assert!(is_active());
    let endpoint = metadata.revocation_endpoint().unwrap();
    let refresh_token = renewed.refresh_token().unwrap();
    let revocation = Call::revoke_refresh_token(&config, endpoint, refresh_token.expose());
    client.call(revocation.unwrap()).unwrap();
    assert!(!is_active());

    let requests = server.requests();
    assert!(requests.iter().all(|it| it.path.contains("/tenant")));
    let took = requests[requests.len() - 1].arrived - requests[0].arrived;
    assert!(took < Duration::from_secs(10), "took {took:?}");
}
