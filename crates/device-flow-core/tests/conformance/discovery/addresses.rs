//! Where a document is looked for.

use device_flow_core::{Discovery, Failure, Machine, Output, ProtocolErrorKind, Timestamp, TransportFailure};

use super::{ADDRESSES, ISSUER, OAUTH, OAUTH_BEHIND, OPENID, Said, discover, discover_as, document, kind};

/// Servers differ in where they put the document, and half of the addresses found half of the servers.
#[test]
fn k6_four_addresses_are_tried_in_order_until_one_is_of_use() {
    for (index, address) in ADDRESSES.iter().enumerate() {
        let (urls, outcome) =
            discover(|url| Ok(if url == *address { Said::document(document(ISSUER)) } else { Said::status(404) }));
        assert_eq!(urls, ADDRESSES[..=index]);
        assert_eq!(outcome.unwrap().issuer(), ISSUER);
    }
}

#[test]
fn k6_an_issuer_without_a_path_has_two_addresses() {
    for issuer in ["https://as.example", "https://as.example/"] {
        let (urls, _) = discover_as(issuer, |_| Ok(Said::status(404)));
        assert_eq!(
            urls,
            [
                "https://as.example/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration"
            ]
        );
    }
}

#[test]
fn k6_the_next_address_is_asked_when_one_is_of_no_use() {
    let useless: [fn() -> Said; 5] = [
        || Said::status(404),
        || Said::document("<html>hello</html>"),
        || Said::document(document("https://other.example")),
        || Said::document(document(ISSUER).replace("device_authorization_endpoint", "x")),
        || Said::status(302),
    ];
    for answer in useless {
        let (urls, outcome) =
            discover(|url| if url == OAUTH { Ok(answer()) } else { Ok(Said::document(document(ISSUER))) });
        assert_eq!(urls, [OAUTH, OPENID]);
        assert!(outcome.unwrap().device_authorization_endpoint().is_some());
    }
}

#[test]
fn k6_a_server_that_stumbles_over_one_address_may_know_the_other() {
    let (urls, outcome) =
        discover(|url| Ok(if url == OAUTH_BEHIND { Said::document(document(ISSUER)) } else { Said::status(500) }));
    assert_eq!(urls, [OAUTH, OAUTH, OAUTH, OAUTH, OPENID, OAUTH_BEHIND]);
    assert_eq!(outcome.unwrap().issuer(), ISSUER);
}

/// The request carries no secret, and whatever is found has to name the issuer; so a redirect does no harm.
#[test]
fn k6_redirects_are_followed() {
    for status in [301, 302, 303, 307, 308] {
        for (location, target) in [
            ("https://login.example/meta", "https://login.example/meta"),
            ("/meta?a=b#fragment", "https://as.example/meta?a=b"),
            ("other", "https://as.example/.well-known/oauth-authorization-server/other"),
            ("//login.example", "https://login.example/"),
        ] {
            let (urls, outcome) = discover(|url| {
                Ok(if url == OAUTH { Said::redirect(status, location) } else { Said::document(document(ISSUER)) })
            });
            assert_eq!(urls, [OAUTH, target], "{status}");
            assert_eq!(outcome.unwrap().issuer(), ISSUER);
        }
    }
}

#[test]
fn k6_what_a_redirect_leads_to_has_to_name_the_issuer() {
    let (urls, outcome) = discover(|url| {
        Ok(if url == OAUTH {
            Said::redirect(302, "https://evil.example/meta")
        } else if url.starts_with("https://evil.example") {
            Said::document(document("https://evil.example"))
        } else {
            Said::status(404)
        })
    });
    assert_eq!(urls[..2], [OAUTH, "https://evil.example/meta"]);
    assert_eq!(urls[2..], ADDRESSES[1..], "the other addresses are tried");
    assert!(matches!(kind(outcome), ProtocolErrorKind::Issuer { .. }));
}

