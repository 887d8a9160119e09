//! Proxies that are themselves reached over TLS.

use crate::bench::{config, options, polled_by, start};
use device_flow_core::{Outcome, TlsCause, TransportFailure};
use device_flow_testserver::{Script, Server, Tls};
use device_flow_transport::Proxy;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use transport_tests::{Settings, Transport};

fn client<T: Transport>(proxy: &TlsProxy, roots: &[&str]) -> T {
    let settings = Settings {
        roots: roots.iter().map(|&it| it.to_owned()).collect(),
        proxy: Proxy::Url(proxy.url.clone()),
        ..Settings::default()
    };
    T::build(&settings).unwrap()
}

pub(crate) fn tls_with_the_server_runs_inside_of_tls_with_the_proxy<T: Transport>() {
    let script = Script::new().pending(1).approve();
    let server = polled_by(options().tls(Tls::new()), script);
    let proxy = TlsProxy::to(&server);
    let client: T = client(&proxy, &[server.ca_pem().unwrap(), &proxy.certificate_pem]);
    let outcome = client.outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.connections(), 1);
    assert_eq!(proxy.targets(), [server.addr().to_string()]);
}

pub(crate) fn a_proxy_that_is_not_trusted_hears_nothing<T: Transport>() {
    let server = start(options().tls(Tls::new()));
    let proxy = TlsProxy::to(&server);
    let client: T = client(&proxy, &[server.ca_pem().unwrap()]);
    let result = client.exchange(config(&server));
    assert_eq!(result, Err(TransportFailure::Tls(Some(TlsCause::UnknownAuthority))));
    assert_eq!(proxy.targets().len(), 0);
    assert_eq!(server.connections(), 0);
}

/// Who the client is, is the server's business.
pub(crate) fn a_client_certificate_is_for_the_server_and_not_for_the_proxy<T: Transport>() {
    let server = polled_by(options().tls(Tls::new().require_client_certificate()), Script::new().approve());
    let proxy = TlsProxy::to(&server);
    let settings = Settings {
        roots: vec![server.ca_pem().unwrap().to_owned(), proxy.certificate_pem.clone()],
        identity: Some((server.client_cert_pem().unwrap().to_owned(), server.client_key_pem().unwrap().to_owned())),
        proxy: Proxy::Url(proxy.url.clone()),
        ..Settings::default()
    };
    let outcome = T::build(&settings).unwrap().outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(proxy.targets(), [server.addr().to_string()]);
    assert_eq!(proxy.certificates_shown(), 0);
}

/// Opens tunnels to one server and writes down where they were asked to lead. Asks clients who they are, and how many say so. Lives as long as its process.
struct TlsProxy {
    url: String,
    certificate_pem: String,
    targets: Arc<Mutex<Vec<String>>>,
    curious: Arc<Curious>,
}

impl TlsProxy {
    fn to(server: &Server) -> Self {
        let names = ["localhost".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let curious = Arc::new(Curious::default());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(Arc::<Curious>::clone(&curious))
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let targets = Arc::new(Mutex::new(Vec::new()));
        let (noted, target) = (Arc::clone(&targets), server.addr());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((socket, _)) = listener.accept().await {
                    let (acceptor, noted) = (acceptor.clone(), Arc::clone(&noted));
                    tokio::spawn(tunnel(acceptor, socket, target, noted));
                }
            });
        });
        Self { url: format!("https://localhost:{port}"), certificate_pem: cert.pem(), targets, curious }
    }

    fn certificates_shown(&self) -> usize {
        self.curious.0.load(Ordering::Relaxed)
    }

    fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

/// Asks for certificates, takes any and none, and counts them.
#[derive(Debug, Default)]
struct Curious(AtomicUsize);

impl ClientCertVerifier for Curious {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// A client that hangs up ends its tunnel.
async fn tunnel(
    acceptor: TlsAcceptor,
    socket: TcpStream,
    target: SocketAddr,
    noted: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut client = acceptor.accept(socket).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head);
    let asked_for = head.split(' ').nth(1).unwrap_or_default().to_owned();
    noted.lock().unwrap().push(asked_for);
    let mut server = TcpStream::connect(target).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
