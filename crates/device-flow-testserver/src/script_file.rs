//! Script files: the settings of a server, written in TOML.

mod clients;
mod codes;
mod file;
mod scripts;
mod tls;
mod tokens;

use std::fmt;

use crate::options::Options;

use file::File;

impl Options {
    /// Reads the settings from a script file; the README describes its keys. What the file does not say is as in
    /// [`Options::new`].
    ///
    /// # Errors
    ///
    /// When the text is no TOML, when a key is unknown, or when a value makes no sense: with the line and the column.
    ///
    /// ```
    /// use device_flow_testserver::{Options, Server};
    ///
    /// let options = Options::from_toml(r#"
    ///     dialect = "github"
    ///     [codes]
    ///     interval = "50ms"
    ///     [scripts]
    ///     every_code = ["pending", "slow_down", { status = 502, body = "Bad gateway" }, "reset", "approve"]
    /// "#)?;
    /// let server = Server::start(options)?;
    ///
    /// let mistake = Options::from_toml("[codes]\nintervall = 5").unwrap_err();
    /// assert_eq!((mistake.line(), mistake.column()), (2, 1));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, Mistake> {
        let file: File = toml::from_str(text).map_err(|error| Mistake::new(text, &error))?;
        Ok(file.into_options())
    }
}

/// What is wrong with a script file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    line: usize,
    column: usize,
    message: String,
}

impl Mistake {
    fn new(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        Self { line, column, message: error.message().trim().replace('\n', "; ") }
    }

    /// The line, counted from 1.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The column, in characters, counted from 1.
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Mistake {
    /// Writes the place and what is wrong, and not the line itself: a secret may stand there.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for Mistake {}

#[cfg(test)]
#[path = "script_file/tests.rs"]
mod tests;
