//! TLS, with and without client certificates, good and bad.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use common::start;
use device_flow_testserver::{Endpoint, Fault, Options, Script, Server, ServerCertificate, Tls};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Asks for the metadata as `host`, and reads until the connection ends.
fn metadata(server: &Server, host: &'static str, with_certificate: bool) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.ca_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = if with_certificate {
        let certificate = CertificateDer::from_pem_slice(server.client_cert_pem().unwrap().as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(server.client_key_pem().unwrap().as_bytes()).unwrap();
        builder.with_client_auth_cert(vec![certificate], key).unwrap()
    } else {
        builder.with_no_client_auth()
    };
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from(host).unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(server.addr()).unwrap());
    stream
        .write_all(b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn refusal(server: &Server, host: &'static str) -> String {
    metadata(server, host, false).unwrap_err().to_string()
}

#[test]
fn a_client_that_trusts_the_authority_reaches_the_server_by_each_of_its_names() {
    let server = start(Options::new().tls(Tls::new()));
    assert!(server.issuer().starts_with("https://127.0.0.1:"));
    for host in ["localhost", "127.0.0.1", "::1"] {
        let answer = metadata(&server, host, false).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&server.token_endpoint()), "{answer}");
    }
}

#[test]
fn a_wrong_name_and_an_expired_certificate_are_noticed() {
    let server = start(Options::new().tls(Tls::new().certificate(ServerCertificate::WrongName)));
    assert!(refusal(&server, "localhost").contains("not valid for name"));
    let server = start(Options::new().tls(Tls::new().certificate(ServerCertificate::Expired)));
    assert!(refusal(&server, "localhost").contains("expired"));
}

#[test]
fn a_client_certificate_can_be_demanded() {
    let server = start(Options::new().tls(Tls::new().require_client_certificate()));
    assert!(metadata(&server, "localhost", true).unwrap().starts_with("HTTP/1.1 200"));
    assert!(refusal(&server, "localhost").contains("CertificateRequired"), "{}", refusal(&server, "localhost"));
}

#[test]
fn faults_happen_under_tls_too() {
    let script = Script::new()
        .fault(Fault::Reset)
        .fault(Fault::Truncate { at: 3 })
        .fault(Fault::CutBelowTls { at: 3 })
        .fault(Fault::Close);
    let server = start(Options::new().tls(Tls::new()).script(Endpoint::Metadata, script));
    let reset = metadata(&server, "localhost", false).unwrap_err();
    assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);
    for _ in ["truncated", "cut"] {
        let error = metadata(&server, "localhost", false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
    assert_eq!(metadata(&server, "localhost", false).unwrap(), "");
    assert!(metadata(&server, "localhost", false).unwrap().starts_with("HTTP/1.1 200"));
}

#[test]
fn without_tls_there_are_no_certificates() {
    let server = start(Options::new());
    assert_eq!((server.ca_pem(), server.client_cert_pem(), server.client_key_pem()), (None, None, None));
}

#[test]
fn connections_that_never_shake_hands_give_way() {
    let server = start(Options::new().tls(Tls::new()).most_connections(8));
    let idle: Vec<_> = (0..60).map(|_| TcpStream::connect(server.addr()).unwrap()).collect();
    assert!(metadata(&server, "localhost", false).unwrap().starts_with("HTTP/1.1 200"));
    drop(idle);
}
