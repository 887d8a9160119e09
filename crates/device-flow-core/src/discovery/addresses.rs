//! Where an issuer's metadata may be.

use crate::config::ConfigError;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use url::Url;

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// Whether the issuer that a document names is the one that was asked for: letter by letter (RFC 8414 section 3.3), or,
/// when the document's own address was given, one whose document stands there.
pub(super) fn is_named(asked: &str, named: &str) -> bool {
    let leads_there = || {
        let addresses = Url::parse(named).map(|it| addresses(&it));
        addresses.is_ok_and(|all| all.iter().any(|it| it == asked))
    };
    asked == named || is_document(asked) && leads_there()
}

fn is_document(address: &str) -> bool {
    address.contains(OAUTH) || address.contains(OPENID)
}

/// The addresses of an issuer's metadata, without repetition: of an issuer without a path they are only two. The address
/// of a document is the only one of that.
pub(super) fn well_known(issuer: &str, checked: &str) -> Result<Vec<String>, ConfigError> {
    let url = Url::parse(checked).map_err(|_| ConfigError::IssuerShape)?;
    // RFC 8414 section 2.
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::IssuerShape);
    }
    if is_document(issuer) {
        return Ok(Vec::from([String::from(checked)]));
    }
    Ok(addresses(&url))
}

fn addresses(issuer: &Url) -> Vec<String> {
    let path = issuer.path().trim_end_matches('/');
    let mut all: Vec<String> = Vec::with_capacity(4);
    for path in
        [format!("{OAUTH}{path}"), format!("{path}{OPENID}"), format!("{path}{OAUTH}"), format!("{OPENID}{path}")]
    {
        let mut address = issuer.clone();
        address.set_path(&path);
        if all.iter().all(|it| *it != address.as_str()) {
            all.push(address.into());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k6_the_well_known_part_stands_before_the_path_or_behind_it() {
        let addresses = |issuer| well_known(issuer, issuer);
        assert_eq!(
            addresses("https://as.example/tenant/").unwrap(),
            [
                "https://as.example/.well-known/oauth-authorization-server/tenant",
                "https://as.example/tenant/.well-known/openid-configuration",
                "https://as.example/tenant/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration/tenant",
            ]
        );
        assert_eq!(
            addresses("https://as.example").unwrap(),
            [
                "https://as.example/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration",
            ]
        );
        assert_eq!(addresses("https://as.example/?x"), Err(ConfigError::IssuerShape));
    }

    #[test]
    fn k6_a_documents_address_stands_for_the_issuer_that_it_belongs_to() {
        let document = "https://as.example/t/.well-known/openid-configuration";
        assert_eq!(well_known(document, document).unwrap(), [document]);
        assert!(is_named(document, "https://as.example/t"));
        assert!(is_named(document, "https://as.example/t/"));
        assert!(!is_named(document, "https://as.example/"));
        assert!(!is_named(document, "https://evil.example/t"));
        assert!(!is_named("https://as.example/t", "https://as.example/t/"));
    }
}
