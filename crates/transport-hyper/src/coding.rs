//! Content codings (RFC 9110 section 8.4), of which none is asked for and none can be read.

use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use std::fmt;

/// What requests say in `Accept-Encoding`.
pub(crate) const NONE: &str = "identity";

/// The longest name of a coding that is shown, and how many are.
const MAX_NAME: usize = 20;
const MAX_NAMES: usize = 3;

/// The codings of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Codings {
    /// Those whose name can be shown: it is the server's text.
    names: Vec<String>,
}

impl Codings {
    /// The codings of an answer with this head; `None` when its body is what it is.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(CONTENT_ENCODING).into_iter();
        let mut codings = lines
            .flat_map(|line| line.as_bytes().split(|it| *it == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|it| !it.is_empty() && !it.eq_ignore_ascii_case(NONE.as_bytes()))
            .peekable();
        codings.peek()?;
        let names = codings.filter_map(name).take(MAX_NAMES).collect();
        Some(Self { names })
    }
}

impl fmt::Display for Codings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.names.as_slice() {
            [] => "unknown",
            _ => &self.names.join(", "),
        };
        write!(f, "the answer came in a content coding that was not asked for: {name}")
    }
}

/// A coding's name in small letters, if it is one.
fn name(coding: &[u8]) -> Option<String> {
    let is_name = coding.len() <= MAX_NAME && coding.iter().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(it));
    is_name.then(|| String::from_utf8_lossy(coding).to_ascii_lowercase())
}
