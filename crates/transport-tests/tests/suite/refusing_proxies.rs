//! Proxies that open no tunnel, and what is told about them.

use crate::bench::{RawServer, config, config_at, options, start};
use device_flow_core::{Failure, Outcome, ProxyCause, TransportFailure};
use device_flow_testserver::{Answer, Endpoint, Script, Tls};
use device_flow_transport::Proxy;
use std::time::Duration;
use transport_tests::{RecordingProxy, Settings, Transport};

/// No resolver knows it: it is the proxy's to look up.
const ELSEWHERE: &str = "https://as.invalid";

fn through<T: Transport>(proxy: &RecordingProxy) -> T {
    let settings = Settings { proxy: Proxy::Url(proxy.url_with_credentials("me:hunter2")), ..Settings::default() };
    T::build(&settings).unwrap()
}

/// What a proxy's refusal is told as.
fn refusal(status: u16, schemes: &[&str]) -> TransportFailure {
    TransportFailure::Proxy(Some(ProxyCause::Refused { status, schemes: schemes.iter().copied().collect() }))
}

/// Makes one exchange through a proxy that answers `CONNECT` so; tells what is reported and in which words.
fn refused<T: Transport>(answer: &str) -> (TransportFailure, String) {
    let proxy = RecordingProxy::answering(answer.as_bytes()).unwrap();
    let client: T = through(&proxy);
    let failure = client.exchange(config_at(ELSEWHERE)).unwrap_err();
    assert_eq!(proxy.tunnels().len(), 1);
    let reason = failure.to_string();
    assert!(!reason.contains("hunter2"), "{reason}");
    (failure, reason)
}

const WANTS_A_PASSWORD: &str = "HTTP/1.1 407 Proxy Authentication Required\r\n\
    Proxy-Authenticate: Negotiate\r\n\
    proxy-authenticate: NTLM TlRMTVNTUAACAAAA==, basic realm=\"a, Digest b\", charset=\"UTF-8\"\r\n\
    content-length: 0\r\n\r\n";

pub(crate) fn a_proxy_that_wants_a_password_is_proxy_and_its_schemes_are_named<T: Transport>() {
    let (failure, reason) = refused::<T>(WANTS_A_PASSWORD);
    assert_eq!(failure, refusal(407, &["Basic", "Negotiate", "NTLM"]));
    assert!(reason.contains("407"), "{reason}");
    assert!(reason.contains("Basic, Negotiate, NTLM"), "{reason}");
}

pub(crate) fn a_proxy_that_forbids_is_proxy<T: Transport>() {
    for status in [400, 403, 404, 407, 429, 451] {
        let answer = format!("HTTP/1.1 {status} No\r\ncontent-length: 5\r\n\r\nnever");
        let (failure, reason) = refused::<T>(&answer);
        assert_eq!(failure, refusal(status, &[]), "{status}");
        assert!(reason.contains(&status.to_string()), "{reason}");
    }
}

pub(crate) fn a_proxy_in_trouble_is_proxy_and_passes<T: Transport>() {
    for status in [302, 500, 502, 503, 504] {
        let answer = format!("HTTP/1.1 {status} Later\r\ncontent-length: 0\r\n\r\n");
        let (failure, reason) = refused::<T>(&answer);
        assert_eq!(failure, refusal(status, &[]), "{status}");
        assert!(reason.contains(&status.to_string()), "{reason}");
    }
}

pub(crate) fn a_proxy_that_does_not_speak_http_is_proxy_and_passes<T: Transport>() {
    for answer in ["", "HTTP/1.1 407", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 4070 No\r\n\r\n"] {
        let (failure, _) = refused::<T>(answer);
        assert_eq!(failure, TransportFailure::Proxy(Some(ProxyCause::NotHttp)), "{answer}");
    }
}

pub(crate) fn a_proxy_that_breaks_off_in_socks_is_proxy_and_passes<T: Transport>() {
    for (scheme, answer) in [("socks4a", "\0"), ("socks5h", ""), ("socks5h", "\x05"), ("socks5h", "\x05\0")] {
        let proxy = RawServer::saying(answer);
        let settings = Settings { proxy: Proxy::Url(format!("{scheme}://{}", proxy.address)), ..Settings::default() };
        let failure = T::build(&settings).unwrap().exchange(config_at(ELSEWHERE)).unwrap_err();
        assert_eq!(failure, TransportFailure::Proxy(Some(ProxyCause::SocksRefused)), "{scheme}: {answer:?}");
    }
}

