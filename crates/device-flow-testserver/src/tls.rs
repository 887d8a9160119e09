//! TLS with an authority that is made on the fly.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::fault::Socket;

/// How the server speaks TLS.
///
/// ```
/// use device_flow_testserver::{Options, Server, Tls};
///
/// # fn main() -> std::io::Result<()> {
/// let server = Server::start(Options::new().tls(Tls::new().require_client_certificate()))?;
/// assert!(server.issuer().starts_with("https://"));
/// assert!(server.ca_pem().is_some_and(|pem| pem.starts_with("-----BEGIN CERTIFICATE-----")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    certificate: ServerCertificate,
    is_client_certificate_required: bool,
}

/// The certificate that the server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerCertificate {
    /// A good one for `localhost`, 127.0.0.1 and `::1`.
    #[default]
    Valid,
    /// One for another host.
    WrongName,
    /// One that expired long ago.
    Expired,
}

impl Tls {
    /// Creates settings with a valid certificate and no demand for one from clients.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which certificate the server shows.
    pub fn certificate(mut self, certificate: ServerCertificate) -> Self {
        self.certificate = certificate;
        self
    }

    /// Demands a client certificate (mutual TLS); [`Server::client_cert_pem`](crate::Server::client_cert_pem) has one.
    pub fn require_client_certificate(mut self) -> Self {
        self.is_client_certificate_required = true;
        self
    }
}

/// The certificates of one server.
pub(crate) struct Identity {
    pub(crate) ca_pem: String,
    pub(crate) client_cert_pem: String,
    pub(crate) client_key_pem: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    pub(crate) fn make(tls: &Tls) -> io::Result<Self> {
        let authority = authority().map_err(io::Error::other)?;
        let (server, server_key) = server_certificate(tls.certificate, &authority).map_err(io::Error::other)?;
        let (client, client_key) = client_certificate(&authority).map_err(io::Error::other)?;

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let builder = if tls.is_client_certificate_required {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).map_err(io::Error::other)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(io::Error::other)?)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let config = builder.with_single_cert(vec![server], key).map_err(io::Error::other)?;
        Ok(Self {
            ca_pem: authority.pem(),
            client_cert_pem: client.pem(),
            client_key_pem: client_key.serialize_pem(),
            config: Arc::new(config),
        })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Result<Authority, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, "device-flow test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn server_certificate(
    kind: ServerCertificate,
    authority: &Authority,
) -> Result<(CertificateDer<'static>, KeyPair), rcgen::Error> {
    let names: &[&str] = match kind {
        ServerCertificate::WrongName => &["elsewhere.example"],
        ServerCertificate::Valid | ServerCertificate::Expired => &["localhost", "127.0.0.1", "::1"],
    };
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, "device-flow test server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if kind == ServerCertificate::Expired {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    Ok((certificate.der().clone(), key))
}

fn client_certificate(authority: &Authority) -> Result<(rcgen::Certificate, KeyPair), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, "device-flow test client");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    Ok((certificate, key))
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}
