//! Any answer to the request for metadata.

use device_flow_core::wire::MetadataAnswer;
use device_flow_core::{Claims, Config, DeviceFlow, Discovery, ServerMetadata, Timestamp};

use crate::answer::Answer;
use crate::check;
use crate::drive;

/// Reads the document, as that of the issuer it names and as another's, and lets a search work with it.
pub fn run(data: &[u8]) {
    let Some(answer) = Answer::read(data) else {
        return;
    };
    let named = core::str::from_utf8(answer.body)
        .ok()
        .and_then(Claims::from_json)
        .and_then(|it| it.text("issuer"));
    let other = "https://issuer.example";
    for issuer in [named.as_deref().unwrap_or(other), other] {
        for allow_http in [false, true] {
            read(&answer, issuer, allow_http);
            search(&answer, issuer, allow_http);
        }
    }
}

fn read(answer: &Answer<'_>, issuer: &str, allow_http: bool) {
    let response = answer.response();
    let read = || MetadataAnswer::read(&response, issuer, allow_http);
    let first = read();
    assert_eq!(format!("{first:?}"), format!("{:?}", read()));
    match &first {
        MetadataAnswer::Found(metadata) => can_be_used(metadata, issuer, allow_http),
        // The issuer that was asked for is the caller's own text, and quoted.
        MetadataAnswer::Invalid(kind) => check::error_is_fit(kind, &[]),
        MetadataAnswer::Transient => {}
    }
}

fn can_be_used(metadata: &ServerMetadata, issuer: &str, allow_http: bool) {
    assert_eq!(metadata.issuer(), issuer);
    let addresses = [
        metadata.device_authorization_endpoint(),
        Some(metadata.token_endpoint()),
        metadata.revocation_endpoint(),
        metadata.introspection_endpoint(),
        metadata.userinfo_endpoint(),
        metadata.registration_endpoint(),
    ];
    for address in addresses.into_iter().flatten() {
        check::is_endpoint(address);
    }
    if let Some(methods) = metadata.token_endpoint_auth_methods() {
        for method in methods {
            check::is_presentable("an authentication method", method);
        }
    }
    if metadata.device_authorization_endpoint().is_some() {
        let config = Config::discovered("tv", metadata).allow_http(allow_http);
        let flow = DeviceFlow::new(config);
        assert!(
            flow.is_ok(),
            "endpoints that were found can be used: {flow:?}"
        );
    }
}

fn search(answer: &Answer<'_>, issuer: &str, allow_http: bool) {
    let discovery = if allow_http {
        Discovery::allowing_http(issuer)
    } else {
        Discovery::new(issuer)
    };
    let mut discovery = match discovery {
        Ok(discovery) => discovery,
        Err(error) => return check::error_is_fit(&error, &[]),
    };
    // Two addresses, each tried four times at most.
    let (_, end) = drive::answer_with(&mut discovery, Timestamp::ZERO, answer.response(), 8, &[]);
    assert!(end.is_some(), "a search ends after eight attempts");
    match discovery.into_outcome().expect("it has ended") {
        Ok(metadata) => {
            assert!(metadata.device_authorization_endpoint().is_some());
            can_be_used(&metadata, issuer, allow_http);
        }
        Err(failure) => check::failure_is_fit(&failure, &[]),
    }
}
