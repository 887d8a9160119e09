//! What a proxy answers when it is asked for a tunnel.

use crate::head::MAX_HEAD;
use device_flow_core::{ProxyCause, ProxySchemes};

/// How far an answer to `CONNECT` has come.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// The head is not complete yet.
    Partial,
    /// The tunnel is open.
    Granted,
    /// There will be none.
    Refused(ProxyCause),
}

impl Reply {
    /// Reads what has come of the answer so far. Interim answers in front of it are passed over (RFC 9110 section 15.2).
    pub fn read(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        while let Some((head, behind)) = split_head(rest) {
            let text = String::from_utf8_lossy(head);
            let mut lines = text.lines();
            match lines.next().and_then(status) {
                Some(100..200) => rest = behind,
                Some(200..300) => return Self::Granted,
                Some(status) => return Self::Refused(ProxyCause::Refused { status, schemes: schemes(lines) }),
                None => return Self::Refused(ProxyCause::NotHttp),
            }
        }
        if bytes.len() < MAX_HEAD { Self::Partial } else { Self::Refused(ProxyCause::NotHttp) }
    }
}

/// The first head, if it is complete, and what comes behind it.
fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = |(at, _)| match bytes.get(at..)? {
        [b'\n', b'\r', b'\n', ..] => at.checked_add(3),
        [b'\n', b'\n', ..] => at.checked_add(2),
        _ => None,
    };
    bytes.split_at_checked(bytes.iter().enumerate().find_map(end)?)
}

/// The status of a status line (RFC 9112 section 4).
fn status(line: &str) -> Option<u16> {
    let mut words = line.split(' ');
    let is_http = words.next()?.starts_with("HTTP/1.");
    let status = words.next()?;
    let is_status = status.len() == 3 && status.bytes().all(|it| it.is_ascii_digit());
    (is_http && is_status).then(|| status.parse().ok())?
}

/// The schemes that are offered (RFC 9110 section 11.7.1).
fn schemes<'a>(lines: impl Iterator<Item = &'a str>) -> ProxySchemes {
    let challenges = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authenticate").then_some(value)
    });
    offered(challenges)
}

/// The schemes of the values of `Proxy-Authenticate`.
pub(super) fn offered<'a>(values: impl Iterator<Item = &'a str>) -> ProxySchemes {
    // A scheme comes first in its challenge; what else begins an element is a parameter.
    values.flat_map(elements).filter_map(|element| element.split_whitespace().next()).collect()
}

/// The elements of a list, in which a comma between quotation marks separates nothing.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    list.split(move |character| {
        let was_escaped = core::mem::take(&mut is_escaped);
        match character {
            '\\' if is_quoted => is_escaped = !was_escaped,
            '"' if !was_escaped => is_quoted = !is_quoted,
            ',' => return !is_quoted,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(head: &str) -> String {
        match Reply::read(head.as_bytes()) {
            Reply::Refused(it) => it.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_counts_when_its_head_is_complete() {
        let head = "HTTP/1.1 200 Connection established\r\nvia: x\r\n\r\n";
        for end in 0..head.len() {
            assert_eq!(Reply::read(&head.as_bytes()[..end]), Reply::Partial);
        }
        assert_eq!(Reply::read(head.as_bytes()), Reply::Granted);
        assert_eq!(Reply::read(b"HTTP/1.0 200\n\n"), Reply::Granted);
        assert!(refusal(&"x".repeat(MAX_HEAD)).contains("not answer in HTTP"));
    }

    #[test]
    fn what_is_no_status_is_none() {
        for line in ["SSH-2.0", "HTTP/1.1", "HTTP/1.1 +20", "HTTP/1.1 2000", "HTTP/2 200"] {
            assert_eq!(refusal(&format!("{line}\r\n\r\n")), "the proxy does not answer in HTTP", "{line}");
        }
    }

    #[test]
    fn schemes_are_told_from_their_parameters() {
        let head = "HTTP/1.1 407 No\r\n\
            Proxy-Authenticate: Digest realm=\"a, NTLM\", qop=\"auth, \\\", Bearer\", nonce=x\r\n\
            www-authenticate: Kerberos\r\n\
            proxy-authenticate:basic realm=\"b\",BASIC, hunter2\r\n\r\n\
            proxy-authenticate: Negotiate\r\n\r\n";
        assert_eq!(refusal(head), "the proxy answered with HTTP status 407 and offers Basic, Digest");
    }
}
