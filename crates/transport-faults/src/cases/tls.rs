//! Handshakes that fail. The first request ends with them, because they will fail again; a code that has been shown is polled
//! for until it runs out, because a gateway with a bad certificate may be gone in a minute.

use crate::case::{Case, Group, Stated, Trouble, Ways};
use crate::gate::{Conduct, Cut};
use crate::handshakes::{
    HANDSHAKE_FAILURE, Handshakes, INTERNAL_ERROR, NO_COMMON_VERSION, UNRECOGNISED_NAME, hello_of_tls11,
};
use device_flow_core::{ConnectCause, HttpCause, TlsCause, TransportFailure};
use rustls::ServerConfig;
use std::sync::Arc;

pub(super) fn group(handshakes: &Handshakes) -> Group {
    let shows = |name, config: &Arc<ServerConfig>, cause: TlsCause| {
        fails(Case::new(name, Trouble::Connecting(Conduct::Handshake(Arc::clone(config)))), Some(cause))
    };
    let says =
        |name, bytes: &[u8], cause| fails(Case::new(name, Trouble::Connecting(Conduct::Say(bytes.to_vec()))), cause);
    let breaks_off = |name, conduct| {
        let closed = TransportFailure::Connect(Some(ConnectCause::Closed));
        Case::new(name, Trouble::Connecting(conduct)).both(Ways::HTTPS, Stated::again(closed))
    };
    let cases = vec![
        shows("a certificate that has expired", &handshakes.expired, TlsCause::Expired),
        shows("a certificate that is not valid yet", &handshakes.not_yet_valid, TlsCause::NotYetValid),
        shows("a certificate for another name", &handshakes.wrong_name, TlsCause::WrongName),
        shows("a certificate of an unknown authority", &handshakes.unknown_authority, TlsCause::UnknownAuthority),
        shows(
            "a certificate of a trusted name, signed with another key",
            &handshakes.namesake,
            TlsCause::BadCertificate,
        )
        .note("such as an authority that has changed its key"),
        shows("a certificate that vouches for itself", &handshakes.self_signed, TlsCause::UnknownAuthority),
        shows("an authority's certificate as its own", &handshakes.authority_as_server, TlsCause::AuthorityAsServer),
        shows("a certificate for clients only", &handshakes.for_clients_only, TlsCause::BadCertificate),
        shows("wants a client certificate", &handshakes.client_certificate, TlsCause::ClientCertificateRequired)
            .note("TLS 1.3: the server complains when the request has been sent"),
        shows(
            "wants a client certificate, TLS 1.2",
            &handshakes.client_certificate_in_tls12,
            TlsCause::ClientCertificateRequired,
        ),
        shows("refuses the client certificate", &handshakes.client_certificate, TlsCause::ClientCertificateRefused)
            .with_identity(),
        shows(
            "refuses the client certificate, TLS 1.2",
            &handshakes.client_certificate_in_tls12,
            TlsCause::ClientCertificateRefused,
        )
        .with_identity(),
        says("speaks plain HTTP", b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", Some(TlsCause::NotTls)),
        says("speaks another protocol", b"SSH-2.0-OpenSSH_9.2\r\n", Some(TlsCause::NotTls)),
        says("speaks TLS 1.1 and nothing later", &hello_of_tls11(), Some(TlsCause::Version)),
        says("says that there is no common version", &NO_COMMON_VERSION, Some(TlsCause::Version)),
        says("says that the handshake failed", &HANDSHAKE_FAILURE, Some(TlsCause::Refused)),
        says("says that the name is not known there", &UNRECOGNISED_NAME, Some(TlsCause::WrongName)),
        says("says that it has an error inside", &INTERNAL_ERROR, None),
        breaks_off("closes when the client has said hello", Conduct::Say(Vec::new())),
        breaks_off("breaks off in its hello", Conduct::BreakOff { after: 40, cut: Cut::Close }),
        breaks_off("breaks off behind its hello", Conduct::BreakOff { after: 180, cut: Cut::Close }),
        breaks_off("resets in its hello", Conduct::BreakOff { after: 40, cut: Cut::Reset }),
        Case::new(
            "speaks TLS where plain HTTP is asked for",
            Trouble::Connecting(Conduct::Handshake(Arc::clone(&handshakes.valid))),
        )
        .both(Ways::HTTP_END_TO_END, Stated::again(TransportFailure::Http(Some(HttpCause::NotHttp))))
        .both(Ways::RELAYED, Stated::again(TransportFailure::Closed)),
    ];
    Group { title: "TLS", cases }
}

fn fails(it: Case, cause: Option<TlsCause>) -> Case {
    let failure = TransportFailure::Tls(cause);
    it.on(Ways::HTTPS, Stated::fails(failure), Stated::again(failure))
}
