//! Writing a JSON object without leaving secrets behind.

use super::extra::push_string;
use crate::secret::SecretString;
use core::fmt::Write as _;

/// Writes a JSON object into a buffer that is wiped.
pub(super) struct Object(SecretString);

impl Object {
    pub(super) fn new() -> Self {
        let mut object = SecretString::with_capacity(1_024);
        object.push_str("{");
        Self(object)
    }

    /// Adds a string; an absent one is left out.
    pub(super) fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.name(name);
            push_string(&mut self.0, value);
        }
    }

    /// Adds a number, at most the largest that is read back.
    pub(super) fn number(&mut self, name: &str, value: u64) {
        let value = value.min(i64::MAX.unsigned_abs());
        self.name(name);
        // Writing into memory cannot fail.
        let _ = write!(self.0, "{value}");
    }

    /// Adds an array of strings.
    pub(super) fn texts(&mut self, name: &str, values: &[&str]) {
        self.name(name);
        self.0.push_str("[");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.0.push_str(",");
            }
            push_string(&mut self.0, value);
        }
        self.0.push_str("]");
    }

    fn name(&mut self, name: &str) {
        if self.0.expose().len() > 1 {
            self.0.push_str(",");
        }
        push_string(&mut self.0, name);
        self.0.push_str(":");
    }

    pub(super) fn end(mut self) -> SecretString {
        self.0.push_str("}");
        self.0
    }
}
