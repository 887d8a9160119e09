//! A proxy that is itself reached over TLS.

#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use device_flow_core::{DeviceFlow, Failure, Outcome, TlsCause, TransportFailure};
use device_flow_testserver::{Approval, Options, Server, Tls};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::ring::default_provider};
use transport_hyper::{Client, Proxy};

#[tokio::test]
async fn tls_with_the_server_runs_inside_of_tls_with_the_proxy() {
    let server = server();
    let proxy = TlsProxy::start(server.addr()).await;
    let client = Client::builder()
        .root_certificates_pem(server.ca_pem().unwrap().as_bytes())
        .root_certificates_pem(proxy.certificate_pem.as_bytes())
        .proxy(Proxy::Url(proxy.url.clone()))
        .build()
        .unwrap();
    let mut flow = common::flow(&server);
    client.drive(&mut flow, |_| {}).await;
    assert!(common::is_authorized(&flow), "{:?}", flow.outcome());
    assert_eq!(server.connections(), 1);
    drop(client); // and with it the tunnel
    assert_eq!(proxy.task.await.unwrap(), server.addr().to_string());
}

#[tokio::test]
async fn a_proxy_that_is_not_trusted_hears_nothing() {
    let server = server();
    let proxy = TlsProxy::start(server.addr()).await;
    let client = Client::builder()
        .root_certificates_pem(server.ca_pem().unwrap().as_bytes())
        .proxy(Proxy::Url(proxy.url.clone()))
        .build()
        .unwrap();
    let mut flow = DeviceFlow::new(common::config(&server)).unwrap();
    client.drive(&mut flow, |_| {}).await;
    match flow.outcome() {
        Some(Outcome::Failed(Failure::Network(error))) => {
            assert_eq!(error.failure(), TransportFailure::Tls(Some(TlsCause::UnknownAuthority)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(server.connections(), 0);
    assert!(proxy.task.await.is_err(), "the handshake has failed");
}

fn server() -> Server {
    let options = Options::new().interval(std::time::Duration::from_secs(1)).approval(Approval::AfterPolls(0));
    Server::start(options.tls(Tls::new())).unwrap()
}

/// Opens one tunnel, and then says where it was asked to lead.
struct TlsProxy {
    url: String,
    certificate_pem: String,
    task: tokio::task::JoinHandle<String>,
}

impl TlsProxy {
    async fn start(target: SocketAddr) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            let mut client = acceptor.accept(socket).await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                assert_ne!(client.read_buf(&mut head).await.unwrap(), 0);
            }
            let head = String::from_utf8(head).unwrap();
            let asked_for = head.split(' ').nth(1).unwrap().to_owned();
            let mut server = TcpStream::connect(target).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            // How the two hang up is of no interest.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            asked_for
        });
        Self { url: format!("https://localhost:{port}"), certificate_pem: cert.pem(), task }
    }
}
