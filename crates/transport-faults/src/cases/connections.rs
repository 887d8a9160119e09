//! Before there is an answer.

use super::{CLOSED, FOR_EVER, SHORT, TIMEOUT};
use crate::case::{Case, Group, Stated, Trouble, Ways};
use crate::gate::{Conduct, Cut};
use device_flow_core::{ConnectCause, ProxyCause, ProxySchemes, RetryReason, TransportFailure};
use device_flow_testserver::Fault;
use std::time::Duration;

const REFUSED: TransportFailure = TransportFailure::Connect(Some(ConnectCause::Refused));
const NO_CONNECTION: TransportFailure = TransportFailure::Connect(Some(ConnectCause::Closed));
const TOO_SLOW: TransportFailure = TransportFailure::Connect(Some(ConnectCause::TooSlow));
const HOST_NOT_FOUND: TransportFailure = TransportFailure::Connect(Some(ConnectCause::HostNotFound));
const SOCKS_REFUSED: TransportFailure = TransportFailure::Proxy(Some(ProxyCause::SocksRefused));

/// What some servers say on a connection that they have had enough of.
const TOO_LATE: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

fn proxy_refused(status: u16) -> TransportFailure {
    TransportFailure::Proxy(Some(ProxyCause::Refused { status, schemes: ProxySchemes::default() }))
}

pub(super) fn group() -> Group {
    let mut cases = unreachable();
    cases.extend(silent());
    cases.extend(cut());
    Group { title: "Connections", cases }
}

fn unreachable() -> Vec<Case> {
    let twice = |failure| Stated::Again(vec![RetryReason::Transport(failure); 2]);
    vec![
        Case::new("nobody listens", Trouble::Connecting(Conduct::Refuse))
            .both(Ways::DIRECT, Stated::again(REFUSED))
            .both(Ways::SOCKS, Stated::again(SOCKS_REFUSED))
            .both(Ways::HTTPS_TINYPROXY, Stated::again(proxy_refused(500)))
            .both(Ways::RELAYED, Stated::again(CLOSED))
            .note("the proxy answers with a page and leaves the request's body unread, so that the page ends with a reset"),
        Case::new("the server restarts: nobody listens at two attempts", Trouble::Connecting(Conduct::Refuse))
            .times(2)
            .both(Ways::DIRECT, twice(REFUSED))
            .both(Ways::SOCKS, twice(SOCKS_REFUSED))
            .both(Ways::HTTPS_TINYPROXY, twice(proxy_refused(500)))
            .both(Ways::RELAYED, twice(CLOSED)),
        Case::new("the name of the endpoint is not known", Trouble::Name)
            .code_lives(Duration::from_secs(8))
            .on(Ways::DIRECT, Stated::GivesUp(HOST_NOT_FOUND), expires(HOST_NOT_FOUND))
            .note("for good")
            .on(Ways::SOCKS, Stated::GivesUp(SOCKS_REFUSED), expires(SOCKS_REFUSED))
            .on(Ways::HTTPS_TINYPROXY, Stated::GivesUp(proxy_refused(500)), expires(proxy_refused(500)))
            .on(Ways::RELAYED, Stated::GivesUp(CLOSED), expires(CLOSED))
            .note("the name is the proxy's to look up where there is one"),
    ]
}

fn expires(failure: TransportFailure) -> Stated {
    Stated::Expires(Some(RetryReason::Transport(failure)))
}

fn silent() -> Vec<Case> {
    vec![
        Case::new("accepts and says nothing", Trouble::Connecting(Conduct::Silent))
            .request_timeout(SHORT)
            .both(Ways::ALL, Stated::again(TIMEOUT)),
        Case::new("accepts and shakes no hands", Trouble::Connecting(Conduct::Silent))
            .connect_timeout(Duration::from_secs(2))
            .both(Ways::HTTPS, Stated::again(TOO_SLOW))
            .note("where connecting may take less time than the request"),
        Case::fault("reads the request and says nothing", Fault::Hang(FOR_EVER))
            .request_timeout(SHORT)
            .both(Ways::ALL, Stated::again(TIMEOUT)),
        Case::fault("the head comes byte by byte", Fault::DripAll { every: Duration::from_millis(150) })
            .request_timeout(SHORT)
            .both(Ways::ALL, Stated::again(TIMEOUT)),
        Case::fault("the body comes byte by byte", Fault::Drip { every: Duration::from_millis(150) })
            .request_timeout(SHORT)
            .both(Ways::ALL, Stated::again(TIMEOUT)),
    ]
}

fn cut() -> Vec<Case> {
    vec![
        Case::new("accepts and resets", Trouble::Connecting(Conduct::Reset))
            .both(Ways::HTTP_END_TO_END, Stated::again_as(CLOSED, NO_CONNECTION))
            .note("whether the request was already on its way")
            .both(Ways::HTTPS, Stated::again(NO_CONNECTION))
            .both(Ways::RELAYED, Stated::AgainAs([RetryReason::Transport(CLOSED), RetryReason::Status(503)])),
        Case::new("accepts and closes", Trouble::Connecting(Conduct::Close))
            .both(Ways::HTTP_END_TO_END, Stated::again_as(CLOSED, NO_CONNECTION))
            .both(Ways::HTTPS, Stated::again(NO_CONNECTION))
            .both(Ways::RELAYED, Stated::AgainAs([RetryReason::Transport(CLOSED), RetryReason::Status(503)])),
        Case::fault("reads the request and closes", Fault::Close).both(Ways::ALL, Stated::again(CLOSED)),
        Case::fault("reads the request and resets", Fault::Reset).both(Ways::ALL, Stated::again(CLOSED)),
        Case::new(
            "resets in the body of the answer",
            Trouble::Connecting(Conduct::BreakOff { after: 175, cut: Cut::Reset }),
        )
        .on(Ways::HTTP, Stated::again(CLOSED), Stated::lost(CLOSED))
        .note("the server believes that it has answered: the second poll, with the tokens"),
        Case::new("an idle connection is closed", Trouble::Idle(Cut::Close)).on(Ways::ALL, None, Stated::Unnoticed),
        Case::new("an idle connection is reset", Trouble::Idle(Cut::Reset)).on(Ways::ALL, None, Stated::Unnoticed),
        Case::new("an idle connection is closed with a 408 that nobody asked for", Trouble::Unasked(TOO_LATE))
            .on(Ways::HTTP, None, Stated::Unnoticed)
            .note("the next request must not take it for its answer"),
        Case::new("an idle connection is closed as the next request arrives", Trouble::InUse(Cut::Close))
            .on(Ways::END_TO_END, None, Stated::again(CLOSED))
            .note("the server never sees the request, which the client cannot know")
            .on(Ways::RELAYED, None, Stated::Unnoticed)
            .note("tinyproxy makes a connection for each request"),
        Case::new("an idle connection is reset as the next request arrives", Trouble::InUse(Cut::Reset))
            .on(Ways::END_TO_END, None, Stated::again(CLOSED))
            .on(Ways::RELAYED, None, Stated::Unnoticed),
        Case::fault(
            "closes after an answer that lets the connection live",
            Fault::CloseAfterAnswer { idle: Duration::ZERO },
        )
        .both(Ways::ALL, Stated::Unnoticed),
    ]
}
