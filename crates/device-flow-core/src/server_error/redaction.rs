//! Taking out what this client sent in confidence, in case the server repeats it (INDIGO IAM does).

use super::{ErrorCode, ServerError};
use crate::secret::SecretString;
use crate::text::{MAX_ERROR_CODE, clean};
use crate::wire::form;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use zeroize::{Zeroize as _, Zeroizing};

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";
/// Shorter secrets, and shorter beginnings of secrets, turn up in innocent words and tell little.
const MIN_SECRET: usize = 4;

impl ServerError {
    /// Takes a secret out, in every spelling in which a server sees it.
    pub(crate) fn redact(&mut self, secret: &str) {
        for_each_spelling(secret, |it| self.redact_spelling(it));
    }

    fn redact_spelling(&mut self, secret: &str) {
        if let Some(description) = &mut self.description {
            redact_spelling(description, self.is_cut, secret);
        }
        let is_in = |text: &str| find(text, secret).is_some();
        if self.uri.as_deref().is_some_and(is_in) {
            self.uri.zeroize();
            self.uri = None;
        }
        // The protocol's own codes are nobody's secret, whatever words are in them.
        if let ErrorCode(Cow::Owned(code)) = &self.code {
            let is_cut = is_as_long_as(code, MAX_ERROR_CODE);
            if is_in(code) || is_cut && before_beginning_of(secret, code).is_some() {
                self.code.wipe();
                self.code = ErrorCode(Cow::Borrowed(REDACTED));
            }
        }
    }
}

/// Takes a secret out of a text for people that was cut after so many characters.
pub(crate) fn redact(text: &mut Box<str>, max: usize, secret: &str) {
    let is_cut = is_as_long_as(text, max);
    for_each_spelling(secret, |it| redact_spelling(text, is_cut, it));
}

/// Every spelling in which a server sees a secret: as it is, as cleaning leaves it, encoded in a form or in an address.
fn for_each_spelling(secret: &str, mut redact: impl FnMut(&str)) {
    if secret.len() < MIN_SECRET {
        return;
    }
    redact(secret);
    if let Some(cleaned) = clean(secret, usize::MAX) {
        if cleaned != secret {
            redact(&Zeroizing::new(cleaned.into_owned()));
        }
    }
    let mut encoded = SecretString::with_capacity(secret.len());
    form::encode_into(&mut encoded, secret);
    if encoded.expose() != secret {
        redact(encoded.expose());
        let mut in_address = SecretString::with_capacity(encoded.expose().len());
        for (index, part) in encoded.expose().split('+').enumerate() {
            in_address.push_all([if index > 0 { "%20" } else { "" }, part]);
        }
        redact(in_address.expose());
    }
}

fn redact_spelling(text: &mut Box<str>, is_cut: bool, secret: &str) {
    if let Some(redacted) = without(text, secret) {
        text.zeroize();
        *text = Box::from(redacted.expose());
    }
    let before = before_beginning_of(secret, text).filter(|_| is_cut);
    if let Some(redacted) = before.map(|it| Zeroizing::new([it, REDACTED].concat())) {
        text.zeroize();
        *text = Box::from(redacted.as_str());
    }
}

/// The text without a secret; `None` when it is not in there. What is left may hold another secret.
fn without(text: &str, secret: &str) -> Option<SecretString> {
    let mut rest = text;
    let mut kept = SecretString::with_capacity(text.len());
    while let Some((before, behind)) = find(rest, secret).and_then(|at| split(rest, at, secret)) {
        kept.push_str(before);
        kept.push_str(REDACTED);
        rest = behind;
    }
    if rest.len() == text.len() {
        return None;
    }
    kept.push_str(rest);
    Some(kept)
}

fn split<'t>(text: &'t str, at: usize, secret: &str) -> Option<(&'t str, &'t str)> {
    let end = at.checked_add(secret.len())?;
    Some((text.get(..at)?, text.get(end..)?))
}

/// Where a secret stands in a text; codes and escapes are spelt in either case.
fn find(text: &str, secret: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(secret.len());
    windows.position(|it| it.eq_ignore_ascii_case(secret.as_bytes()))
}

/// Whether a text is so long that it may have been cut: the last character that fits may have been two.
pub(super) fn is_as_long_as(text: &str, max: usize) -> bool {
    text.chars().count().saturating_add(1) >= max
}

/// What stands before the beginning of a secret with which a text that was cut ends.
fn before_beginning_of<'t>(secret: &str, text: &'t str) -> Option<&'t str> {
    (MIN_SECRET..secret.len())
        .rev()
        .filter_map(|length| secret.get(..length))
        .find_map(|beginning| text.strip_suffix(beginning))
}