#[test]
fn k6_three_redirects_in_a_row_are_followed_and_a_fourth_is_not() {
    let chain = |url: &str, length: usize| {
        let step = url.rsplit("/step-").next().and_then(|it| it.parse().ok());
        let step: usize = step.unwrap_or_default();
        if step == length {
            Said::document(document(ISSUER))
        } else {
            Said::redirect(302, format!("https://as.example/step-{}", step + 1))
        }
    };
    let (urls, outcome) = discover(|url| Ok(chain(url, 3)));
    assert_eq!(urls.len(), 4);
    assert!(outcome.is_ok());
    let (urls, outcome) = discover(|url| Ok(chain(url, 4)));
    assert_eq!(urls.len(), 16, "each of the four addresses and three more");
    assert!(
        matches!(kind(outcome), ProtocolErrorKind::Redirect { target: Some(target), .. } if target.contains("step-4"))
    );
}

#[test]
fn k6_redirects_to_what_must_not_be_asked_are_not_followed() {
    for location in [
        "http://as.example/meta",
        "https://known.example@evil.example/",
        r"https://\/known.example@evil.example/",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        let (urls, outcome) =
            discover(|url| Ok(if url == OAUTH { Said::redirect(302, location) } else { Said::status(404) }));
        assert_eq!(urls[1..], ADDRESSES[1..], "{location}");
        assert!(outcome.is_err());
    }
}

/// People copy the address of the document, which is what they see in a browser.
#[test]
fn k6_the_address_of_a_document_will_do_for_the_issuer() {
    for address in ADDRESSES {
        let (urls, outcome) = discover_as(address, |_| Ok(Said::document(document(ISSUER))));
        assert_eq!(urls, [address]);
        assert_eq!(outcome.unwrap().issuer(), ISSUER);
    }
    for other in ["https://evil.example/tenant", "https://as.example", "https://as.example/other"] {
        let (urls, outcome) = discover_as(OPENID, |_| Ok(Said::document(document(other))));
        assert_eq!(urls, [OPENID]);
        assert!(matches!(kind(outcome), ProtocolErrorKind::Issuer { .. }), "{other}");
    }
}

#[test]
fn k6_issuers_are_asked_for_in_the_form_in_which_they_are_called() {
    for (issuer, first) in [
        ("https://AS.example", "https://as.example/.well-known/oauth-authorization-server"),
        ("https://as.example:443", "https://as.example/.well-known/oauth-authorization-server"),
        ("https://as.example/a%2fb", "https://as.example/.well-known/oauth-authorization-server/a%2fb"),
        ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example/.well-known/oauth-authorization-server"),
        ("http://localhost", "http://localhost/.well-known/oauth-authorization-server"),
    ] {
        let mut discovery = Discovery::new(issuer).unwrap();
        let Output::Send(request) = discovery.poll_output(Timestamp::ZERO) else { panic!() };
        assert_eq!(request.url(), first);
        // And named as they were spelt.
        let (_, outcome) = discover_as(issuer, |_| Ok(Said::document(document(issuer))));
        assert_eq!(outcome.unwrap().issuer(), issuer);
    }
}

/// The place that a redirect leads to may be out of reach while the issuer is not.
#[test]
fn k6_a_redirect_to_nowhere_leaves_the_other_addresses() {
    let (urls, outcome) = discover(|url| {
        if url == OAUTH {
            Ok(Said::redirect(302, "https://login.internal/meta"))
        } else if url.starts_with("https://login.internal") {
            Err(TransportFailure::Connect(None))
        } else {
            Ok(Said::document(document(ISSUER)))
        }
    });
    assert_eq!(urls.last().map(String::as_str), Some(OPENID));
    assert_eq!(outcome.unwrap().issuer(), ISSUER);
    let (_, outcome) = discover(|_| Err(TransportFailure::Connect(None)));
    assert!(matches!(outcome, Err(Failure::Network(_))));
}
