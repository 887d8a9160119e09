//! What is about to be sent, and what has come and was not read yet.

use crate::head::MAX_HEAD;
use core::mem::take;
use core::ops::Range;
use zeroize::Zeroize as _;

/// As much of a request as usually goes out at once, in bytes.
const OUTPUT: usize = 8 * 1024;

/// Room for what a library adds to a head, in bytes.
const SHORT_LINE: usize = 1024;

/// The buffers of one connection. What was in use is wiped after each exchange, and only that.
#[derive(Default)]
pub(super) struct Pair {
    output: Vec<u8>,
    written: usize,
    /// How long the longest line of the head may be: it has to fit in as a whole.
    longest_row: usize,
    input: Vec<u8>,
    unread: Range<usize>,
    /// How far the input was ever filled in this exchange.
    filled: usize,
    /// Whether anything was taken out of the input since it was last filled.
    has_progress: bool,
}

impl Pair {
    /// Prepares for a request with a line of this length in its head.
    pub(super) fn prepare(&mut self, longest_row: usize) {
        self.longest_row = longest_row.max(SHORT_LINE);
    }

    /// Counts this much of the output as written.
    pub(super) fn keep(&mut self, amount: usize) {
        self.written = self.written.saturating_add(amount).min(self.output.len());
    }

    /// What was written.
    pub(super) fn request(&self) -> &[u8] {
        self.output.get(..self.written).unwrap_or_default()
    }

    /// Wipes what was written.
    pub(super) fn forget_request(&mut self) {
        let written = take(&mut self.written);
        self.output.get_mut(..written).unwrap_or_default().zeroize();
    }

    /// Wipes everything.
    pub(super) fn forget(&mut self) {
        self.forget_request();
        let filled = take(&mut self.filled);
        self.input.get_mut(..filled).unwrap_or_default().zeroize();
        self.unread = 0..0;
    }

    /// Puts this in place of as much of what came, which must be at least as long.
    pub(super) fn replace(&mut self, length: usize, by: &[u8]) {
        let start = self.unread.start.saturating_add(length.saturating_sub(by.len()));
        self.unread.start = start;
        if let Some(place) = start.checked_add(by.len()).and_then(|end| self.input.get_mut(start..end)) {
            place.copy_from_slice(by);
        }
    }

    pub(super) fn output(&mut self) -> &mut [u8] {
        let needed = self.written.saturating_add(self.longest_row);
        if self.output.len() < needed {
            // Made anew, because a vector that grows leaves a copy behind.
            let mut larger = vec![0; needed.max(self.output.len().saturating_mul(2)).max(OUTPUT)];
            larger.iter_mut().zip(self.request()).for_each(|(to, from)| *to = *from);
            let written = self.written;
            self.forget_request();
            (self.output, self.written) = (larger, written);
        }
        self.output.get_mut(self.written..).unwrap_or_default()
    }

    pub(super) fn input(&self) -> &[u8] {
        self.input.get(self.unread.clone()).unwrap_or_default()
    }

    pub(super) fn input_append_buf(&mut self) -> &mut [u8] {
        if self.input.is_empty() {
            self.input = vec![0; MAX_HEAD];
        }
        if self.unread.is_empty() {
            self.unread = 0..0;
        } else if self.unread.end == self.input.len() {
            self.input.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        self.input.get_mut(self.unread.end..).unwrap_or_default()
    }

    pub(super) fn input_appended(&mut self, amount: usize) {
        self.unread.end = self.unread.end.saturating_add(amount).min(self.input.len());
        self.filled = self.filled.max(self.unread.end);
    }

    pub(super) fn input_consume(&mut self, amount: usize) {
        self.has_progress = amount > 0;
        self.unread.start = self.unread.start.saturating_add(amount).min(self.unread.end);
    }

    pub(super) fn can_use_input(&self) -> bool {
        self.has_progress && !self.unread.is_empty()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.forget();
    }
}
