//! What can be set, and ways to connect that are the caller's own.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use device_flow_core::{Failure, TlsCause, TransportFailure};
use device_flow_testserver::{Approval, Options, Server, Tls};
use hyper_util::client::legacy::connect::HttpConnector;
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring::default_provider};
use transport_hyper::{Client, ClientBuilder, ClientError, Error, Proxy};

fn secure() -> Server {
    let options = Options::new().interval(std::time::Duration::from_secs(1)).approval(Approval::AfterPolls(0));
    Server::start(options.tls(Tls::new())).unwrap()
}

async fn start(builder: ClientBuilder, server: &Server) -> Result<(), Error> {
    builder.build()?.start(common::config(server)).await.map(drop)
}

fn is_tls(result: &Result<(), Error>, expected: TlsCause) -> bool {
    match result {
        Err(Error::Failed(Failure::Network(error))) => error.failure() == TransportFailure::Tls(Some(expected)),
        _ => false,
    }
}

#[tokio::test]
async fn authorities_that_were_added_are_trusted_alone() {
    let (server, other) = (secure(), secure());
    let builder =
        |ca: &str| Client::builder().proxy(Proxy::None).only_added_roots().root_certificates_pem(ca.as_bytes());
    start(builder(server.ca_pem().unwrap()), &server).await.unwrap();
    assert!(start(builder(other.ca_pem().unwrap()), &server).await.is_err());
    let nobody = Client::builder().proxy(Proxy::None).only_added_roots();
    assert!(is_tls(&start(nobody, &server).await, TlsCause::UnknownAuthority));
}

#[tokio::test]
async fn tls_settings_of_the_callers_own_are_obeyed_and_http_stays_what_it_is() {
    let server = secure();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.ca_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let config =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let mut config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let builder = Client::builder().proxy(Proxy::None).rustls_config(Arc::new(config));
    start(builder, &server).await.unwrap();
}

#[tokio::test]
async fn headers_for_every_request_are_sent_and_replace_none_of_the_machines() {
    let server = common::server(device_flow_testserver::Script::new().approve());
    let builder =
        Client::builder().proxy(Proxy::None).default_header("X-Tenant", "kitchen").default_header("accept", "x/y");
    start(builder, &server).await.unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.header("x-tenant"), Some("kitchen"));
    assert_eq!(request.header("accept"), Some("application/json"));
    for (name, value) in [("x tenant", "a"), ("x", "a\nb"), ("content-length", "5")] {
        let refused = Client::builder().default_header(name, value).build().unwrap_err();
        assert_eq!(refused, ClientError::Header(name.to_owned()));
    }
}

#[test]
fn a_proxy_that_is_not_asked_does_not_have_to_be_right() {
    let builder = Client::builder().proxy(Proxy::Url("gopher://proxy".to_owned()));
    assert_eq!(builder.clone().build().unwrap_err(), ClientError::Proxy { origin: "the settings" });
    assert!(builder.connector(HttpConnector::new()).build().is_ok());
}

#[tokio::test]
async fn a_connector_of_the_callers_own_is_asked_whatever_proxy_there_is() {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    let builder = Client::builder().proxy(Proxy::Url("http://127.0.0.1:1".to_owned())).connector(connector);
    let server = secure();
    start(builder.root_certificates_pem(server.ca_pem().unwrap().as_bytes()), &server).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_of_the_file_system_leads_to_the_server() {
    let server = common::server(device_flow_testserver::Script::new().approve());
    let path = std::env::temp_dir().join(format!("transport-hyper-{}", std::process::id()));
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let address = server.addr();
    let broker = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = tokio::net::TcpStream::connect(address).await.unwrap();
        tokio::io::copy_bidirectional(&mut client, &mut server).await
    });
    start(Client::builder().unix_socket(&path), &server).await.unwrap();
    std::fs::remove_file(path).unwrap();
    broker.await.unwrap().unwrap();
}

#[tokio::test]
async fn no_more_idle_connections_are_kept_than_allowed() {
    let server = common::server(device_flow_testserver::Script::new().approve());
    let client = Client::builder().proxy(Proxy::None).max_idle_connections(0).build().unwrap();
    client.start(common::config(&server)).await.unwrap().wait().await.unwrap();
    assert_eq!(server.connections(), 2);
}
