//! Certificates and keys that cannot work are refused when the client is made, by name and without showing them.

use crate::bench::{options, start};
use device_flow_testserver::{Server, Tls};
use transport_tests::{Settings, Transport};

const NOT_PEM: &str = "-----BEGIN CERTIFICATE-----\nnot base64 at all!\n-----END CERTIFICATE-----\n";
const NOT_A_CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nTWFuIGlzIGRpc3Rpbmd1aXNoZWQ=\n-----END CERTIFICATE-----\n";
const SEC1: (&str, &str) = (include_str!("../fixtures/sec1.cert.pem"), include_str!("../fixtures/sec1.key.pem"));
const PKCS1: (&str, &str) = (include_str!("../fixtures/pkcs1.cert.pem"), include_str!("../fixtures/pkcs1.key.pem"));

fn refusal<T: Transport>(settings: &Settings) -> String {
    match T::build(settings) {
        Ok(_) => panic!("accepted"),
        Err(error) => error,
    }
}

fn roots<T: Transport>(pem: &str) -> String {
    refusal::<T>(&Settings { roots: vec![pem.to_owned()], ..Settings::default() })
}

fn identity<T: Transport>(chain: &str, key: &str) -> Result<T, String> {
    T::build(&Settings { identity: Some((chain.to_owned(), key.to_owned())), ..Settings::default() })
}

fn server() -> Server {
    start(options().tls(Tls::new()))
}

pub(crate) fn roots_that_are_not_pem_are_refused<T: Transport>() {
    let error = roots::<T>(NOT_PEM);
    assert!(error.contains("root certificates"), "{error}");
    assert!(!error.contains("not base64"), "{error}");
}

pub(crate) fn roots_without_a_certificate_are_refused<T: Transport>() {
    for pem in ["", "some words", SEC1.1] {
        let error = roots::<T>(pem);
        assert!(error.contains("root certificates"), "{error}");
    }
}

pub(crate) fn roots_that_are_no_certificates_are_refused<T: Transport>() {
    // One bad certificate among good ones is an error too: somebody relies on it.
    let good = server().ca_pem().unwrap().to_owned();
    let error = roots::<T>(&(good + NOT_A_CERTIFICATE));
    assert!(error.contains("root certificates"), "{error}");
}

pub(crate) fn a_key_that_is_none_is_refused_and_not_shown<T: Transport>() {
    let bad = "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n";
    for key in ["", "hunter2", bad, SEC1.0] {
        let error = identity::<T>(SEC1.0, key).err().unwrap();
        assert!(error.contains("key"), "{error}");
        // The key as text, in Base64, and as a list of bytes.
        for part in ["hunter2", "aHVudGVyMg", "104, 117"] {
            assert!(!error.contains(part), "{error}");
        }
    }
}

pub(crate) fn a_chain_without_a_certificate_is_refused<T: Transport>() {
    for chain in ["", NOT_PEM, NOT_A_CERTIFICATE, SEC1.1] {
        let error = identity::<T>(chain, SEC1.1).err().unwrap();
        assert!(error.contains("client certificate"), "{error}");
        assert!(!error.contains("the key"), "{error}");
    }
}

pub(crate) fn a_key_of_another_certificate_is_refused<T: Transport>() {
    let error = identity::<T>(SEC1.0, PKCS1.1).err().unwrap();
    assert!(error.contains("belong together"), "{error}");
}

pub(crate) fn keys_come_as_pkcs8_sec1_and_pkcs1<T: Transport>() {
    identity::<T>(SEC1.0, SEC1.1).map(drop).unwrap();
    identity::<T>(PKCS1.0, PKCS1.1).map(drop).unwrap();
    let server = start(options().tls(Tls::new().require_client_certificate()));
    let (chain, key) = (server.client_cert_pem(), server.client_key_pem());
    assert!(key.unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
    identity::<T>(chain.unwrap(), key.unwrap()).map(drop).unwrap();
}

pub(crate) fn a_user_agent_that_breaks_the_line_is_refused<T: Transport>() {
    let error =
        refusal::<T>(&Settings { user_agent: Some("television\r\nx-evil: yes".to_owned()), ..Settings::default() });
    assert!(error.contains("user agent"), "{error}");
}
