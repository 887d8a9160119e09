//! What a proxy answers when it is asked for a tunnel.

use std::fmt;

/// The largest head of an answer, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// How far an answer to `CONNECT` has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The head is not complete yet.
    Partial,
    /// The tunnel is open.
    Granted,
    /// There will be none.
    Refused(Refusal),
}

/// A proxy's refusal, in words that hold nothing of the proxy's own: it chose them, and may repeat a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// `None` when the answer is not HTTP.
    status: Option<u16>,
    /// How the proxy would have a client prove who it is.
    schemes: Vec<&'static str>,
}

impl Reply {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        if !is_complete(bytes) {
            return if bytes.len() < MAX_HEAD { Self::Partial } else { Self::Refused(Refusal::not_http()) };
        }
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        match lines.next().and_then(status) {
            Some(200) => Self::Granted,
            Some(status) => Self::Refused(Refusal {
                status: Some(status),
                schemes: schemes(lines.take_while(|line| !line.is_empty())),
            }),
            None => Self::Refused(Refusal::not_http()),
        }
    }
}

impl Refusal {
    const fn not_http() -> Self {
        Self { status: None, schemes: Vec::new() }
    }

    /// Whether the proxy will say the same again: the fault is the client's (RFC 9110 section 15.5).
    pub(crate) fn is_lasting(&self) -> bool {
        self.status.is_some_and(|it| (400..500).contains(&it))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(status) = self.status else {
            return f.write_str("the proxy does not answer in HTTP");
        };
        write!(f, "the proxy answered CONNECT with HTTP status {status}")?;
        if status == 407 && !self.schemes.is_empty() {
            write!(f, " and offers {}", self.schemes.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

fn is_complete(bytes: &[u8]) -> bool {
    let ends_here = |it: &[u8]| it.starts_with(b"\n\r\n") || it.starts_with(b"\n\n");
    bytes.windows(3).any(ends_here) || bytes.ends_with(b"\n\n")
}

/// The status of a status line (RFC 9112 section 4).
fn status(line: &str) -> Option<u16> {
    let mut words = line.split(' ');
    let is_http = words.next()?.starts_with("HTTP/1.");
    let status = words.next()?;
    let is_status = status.len() == 3 && status.bytes().all(|it| it.is_ascii_digit());
    (is_http && is_status).then(|| status.parse().ok())?
}

/// The schemes in use. Another one is not named: it could be any text.
const SCHEMES: [&str; 7] = ["Basic", "Bearer", "Digest", "Kerberos", "Negotiate", "NTLM", "SCRAM-SHA-256"];

/// The schemes that are offered (RFC 9110 section 11.7.1), in the proxy's order.
fn schemes<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'static str> {
    let mut schemes = Vec::new();
    let challenges = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authenticate").then_some(value)
    });
    for element in challenges.flat_map(elements) {
        // A scheme comes first in its challenge; what else begins an element is a parameter.
        let word = element.split_whitespace().next().unwrap_or_default();
        let scheme = SCHEMES.iter().find(|it| it.eq_ignore_ascii_case(word));
        if let Some(scheme) = scheme.filter(|it| !schemes.contains(*it)) {
            schemes.push(*scheme);
        }
    }
    schemes
}

/// The elements of a list, in which a comma between quotation marks separates nothing.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    list.split(move |character| {
        let was_escaped = std::mem::take(&mut is_escaped);
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
            Reply::Refused(it) => format!("{it} ({})", it.is_lasting()),
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
            let expected = "the proxy does not answer in HTTP (false)";
            assert_eq!(refusal(&format!("{line}\r\n\r\n")), expected, "{line}");
        }
    }

    #[test]
    fn schemes_are_told_from_their_parameters() {
        let head = "HTTP/1.1 407 No\r\n\
            Proxy-Authenticate: Digest realm=\"a, NTLM\", qop=\"auth, \\\", Bearer\", nonce=x\r\n\
            www-authenticate: Kerberos\r\n\
            proxy-authenticate:basic realm=\"b\",BASIC, hunter2\r\n\r\n\
            proxy-authenticate: Negotiate\r\n\r\n";
        let expected = "the proxy answered CONNECT with HTTP status 407 and offers Digest, Basic (true)";
        assert_eq!(refusal(head), expected);
    }

    #[test]
    fn the_clients_fault_lasts_and_the_proxys_passes() {
        for (status, lasts) in [(302, false), (400, true), (407, true), (499, true), (500, false)] {
            let expected = format!("the proxy answered CONNECT with HTTP status {status} ({lasts})");
            assert_eq!(refusal(&format!("HTTP/1.1 {status} No\r\n\r\n")), expected);
        }
    }
}
