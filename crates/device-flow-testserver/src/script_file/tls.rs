//! TLS.

use serde::Deserialize;

use crate::tls::{ServerCertificate, Tls};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct TlsTable {
    certificate: Option<Certificate>,
    #[serde(default)]
    client_certificate: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Certificate {
    Valid,
    WrongName,
    Expired,
}

impl TlsTable {
    pub(super) fn into_tls(self) -> Tls {
        let tls = Tls::new().certificate(match self.certificate {
            None | Some(Certificate::Valid) => ServerCertificate::Valid,
            Some(Certificate::WrongName) => ServerCertificate::WrongName,
            Some(Certificate::Expired) => ServerCertificate::Expired,
        });
        if self.client_certificate { tls.require_client_certificate() } else { tls }
    }
}
