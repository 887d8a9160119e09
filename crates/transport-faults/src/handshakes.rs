//! Servers of which each spoils the TLS handshake in its own way.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use std::error::Error;
use std::sync::Arc;

/// Whom clients trust, who they say they are, and what servers show.
#[derive(Debug)]
pub(crate) struct Handshakes {
    /// An authority that clients trust, as PEM.
    pub(crate) trusted: String,
    /// A client's chain and key of an authority that nobody trusts, as PEM.
    pub(crate) stranger: (String, String),
    pub(crate) expired: Arc<ServerConfig>,
    pub(crate) not_yet_valid: Arc<ServerConfig>,
    pub(crate) wrong_name: Arc<ServerConfig>,
    pub(crate) unknown_authority: Arc<ServerConfig>,
    /// Of an authority that has the name of the trusted one and another key.
    pub(crate) namesake: Arc<ServerConfig>,
    pub(crate) self_signed: Arc<ServerConfig>,
    pub(crate) authority_as_server: Arc<ServerConfig>,
    pub(crate) for_clients_only: Arc<ServerConfig>,
    pub(crate) client_certificate: Arc<ServerConfig>,
    pub(crate) client_certificate_in_tls12: Arc<ServerConfig>,
    pub(crate) valid: Arc<ServerConfig>,
}

type Result<T> = core::result::Result<T, Box<dyn Error + Send + Sync>>;
type Authority = CertifiedIssuer<'static, KeyPair>;

const ANY_VERSION: &[&SupportedProtocolVersion] = rustls::ALL_VERSIONS;
const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

impl Handshakes {
    pub(crate) fn make() -> Result<Self> {
        let (trusted, stranger) = (authority("an authority")?, authority("a stranger")?);
        let namesake = authority("an authority")?;
        let server = |change: fn(&mut CertificateParams)| {
            let mut params = server()?;
            change(&mut params);
            issued(&params, &trusted)
        };
        let show = |(certificate, key): (rcgen::Certificate, KeyPair)| shown(&certificate, &key, ANY_VERSION, None);
        let (client, client_key) = issued(&client()?, &stranger)?;
        let (own, own_key) = self_signed(&authority_as_server()?)?;
        let (lonely, lonely_key) = self_signed(&self::server()?)?;
        let wants_one = |versions| {
            let (certificate, key) = server(|_| {})?;
            shown(&certificate, &key, versions, Some(&trusted))
        };
        Ok(Self {
            expired: show(server(|it| it.not_after = date_time_ymd(2001, 1, 1))?)?,
            not_yet_valid: show(server(|it| it.not_before = date_time_ymd(2999, 1, 1))?)?,
            wrong_name: show(issued(&named(&["elsewhere.example"])?, &trusted)?)?,
            unknown_authority: show(issued(&self::server()?, &stranger)?)?,
            namesake: show(issued(&self::server()?, &namesake)?)?,
            self_signed: show((lonely, lonely_key))?,
            authority_as_server: show((own, own_key))?,
            for_clients_only: show(server(|it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])?)?,
            client_certificate: wants_one(ANY_VERSION)?,
            client_certificate_in_tls12: wants_one(TLS12)?,
            valid: show(server(|_| {})?)?,
            stranger: (client.pem(), client_key.serialize_pem()),
            trusted: trusted.pem(),
        })
    }
}

/// The alert that no version is spoken by both.
pub(crate) const NO_COMMON_VERSION: [u8; 7] = [0x15, 3, 1, 0, 2, 2, 70];
/// The alert that a handshake cannot be, for one of several reasons.
pub(crate) const HANDSHAKE_FAILURE: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 40];
/// The alert that the name is not known here.
pub(crate) const UNRECOGNISED_NAME: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 112];
/// The alert that something went wrong inside.
pub(crate) const INTERNAL_ERROR: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 80];

/// The hello of a server that speaks TLS 1.1 (RFC 4346 section 7.4.1.3) and nothing later.
pub(crate) fn hello_of_tls11() -> Vec<u8> {
    const RANDOM: [u8; 32] = [7; 32];
    let hello = [&[3, 2][..], &RANDOM, &[0, 0xc0, 0x13, 0]].concat();
    let length = u8::try_from(hello.len()).unwrap_or_default();
    let message = [&[2, 0, 0, length][..], &hello].concat();
    [&[0x16, 3, 2, 0, length.saturating_add(4)][..], &message].concat()
}

fn authority(name: &str) -> Result<Authority> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn named(names: &[&str]) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(2000, 1, 1);
    Ok(params)
}

fn server() -> Result<CertificateParams> {
    named(&["localhost", "127.0.0.1"])
}

fn authority_as_server() -> Result<CertificateParams> {
    let mut params = server()?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}

fn client() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn issued(params: &CertificateParams, authority: &Authority) -> Result<(rcgen::Certificate, KeyPair)> {
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, authority)?, key))
}

fn self_signed(params: &CertificateParams) -> Result<(rcgen::Certificate, KeyPair)> {
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?, key))
}

/// A server that shows this certificate and, if there is an authority, wants one of the client that it has issued.
fn shown(
    certificate: &rcgen::Certificate,
    key: &KeyPair,
    versions: &[&'static SupportedProtocolVersion],
    clients: Option<&Authority>,
) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
    let builder = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone())?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build()?)
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    Ok(Arc::new(builder.with_single_cert(chain, key)?))
}
