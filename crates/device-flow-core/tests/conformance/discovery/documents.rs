//! What a document says.

use device_flow_core::{ProtocolErrorKind, ServerMetadata};

use super::{ADDRESSES, ISSUER, OAUTH, Said, discover, document, kind};

#[test]
fn k6_every_endpoint_that_is_announced_is_found_and_kept() {
    let endpoints = ["device_authorization", "token", "revocation", "introspection", "userinfo", "registration"];
    let members = endpoints.map(|it| format!(r#""{it}_endpoint":"https://as.example/{it}""#));
    let full = format!(r#"{{"issuer":"{ISSUER}",{}}}"#, members.join(","));
    let read = |document: &str| ServerMetadata::from_document(document, ISSUER, false).unwrap();
    let kept = read(&full).document();
    for metadata in [read(&full), read(&kept)] {
        let found = [
            metadata.device_authorization_endpoint(),
            Some(metadata.token_endpoint()),
            metadata.revocation_endpoint(),
            metadata.introspection_endpoint(),
            metadata.userinfo_endpoint(),
            metadata.registration_endpoint(),
        ];
        let expected = endpoints.map(|it| format!("https://as.example/{it}"));
        assert_eq!(found, expected.each_ref().map(|it| Some(it.as_str())));
        assert!(metadata.token_endpoint_auth_methods().is_none());
    }
    let shown = format!("{:?}", read(&full));
    for part in [ISSUER, "https://as.example/device_authorization", "https://as.example/token"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn metadata_can_be_kept_by_the_caller() {
    let (_, outcome) = discover(|_| Ok(Said::document(document(ISSUER))));
    let kept = outcome.unwrap().document();
    let read = ServerMetadata::from_document(&kept, ISSUER, false).unwrap();
    assert_eq!(read.revocation_endpoint(), Some("https://as.example/r"));
    assert_eq!(read.token_endpoint_auth_methods().unwrap().count(), 2);
    let other = ServerMetadata::from_document(&kept, "https://other.example", false);
    assert!(matches!(other, Err(ProtocolErrorKind::Issuer { .. })));
    for damaged in ["", "{}", "null", &kept.replace("https://as.example/t\"", "javascript:x\"")] {
        assert!(ServerMetadata::from_document(damaged, ISSUER, false).is_err(), "{damaged}");
    }
}

#[test]
fn k8_endpoints_in_the_document_are_checked() {
    let bad = document(ISSUER).replace("https://as.example/t\"", "http://as.example/t\"");
    let kind = kind(discover(|_| Ok(Said::document(&bad))).1);
    assert!(matches!(kind, ProtocolErrorKind::Endpoint { name: "token_endpoint", .. }), "{kind:?}");
}

#[test]
fn k6_the_oauth_document_comes_first() {
    let (urls, outcome) = discover(|_| Ok(Said::document(document(ISSUER))));
    assert_eq!(urls, [OAUTH]);
    let metadata = outcome.unwrap();
    assert_eq!(metadata.issuer(), ISSUER);
    assert_eq!(metadata.device_authorization_endpoint(), Some("https://as.example/da"));
    assert_eq!(metadata.token_endpoint(), "https://as.example/t");
    assert_eq!(metadata.revocation_endpoint(), Some("https://as.example/r"));
    assert_eq!(metadata.userinfo_endpoint(), None, "an address nobody should call");
    assert_eq!(metadata.token_endpoint_auth_methods().unwrap().collect::<Vec<_>>(), ["none", "client_secret_basic"]);
}

#[test]
fn k6_the_issuer_must_be_the_one_that_was_asked_for_to_the_letter() {
    for other in ["https://as.example/tenant/", "https://as.example/Tenant", "https://evil.example/tenant"] {
        let (urls, outcome) = discover(|_| Ok(Said::document(document(other))));
        assert_eq!(urls, ADDRESSES);
        let ProtocolErrorKind::Issuer { expected, found } = kind(outcome) else { panic!() };
        assert_eq!((&*expected, &*found), (ISSUER, other));
    }
    let (_, outcome) = discover(|url| {
        Ok(if url == OAUTH { Said::document(document("https://x.example\\u001b[2J")) } else { Said::status(404) })
    });
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("x.example") && !text.contains('\u{1b}'), "{text}");
}

/// A server that announces no device sign-in may still refresh and revoke; to find nothing would be untrue.
#[test]
fn k6_metadata_without_a_device_endpoint_is_found_when_there_is_no_better() {
    let without = document(ISSUER).replace("device_authorization_endpoint", "x");
    let (urls, outcome) = discover(|_| Ok(Said::document(&without)));
    assert_eq!(urls, ADDRESSES, "a better one may stand elsewhere");
    let metadata = outcome.unwrap();
    assert_eq!(metadata.device_authorization_endpoint(), None);
    assert_eq!(metadata.token_endpoint(), "https://as.example/t");
    assert_eq!(metadata.revocation_endpoint(), Some("https://as.example/r"));

    for address in &ADDRESSES[1..] {
        let (urls, outcome) =
            discover(|url| Ok(Said::document(if url == *address { document(ISSUER) } else { without.clone() })));
        assert_eq!(urls.last().unwrap(), address);
        assert!(outcome.unwrap().device_authorization_endpoint().is_some());
    }
    // What comes of the others does not take it away.
    let (_, outcome) = discover(|url| Ok(if url == OAUTH { Said::document(&without) } else { Said::status(404) }));
    assert!(outcome.is_ok());
    let (_, outcome) = discover(|url| {
        if url == OAUTH { Ok(Said::document(&without)) } else { Err(device_flow_core::TransportFailure::Connect(None)) }
    });
    assert!(outcome.is_ok());
}

#[test]
fn k6_the_complaint_that_says_most_is_told() {
    let foreign = || Said::document(document("https://other.example"));
    for address in ADDRESSES {
        let (_, outcome) = discover(|url| Ok(if url == address { foreign() } else { Said::status(404) }));
        let kind = kind(outcome);
        assert!(matches!(kind, ProtocolErrorKind::Issuer { .. }), "{address}: {kind:?}");
    }
    let (_, outcome) = discover(|_| Ok(Said::status(404)));
    assert_eq!(kind(outcome), ProtocolErrorKind::NotOAuth { status: 404 });
}
