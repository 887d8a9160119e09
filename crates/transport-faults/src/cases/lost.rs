//! The answer with the tokens, destroyed: the server has taken the code for used up.

use super::{CLOSED, FOR_EVER, SHORT, TIMEOUT};
use crate::case::{Case, Group, Stated, Trouble, Ways};
use device_flow_core::{Coding, HttpCause, ProtocolErrorKind, RetryReason, TransportFailure};
use device_flow_testserver::Fault;
use std::time::Duration;

pub(super) fn group() -> Group {
    let lost = |name, fault| Case::new(name, Trouble::Tokens(fault));
    let closed = || Stated::lost(CLOSED);
    let timeout = || Stated::lost(TIMEOUT);
    let raw = |name, answer: &str| lost(name, Fault::Raw(answer.into()));
    let cases = vec![
        lost("the tokens, closed before the answer", Fault::Close).on(Ways::ALL, None, closed()),
        lost("the tokens, reset before the answer", Fault::Reset).on(Ways::ALL, None, closed()),
        lost("the tokens, with a length and cut", Fault::Truncate { at: 20 }).on(Ways::ALL, None, closed()),
        raw("the tokens, in chunks and cut", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{\"access").on(
            Ways::ALL,
            None,
            closed(),
        ),
        lost("the tokens, without a length and reset", Fault::CutByReset { at: 20 })
            .on(Ways::NO_PROXY_OR_HTTPS, None, closed())
            .on(Ways::HTTP_PROXY, None, Stated::refused(ProtocolErrorKind::NotOAuth { status: 200 }))
            .note("the proxies make a proper end of the reset"),
        lost("the tokens, without a length and cut below TLS", Fault::CutBelowTls { at: 20 }).on(
            Ways::HTTPS,
            None,
            closed(),
        ),
        lost("the tokens, never sent", Fault::Hang(FOR_EVER)).request_timeout(SHORT).on(Ways::ALL, None, timeout()),
        lost("the tokens, byte by byte", Fault::Drip { every: Duration::from_millis(150) }).request_timeout(SHORT).on(
            Ways::ALL,
            None,
            timeout(),
        ),
        raw("a banner instead of the tokens", "SSH-2.0-OpenSSH_9.2\r\n")
            .on(Ways::END_TO_END, None, Stated::lost(TransportFailure::Http(Some(HttpCause::NotHttp))))
            .on(Ways::RELAYED, None, Stated::Lost(RetryReason::Status(503))),
        raw(
            "brotli instead of the tokens",
            "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\n\u{3}",
        )
        .on(Ways::ALL, None, Stated::lost(TransportFailure::Encoding(Some(Coding::Brotli)))),
        raw(
            "a gateway's 504 instead of the tokens",
            "HTTP/1.1 504 Gateway Timeout\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<h1>",
        )
        .on(Ways::ALL, None, Stated::Lost(RetryReason::Status(504))),
        lost("the tokens, before spaces without end", Fault::Endless)
            .on(Ways::ALL, None, Stated::refused(ProtocolErrorKind::TooLarge))
            .note("no token has so many spaces behind it by accident"),
        lost("the tokens, whole, and closed at once", Fault::CloseAfterAnswer { idle: Duration::ZERO }).on(
            Ways::ALL,
            None,
            Stated::Unnoticed,
        ),
        lost("the tokens, until the end of the connection", Fault::UntilClosed).on(Ways::ALL, None, Stated::Unnoticed),
    ];
    Group { title: "Lost tokens", cases }
}
