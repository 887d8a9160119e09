//! What comes back from a server, free of any HTTP library's types.

use core::fmt;

/// How many lines of `Retry-After` are looked at.
const RETRY_AFTER_LINES: usize = 4;

/// An answer, lent by the driver. `Debug` shows no body.
///
/// ```
/// use device_flow_core::Response;
///
/// let busy = Response::new(503, b"").header("Retry-After", b"120");
/// assert_eq!(busy.status(), 503);
/// ```
#[derive(Clone, Copy)]
pub struct Response<'a> {
    status: u16,
    content_type: Option<&'a [u8]>,
    location: Option<&'a [u8]>,
    date: Option<&'a [u8]>,
    retry_after: [Option<&'a [u8]>; RETRY_AFTER_LINES],
    body: &'a [u8],
}

impl<'a> Response<'a> {
    /// The headers that a machine looks at, in lower case. Others may be told too and are ignored.
    pub const HEADERS: &'static [&'static str] = &["content-type", "retry-after", "date", "location"];

    /// An answer with this status code and this complete body.
    pub const fn new(status: u16, body: &'a [u8]) -> Self {
        Self { status, content_type: None, location: None, date: None, retry_after: [None; RETRY_AFTER_LINES], body }
    }

    /// Adds a header. Names are compared without case. Of a repeated header the first counts, except for `Retry-After`,
    /// of which the longest of the first four counts.
    #[must_use]
    pub fn header(mut self, name: &str, value: &'a [u8]) -> Self {
        let slot = if name.eq_ignore_ascii_case("content-type") {
            &mut self.content_type
        } else if name.eq_ignore_ascii_case("date") {
            &mut self.date
        } else if name.eq_ignore_ascii_case("location") {
            &mut self.location
        } else if name.eq_ignore_ascii_case("retry-after") {
            match self.retry_after.iter_mut().find(|it| it.is_none()) {
                Some(slot) => slot,
                None => return self,
            }
        } else {
            return self;
        };
        slot.get_or_insert(value);
        self
    }

    /// The HTTP status code.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The body.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    pub(crate) fn content_type(&self) -> Option<&'a str> {
        core::str::from_utf8(self.content_type?).ok()
    }

    pub(crate) fn location(&self) -> Option<&'a str> {
        core::str::from_utf8(self.location?).ok()
    }

    pub(crate) fn date(&self) -> Option<&'a str> {
        core::str::from_utf8(self.date?).ok()
    }

    pub(crate) const fn asks_for_patience(&self) -> bool {
        self.retry_after[0].is_some()
    }

    /// The lines of `Retry-After` that are text.
    pub(crate) fn retry_after(&self) -> impl Iterator<Item = &'a str> {
        let lines = self.retry_after.into_iter().flatten();
        lines.filter_map(|it| core::str::from_utf8(it).ok())
    }
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body", &format_args!("[redacted, {} bytes]", self.body.len()))
            .finish_non_exhaustive()
    }
}
