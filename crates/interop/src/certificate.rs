//! A certificate authority of the test's own, and a certificate of its for this machine.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};

use crate::Result;

/// The files of a TLS server on loopback, and of the authority that vouches for it.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The authority's certificate in PEM: what a client has to trust.
    pub ca: PathBuf,
    /// The server's certificate in PEM, for `localhost` and `127.0.0.1`.
    pub certificate: PathBuf,
    /// The server's private key in PEM.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Makes both certificates and writes them into `directory`.
    pub fn generate(directory: &Path) -> Result<Self> {
        let files = Self {
            ca: directory.join("ca.pem"),
            certificate: directory.join("server.pem"),
            key: directory.join("server.key"),
        };
        let ca = authority("device-flow interop CA")?;
        let key = KeyPair::generate()?;
        let names = [String::from("localhost"), String::from("127.0.0.1")];
        let certificate = CertificateParams::new(names)?.signed_by(&key, &ca)?;
        fs::write(&files.ca, ca.pem())?;
        fs::write(&files.certificate, certificate.pem())?;
        fs::write(&files.key, key.serialize_pem())?;
        Ok(files)
    }
}

/// Writes the certificate of an authority that vouches for nobody to `path`.
pub fn write_unrelated_ca(path: &Path) -> Result<()> {
    Ok(fs::write(path, authority("An unrelated CA")?.pem())?)
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}
