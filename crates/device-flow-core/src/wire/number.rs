//! Numbers as servers spell them.

/// A decimal number of any size; what does not fit saturates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    whole: i64,
    has_fraction: bool,
    is_negative: bool,
}

impl Number {
    /// A whole number that fits, as most are.
    pub(super) fn whole(text: &str) -> Option<Self> {
        let whole: i64 = text.parse().ok()?;
        Some(Self { whole, has_fraction: false, is_negative: text.starts_with('-') })
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(whole) = Self::whole(text) {
            return Some(whole);
        }
        let is_negative = text.starts_with('-');
        // The standard parser takes `inf` and `NaN` too, which are no numbers here.
        let is_decimal =
            text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
        let value: f64 = if is_decimal {
            text.parse().ok()?
        } else {
            return None;
        };
        #[expect(clippy::cast_possible_truncation, reason = "saturating and truncating is what is wanted")]
        let whole = value as i64;
        #[expect(clippy::cast_precision_loss, reason = "only asks whether truncation took something away")]
        #[expect(clippy::float_cmp, reason = "only asks whether truncation took something away")]
        let has_fraction = value != whole as f64;
        Some(Self { whole, has_fraction, is_negative })
    }

    pub(super) const fn is_negative(self) -> bool {
        self.is_negative
    }

    /// Rounded towards zero: for lifetimes, where less is safe.
    pub(super) const fn floor(self) -> i64 {
        self.whole
    }

    /// Rounded up: for waits, where more is safe.
    pub(super) const fn ceil(self) -> i64 {
        if self.has_fraction && !self.is_negative { self.whole.saturating_add(1) } else { self.whole }
    }
}
