//! What people read.

mod duration;
mod prompt;

use std::fmt::{self, Display};
use std::io::Write;

use anstyle::{AnsiColor, Style};
use device_flow_core::{RetryReason, Stage, TokenResponse};

use crate::ending::Ending;
use crate::error::Error;
use crate::notice::Notice;
use crate::visible::visible;
use duration::{life, wait};
use prompt::PromptText;

const STRONG: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Writes for people. A stream that takes nothing more is no failure: the sign-in does not depend on it.
pub(super) struct Text<W> {
    writer: W,
    is_detailed: bool,
}

impl<W: Write> Text<W> {
    pub(super) const fn new(writer: W) -> Self {
        Self { writer, is_detailed: false }
    }

    /// Shows every poll too.
    #[cfg(feature = "demo")]
    pub(super) const fn show_details(&mut self) {
        self.is_detailed = true;
    }

    /// Shows what a job tells.
    pub(super) fn tell(&mut self, notice: &Notice) {
        match notice {
            Notice::Warning(text) => {
                self.line(format_args!("{WARNING}note:{WARNING:#} {}", visible(text)));
            }
            Notice::Prompt(prompt) => self.line(PromptText(prompt)),
            Notice::Pending { next_poll_in } if self.is_detailed => {
                self.line(format_args!("client: nobody has decided yet; asks again in {}", wait(*next_poll_in)));
            }
            Notice::Pending { .. } => {}
            Notice::SlowedDown { next_poll_in } => self.line(format_args!(
                "The server wants to be asked less often; asking again in {}.",
                wait(*next_poll_in)
            )),
            Notice::Retrying { stage, reason, next_attempt_in } => {
                self.line(format_args!("{}; trying again in {}.", trouble(*stage, *reason), wait(*next_attempt_in)));
            }
            #[cfg(feature = "demo")]
            Notice::Demo(step) => self.line(step),
        }
    }

    /// Shows how it ended.
    pub(super) fn end(&mut self, ending: &Ending) {
        match ending {
            Ending::Authorized(tokens) => self.line(SignedIn(tokens)),
            Ending::Denied => self.line("The sign-in was denied."),
            Ending::Expired => {
                self.line("The code has run out before anybody approved. Run the command again for a new one.");
            }
            Ending::TimedOut(limit) => {
                self.line(format_args!("Not done within {} (--timeout): cancelled.", wait(*limit)));
            }
            Ending::Interrupted => self.line("Cancelled."),
            Ending::Failed(error) => self.fail(error),
        }
    }

    /// Shows an error.
    pub(super) fn complain(&mut self, error: &str) {
        self.line(format_args!("{ERROR}error:{ERROR:#} {}", visible(error)));
    }

    fn fail(&mut self, error: &Error) {
        self.complain(&error.to_string());
        if let Some(advice) = error.advice() {
            self.line(format_args!("{STRONG}help:{STRONG:#} {advice}"));
        }
        if let Some(uri) = error.uri() {
            self.line(format_args!("{STRONG}more:{STRONG:#} {}", visible(uri)));
        }
    }

    /// Writes in one piece, so that nothing gets in between.
    fn line(&mut self, text: impl Display) {
        let _ = self.writer.write_all(format!("{text}\n").as_bytes());
        let _ = self.writer.flush();
    }
}

struct SignedIn<'a>(&'a TokenResponse);

impl Display for SignedIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed in.")?;
        match self.0.expires_in() {
            Some(expires_in) => write!(f, " The access token is good for {}.", life(expires_in)),
            None => Ok(()),
        }
    }
}

/// What happened, as the beginning of a sentence.
fn trouble(stage: Stage, reason: RetryReason) -> String {
    let reason = reason.to_string();
    let mut letters = reason.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string());
    let sentence = first.unwrap_or_default() + letters.as_str();
    match stage {
        Stage::Token => sentence,
        _ => format!("{sentence} ({})", stage.endpoint_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_flow_core::{ConfigError, TransportFailure};
    use std::time::Duration;

    fn shown(show: impl FnOnce(&mut Text<&mut Vec<u8>>)) -> String {
        let mut written = Vec::new();
        // As on a pipe: the escape codes of styles are taken off on the way.
        show(&mut Text::new(&mut written));
        let written = String::from_utf8(written).unwrap();
        anstream::adapter::strip_str(&written).to_string()
    }

    #[test]
    fn a_retry_tells_what_happened_and_when_it_goes_on() {
        let text = shown(|it| {
            it.tell(&Notice::Retrying {
                stage: Stage::Token,
                reason: RetryReason::Transport(TransportFailure::Timeout),
                next_attempt_in: Duration::from_secs(10),
            });
            it.tell(&Notice::Retrying {
                stage: Stage::Discovery,
                reason: RetryReason::Status(503),
                next_attempt_in: Duration::from_millis(1_500),
            });
        });
        assert_eq!(
            text,
            "No answer in time; trying again in 10 s.\n\
             The server answered with HTTP status 503 (metadata endpoint); trying again in 1.5 s.\n"
        );
    }

    #[test]
    fn ordinary_polls_are_not_worth_a_line() {
        let pending = Notice::Pending { next_poll_in: Duration::from_secs(5) };
        assert_eq!(shown(|it| it.tell(&pending)), "");
    }

    #[test]
    fn an_error_comes_with_what_to_do_about_it() {
        let error = ConfigError::ReservedParameter { name: "scope\u{1b}".to_owned() };
        let text = shown(|it| it.end(&Ending::Failed(error.into())));
        assert!(text.starts_with("error: the parameter \"scope"), "{text}");
        assert!(text.contains("\nhelp: use the option"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn d8_a_note_steers_no_terminal() {
        let note = Notice::Warning("a\u{1b}[2J".to_owned());
        assert_eq!(shown(|it| it.tell(&note)), "note: a\\u{1b}[2J\n");
    }
}