/// RFC 9110 section 15.2: any final answer may have interim ones in front.
pub(crate) fn interim_answers_of_a_proxy_are_passed_over<T: Transport>() {
    let early = "HTTP/1.1 103 Early Hints\r\nproxy-authenticate: NTLM\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let (failure, _) = refused::<T>(&format!("{early}{WANTS_A_PASSWORD}"));
    assert_eq!(failure, refusal(407, &["Basic", "Negotiate", "NTLM"]));
    assert_eq!(refused::<T>(early).0, TransportFailure::Proxy(Some(ProxyCause::NotHttp)));
}

/// A proxy's text is somebody else's.
pub(crate) fn what_a_proxy_says_is_not_repeated<T: Transport>() {
    let long = "Basic, ".repeat(1000);
    let answers =
        ["\u{1b}[31mhunter2, me:hunter2, Basic bWU6aHVudGVyMg==", "hunter2", "Basic realm=\"call +1 555 0100\"", &long];
    for schemes in answers {
        let answer = format!("HTTP/1.1 407 hunter2\r\nproxy-authenticate: {schemes}\r\n\r\n");
        let (failure, reason) = refused::<T>(&answer);
        assert_eq!(failure.as_str(), "proxy");
        assert!(reason.len() < 160, "{reason}");
        assert!(!reason.contains("555") && !reason.contains("bWU6"), "{reason}");
        assert!(reason.bytes().all(|it| (b' '..=b'~').contains(&it)), "{reason}");
    }
}

pub(crate) fn a_refusal_ends_the_first_request_at_once<T: Transport>() {
    let proxy = RecordingProxy::answering(WANTS_A_PASSWORD.as_bytes()).unwrap();
    let client: T = through(&proxy);
    match client.outcome(config_at(ELSEWHERE)) {
        Outcome::Failed(Failure::Network(error)) => {
            assert_eq!(error.failure(), refusal(407, &["Basic", "Negotiate", "NTLM"]));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(proxy.tunnels().len(), 1, "asked once");
}

pub(crate) fn a_refusal_in_pieces_is_the_same<T: Transport>() {
    let answer = WANTS_A_PASSWORD.as_bytes();
    let proxy = RecordingProxy::dripping(answer, Duration::from_millis(1)).unwrap();
    let client: T = through(&proxy);
    let result = client.exchange(config_at(ELSEWHERE));
    assert_eq!(result, Err(refusal(407, &["Basic", "Negotiate", "NTLM"])));
}

/// A server behind the tunnel that answers 407 is not the proxy.
pub(crate) fn a_server_that_answers_407_is_no_refusing_proxy<T: Transport>() {
    let answer = Answer::new(407).header("proxy-authenticate", "Basic");
    let script = Script::new().answer(answer);
    let server = start(options().tls(Tls::new()).script(Endpoint::DeviceAuthorization, script));
    let proxy = RecordingProxy::to(server.addr()).unwrap();
    let settings = Settings {
        roots: vec![server.ca_pem().unwrap().to_owned()],
        proxy: Proxy::Url(proxy.url()),
        ..Settings::default()
    };
    let (status, _) = T::build(&settings).unwrap().exchange(config(&server)).unwrap();
    assert_eq!(status, 407);
}

/// A plain request is in the proxy's hands, and who else would answer so?
pub(crate) fn a_proxy_that_wants_a_password_for_plain_http_is_proxy<T: Transport>() {
    let answer = "HTTP/1.1 407 No\r\nproxy-authenticate: Basic realm=\"hunter2\"\r\ncontent-length: 2\r\n\r\n{}";
    let proxy = RecordingProxy::answering(answer.as_bytes()).unwrap();
    let client: T = through(&proxy);
    let result = client.exchange(config_at("http://as.invalid").allow_http(true));
    assert_eq!(result, Err(refusal(407, &["Basic"])));
    assert_eq!(proxy.tunnels().len(), 1);
}
