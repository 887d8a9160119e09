//! Any answer to the request for metadata.

use device_flow_core::{Claims, Config, DeviceFlow, Discovery, ServerMetadata, Timestamp};

use crate::answer::Answer;
use crate::check;
use crate::drive;

/// An issuer has four addresses at most. At each of them a document is asked for four times at most, be it that trouble
/// passes or that redirects are followed.
const MOST_REQUESTS: usize = 16;

/// Reads the document, as that of the issuer it names and as another's, and lets a search work with it.
pub fn run(data: &[u8]) {
    let Some(answer) = Answer::read(data) else {
        return;
    };
    let text = core::str::from_utf8(answer.body).ok();
    let named = text.and_then(Claims::from_json).and_then(|it| it.text("issuer"));
    let other = "https://issuer.example";
    for issuer in [named.as_deref().unwrap_or(other), other] {
        for allow_http in [false, true] {
            if let Some(text) = text {
                read(text, issuer, allow_http);
            }
            search(&answer, issuer, allow_http);
        }
    }
}

fn read(text: &str, issuer: &str, allow_http: bool) {
    let read = |text: &str| ServerMetadata::from_document(text, issuer, allow_http);
    match read(text) {
        Ok(metadata) => {
            assert_eq!(metadata.issuer(), issuer);
            can_be_used(&metadata, allow_http);
            let kept = metadata.document();
            let again = read(&kept).expect("what was written can be read");
            assert_eq!(again, metadata);
        }
        // The issuer that was asked for is the caller's own text, and quoted.
        Err(kind) => {
            check::error_is_fit(&kind, &[]);
            assert_eq!(read(text), Err(kind));
        }
    }
}

fn can_be_used(metadata: &ServerMetadata, allow_http: bool) {
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
        assert!(flow.is_ok(), "endpoints that were found can be used: {flow:?}");
    }
}

fn search(answer: &Answer<'_>, issuer: &str, allow_http: bool) {
    let discovery = if allow_http { Discovery::allowing_http(issuer) } else { Discovery::new(issuer) };
    let mut discovery = match discovery {
        Ok(discovery) => discovery,
        Err(error) => return check::error_is_fit(&error, &[]),
    };
    let (now, response) = (Timestamp::ZERO, answer.response());
    let (_, end) = drive::answer_with(&mut discovery, now, response, MOST_REQUESTS, &[]);
    assert!(end.is_some(), "a search ends");
    match discovery.into_outcome().expect("it has ended") {
        Ok(metadata) => {
            // The address of a document stands for the issuer that it belongs to.
            let is_document = issuer.contains("/.well-known/");
            assert!(metadata.issuer() == issuer || is_document);
            can_be_used(&metadata, allow_http);
        }
        Err(failure) => check::failure_is_fit(&failure, &[]),
    }
}
