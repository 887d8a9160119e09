//! The command line.

#[cfg(feature = "demo")]
mod demo;
mod login;
mod value;

use std::io::{self, Write as _};

use clap::{Parser, Subcommand, ValueEnum};

use crate::exit::Exit;
use crate::visible::{is_visible, visible};

#[cfg(feature = "demo")]
pub(crate) use demo::{Approve, DemoArguments};
pub(crate) use login::{Authentication, ClientArguments, LoginArguments, NetworkArguments, Qr, ServerArguments, YesNo};

/// Signs a device or a command line in with the OAuth 2.0 Device Authorization Grant (RFC 8628).
///
/// Standard output carries only what was asked for; what is meant for people goes to standard error.
#[derive(Debug, Parser)]
#[command(name = "device-flow", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Login(Box<LoginArguments>),
    #[cfg(feature = "demo")]
    Demo(DemoArguments),
}

/// What standard output carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people and simple scripts
    Text,
    /// One JSON object a line
    Json,
}

/// The HTTP library that carries the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TransportName {
    /// Blocking, lean
    Ureq,
    /// Asynchronous, on tokio
    Hyper,
}

/// Reads the command line. What cannot be read, and what only asks for help, is answered here.
pub(crate) fn parse() -> Result<Command, Exit> {
    Arguments::try_parse().map(|arguments| arguments.command).map_err(|error| answer(&error))
}

/// Prints help or a complaint. Neither a reader that has gone nor a closed stream is worth a word.
fn answer(error: &clap::Error) -> Exit {
    let text = error.render().to_string();
    if is_harmless(&text) {
        let _ = error.print();
    } else {
        // The complaint repeats an argument that would steer the terminal.
        let lines = text.lines().map(visible).collect::<Vec<_>>();
        let _ = complain(&lines.join("\n"));
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}

fn is_harmless(text: &str) -> bool {
    text.chars().all(|it| it == '\n' || is_visible(it))
}

fn complain(text: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_is_harmless() {
        let mut command = Arguments::command();
        assert!(is_harmless(&command.render_long_help().to_string()));
    }
}
