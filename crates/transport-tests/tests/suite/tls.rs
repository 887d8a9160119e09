//! Whom the transport trusts, and who it says it is.

use crate::bench::{RawServer, SOON, client, config, config_at, options, start};
use crate::child::Child;
use device_flow_core::{TlsCause, TransportFailure};
use device_flow_testserver::{Endpoint, Fault, Script, Server, ServerCertificate, Tls};
use std::time::Instant;
use transport_tests::{Settings, Transport};

fn server(tls: Tls) -> Server {
    start(options().tls(tls))
}

/// Settings that trust the server's authority.
fn trusting(server: &Server) -> Settings {
    Settings { roots: vec![server.ca_pem().unwrap().to_owned()], ..Settings::default() }
}

fn assert_is_tls<T: Transport>(client: &T, server: &Server, cause: TlsCause) {
    let started = Instant::now();
    let result = client.exchange(config(server));
    assert_eq!(result, Err(TransportFailure::Tls(Some(cause))));
    assert!(started.elapsed() < SOON);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(server.connections(), 1);
}

pub(crate) fn a_server_under_an_extra_authority_is_trusted<T: Transport>() {
    let server = server(Tls::new());
    let mut settings = trusting(&server);
    // Beside other authorities, before and behind it.
    let other = start(options().tls(Tls::new()));
    settings.roots.insert(0, other.ca_pem().unwrap().to_owned());
    let client = T::build(&settings).unwrap();
    assert_eq!(client.exchange(config(&server)).unwrap().0, 200);
    assert_eq!(client.exchange(config(&other)).unwrap().0, 200);
}

pub(crate) fn an_unknown_authority_is_tls<T: Transport>() {
    let server = server(Tls::new());
    assert_is_tls(&client::<T>(), &server, TlsCause::UnknownAuthority);
    // Extra authorities do not make others trusted.
    let other = start(options().tls(Tls::new()));
    let client = T::build(&trusting(&other)).unwrap();
    let result = client.exchange(config(&server));
    assert_eq!(result, Err(TransportFailure::Tls(Some(TlsCause::UnknownAuthority))));
}

pub(crate) fn a_certificate_for_another_name_is_tls<T: Transport>() {
    let server = server(Tls::new().certificate(ServerCertificate::WrongName));
    assert_is_tls(&T::build(&trusting(&server)).unwrap(), &server, TlsCause::WrongName);
}

pub(crate) fn an_expired_certificate_is_tls<T: Transport>() {
    let server = server(Tls::new().certificate(ServerCertificate::Expired));
    assert_is_tls(&T::build(&trusting(&server)).unwrap(), &server, TlsCause::Expired);
}

pub(crate) fn plain_http_behind_https_is_tls<T: Transport>() {
    let server = RawServer::saying("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let result = client::<T>().exchange(config_at(&format!("https://{}", server.address)));
    assert_eq!(result, Err(TransportFailure::Tls(Some(TlsCause::NotTls))));
}

pub(crate) fn a_client_certificate_is_shown<T: Transport>() {
    let server = server(Tls::new().require_client_certificate());
    let identity = (server.client_cert_pem().unwrap().to_owned(), server.client_key_pem().unwrap().to_owned());
    let client = T::build(&Settings { identity: Some(identity), ..trusting(&server) });
    assert_eq!(client.unwrap().exchange(config(&server)).unwrap().0, 200);
}

/// In TLS 1.3 the server complains only after the client has sent its request.
pub(crate) fn a_missing_client_certificate_is_tls<T: Transport>() {
    let server = server(Tls::new().require_client_certificate());
    let client = T::build(&trusting(&server)).unwrap();
    assert_is_tls(&client, &server, TlsCause::ClientCertificateRequired);
}

pub(crate) fn a_failed_handshake_sends_nothing<T: Transport>() {
    let server = server(Tls::new());
    let client = client::<T>();
    for _ in 0..3 {
        let result = client.exchange(config(&server));
        assert_eq!(result, Err(TransportFailure::Tls(Some(TlsCause::UnknownAuthority))));
    }
    assert_eq!(server.connections(), 3, "one each");
    assert_eq!(server.requests().len(), 0);
}

/// Over TLS the end of a connection is no end of an answer either.
pub(crate) fn a_truncated_body_over_tls_is_closed<T: Transport>() {
    let cut = Script::new().fault(Fault::Truncate { at: 10 });
    let server = start(options().tls(Tls::new()).script(Endpoint::DeviceAuthorization, cut));
    let client = T::build(&trusting(&server)).unwrap();
    let result = client.exchange(config(&server));
    assert_eq!(result, Err(TransportFailure::Closed));
    assert_eq!(server.requests().len(), 1);
}

/// As in a container without `ca-certificates`.
pub(crate) fn without_a_trust_store_extra_authorities_and_loopback_still_work<T: Transport>() {
    let (plain, secure) = (start(options()), server(Tls::new()));
    let bases = [plain.issuer(), secure.issuer()];
    let bases = [bases[0].as_str(), bases[1].as_str()];
    let child = || {
        Child::new::<T>().variable("SSL_CERT_FILE", "/nonexistent/roots.pem").variable("SSL_CERT_DIR", "/nonexistent")
    };
    assert_eq!(child().exchange(&bases), ["Ok(200)", "Err(tls)"]);
    let child = child().roots(secure.ca_pem().unwrap());
    assert_eq!(child.exchange(&bases), ["Ok(200)", "Ok(200)"]);
}
