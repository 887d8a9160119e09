//! Writing a JSON object without leaving secrets behind.

use super::extra::{needs_no_escape, push_string, push_strings};
use crate::secret::SecretString;

/// Writes a JSON object into a buffer that is wiped. Names that stand in the program need no escapes.
pub(super) struct Object(SecretString);

impl Object {
    pub(super) fn new() -> Self {
        let mut object = SecretString::with_capacity(1_024);
        object.push_str("{");
        Self(object)
    }

    /// Adds a string; an absent one is left out.
    pub(super) fn text(&mut self, name: &'static str, value: Option<&str>) {
        let Some(value) = value else { return };
        let start = self.start();
        if needs_no_escape(value) {
            self.0.push_all([start, name, "\":\"", value, "\""]);
        } else {
            self.0.push_all([start, name, "\":"]);
            push_string(&mut self.0, value);
        }
    }

    /// Adds a number, at most the largest that is read back.
    pub(super) fn number(&mut self, name: &'static str, value: u64) {
        let value = value.min(i64::MAX.unsigned_abs());
        let start = self.start();
        let mut digits = itoa::Buffer::new();
        self.0.push_all([start, name, "\":", digits.format(value)]);
    }

    /// Adds an array of strings.
    pub(super) fn texts<'a>(&mut self, name: &'static str, values: impl IntoIterator<Item = &'a str>) {
        let start = self.start();
        self.0.push_all([start, name, "\":"]);
        push_strings(&mut self.0, values);
    }

    /// Adds a value that is JSON already, under any name.
    pub(super) fn json(&mut self, name: &str, json: &str) {
        if self.0.expose().len() > 1 {
            self.0.push_str(",");
        }
        push_string(&mut self.0, name);
        self.0.push_all([":", json]);
    }

    fn start(&self) -> &'static str {
        if self.0.expose().len() > 1 { ",\"" } else { "\"" }
    }

    pub(super) fn end(mut self) -> SecretString {
        self.0.push_str("}");
        self.0
    }
}
