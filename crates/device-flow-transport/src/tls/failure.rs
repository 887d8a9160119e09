//! Why TLS failed.

use crate::cause::{Phase, find};
use device_flow_core::{TlsCause, TransportFailure};
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

/// What an error of rustls comes down to.
pub(crate) fn failure(error: &Error, phase: Phase) -> TransportFailure {
    match (phase, error) {
        (Phase::Connecting, error) => TransportFailure::Tls(cause(error)),
        // A TLS 1.3 server judges the client's certificate when the client already takes the handshake for finished. Of
        // other errors the server may have acted on the request.
        (Phase::Sent, Error::AlertReceived(alert)) => match alert_cause(*alert) {
            Some(cause) => TransportFailure::Tls(Some(cause)),
            None => TransportFailure::Closed,
        },
        (Phase::Sent, _) => TransportFailure::Closed,
    }
}

fn cause(error: &Error) -> Option<TlsCause> {
    match error {
        Error::InvalidCertificate(error) => Some(certificate_cause(error)),
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            Some(TlsCause::NotTls)
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => Some(TlsCause::Version),
        Error::PeerIncompatible(_) => Some(TlsCause::Algorithm),
        Error::AlertReceived(alert) => alert_cause(*alert),
        _ => None,
    }
}

fn certificate_cause(error: &CertificateError) -> TlsCause {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsCause::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsCause::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsCause::WrongName,
        // An authority that has the name of a trusted one, and another key, is another authority.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsCause::UnknownAuthority,
        CertificateError::Revoked => TlsCause::Revoked,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => TlsCause::Algorithm,
        CertificateError::Other(error) => match find(error) {
            Some(webpki::Error::CaUsedAsEndEntity) => TlsCause::AuthorityAsServer,
            Some(
                webpki::Error::UnsupportedSignatureAlgorithmContext(_)
                | webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_),
            ) => TlsCause::Algorithm,
            _ => TlsCause::BadCertificate,
        },
        _ => TlsCause::BadCertificate,
    }
}

const fn alert_cause(alert: AlertDescription) -> Option<TlsCause> {
    Some(match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => TlsCause::ClientCertificateRequired,
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => TlsCause::ClientCertificateRefused,
        AlertDescription::ProtocolVersion => TlsCause::Version,
        AlertDescription::InsufficientSecurity => TlsCause::Algorithm,
        AlertDescription::UnrecognisedName => TlsCause::WrongName,
        AlertDescription::HandshakeFailure => TlsCause::Refused,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn judged(error: Error, phase: Phase) -> Option<TransportFailure> {
        // Sockets wrap what rustls says.
        crate::failure(&io::Error::new(io::ErrorKind::InvalidData, error), phase)
    }

    #[test]
    fn after_the_handshake_only_a_refusal_of_the_client_is_about_tls() {
        let refusal = Error::AlertReceived(AlertDescription::CertificateRequired);
        let required = TransportFailure::Tls(Some(TlsCause::ClientCertificateRequired));
        assert_eq!(judged(refusal, Phase::Sent), Some(required));
        for damage in [Error::DecryptError, Error::AlertReceived(AlertDescription::InternalError)] {
            assert_eq!(judged(damage, Phase::Sent), Some(TransportFailure::Closed));
        }
    }

    #[test]
    fn in_the_handshake_each_cause_has_its_name() {
        let of = |error| judged(error, Phase::Connecting);
        let tls = |cause| Some(TransportFailure::Tls(Some(cause)));
        let certificate = |it| of(Error::InvalidCertificate(it));
        assert_eq!(certificate(CertificateError::Expired), tls(TlsCause::Expired));
        assert_eq!(certificate(CertificateError::BadEncoding), tls(TlsCause::BadCertificate));
        let authority = rustls::OtherError(std::sync::Arc::new(webpki::Error::CaUsedAsEndEntity));
        assert_eq!(certificate(CertificateError::Other(authority)), tls(TlsCause::AuthorityAsServer));
        assert_eq!(of(InvalidMessage::InvalidContentType.into()), tls(TlsCause::NotTls));
        assert_eq!(of(PeerIncompatible::ServerDoesNotSupportTls12Or13.into()), tls(TlsCause::Version));
        assert_eq!(of(PeerIncompatible::NoKxGroupsInCommon.into()), tls(TlsCause::Algorithm));
        assert_eq!(of(Error::General("?".to_owned())), Some(TransportFailure::Tls(None)));
    }
}
