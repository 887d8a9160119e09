//! What the program says: to people on standard error, to scripts on standard output.

mod json;
mod text;

use std::io::{self, Write};

use anstream::AutoStream;
use device_flow_core::SecretString;

use crate::ending::Ending;
use crate::notice::Notice;
use text::Text;

/// What was asked for on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing.
    Nothing,
    /// The access token, alone.
    AccessToken,
    /// Every step as a line of JSON.
    Json,
}

/// Both streams. Only the main thread writes.
pub(crate) struct Output {
    asked: Asked,
    people: Text<AutoStream<io::Stderr>>,
}

impl Output {
    /// For a command that people start to be signed in.
    pub(crate) fn new(asked: Asked) -> Self {
        Self {
            asked,
            // Escape codes only for a terminal that wants them (NO_COLOR, TERM=dumb).
            people: Text::new(AutoStream::auto(io::stderr())),
        }
    }

    /// For a command that people start to see what happens.
    #[cfg(feature = "demo")]
    pub(crate) fn detailed(asked: Asked) -> Self {
        let mut output = Self::new(asked);
        output.people.show_details();
        output
    }

    /// Shows what a job tells.
    ///
    /// # Errors
    ///
    /// When standard output takes nothing more. Standard error is never worth a failure.
    pub(crate) fn tell(&mut self, notice: &Notice) -> io::Result<()> {
        self.people.tell(notice);
        match self.asked {
            Asked::Json => json::tell(io::stdout().lock(), notice),
            Asked::Nothing | Asked::AccessToken => Ok(()),
        }
    }

    /// Hands over what was granted, and shows how it ended: nobody is told to be signed in before a script has the tokens.
    ///
    /// # Errors
    ///
    /// When standard output takes nothing more. People are told of a failure all the same, and of no success.
    pub(crate) fn end(&mut self, ending: &Ending) -> io::Result<()> {
        let is_heard = self.hand_over(ending);
        if is_heard.is_ok() || !matches!(ending, Ending::Authorized(_)) {
            self.people.end(ending);
        }
        is_heard
    }

    fn hand_over(&self, ending: &Ending) -> io::Result<()> {
        match (self.asked, ending) {
            (Asked::Json, _) => json::end(io::stdout().lock(), ending),
            (Asked::AccessToken, Ending::Authorized(tokens)) => {
                let mut stdout = io::stdout().lock();
                // In one piece, and wiped: nobody reads half a token, and no copy stays behind.
                let line = SecretString::from([tokens.access_token().expose(), "\n"].concat());
                stdout.write_all(line.expose().as_bytes())?;
                stdout.flush()
            }
            (Asked::Nothing | Asked::AccessToken, _) => Ok(()),
        }
    }

    /// Shows an error that nothing else can tell any more.
    pub(crate) fn complain(&mut self, error: &str) {
        self.people.complain(error);
    }
}
