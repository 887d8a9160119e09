//! `device-flow` signs a device or a command line in with the OAuth 2.0 Device Authorization Grant (RFC 8628).
//!
//! A command is a job on a thread of its own that tells what happens. The main thread alone writes, keeps the time
//! limit and hears the interrupt, so it can end the program at any moment, whatever the job is waiting for.

mod args;
#[cfg(feature = "demo")]
mod demo;
mod ending;
mod error;
mod exit;
mod file;
mod interrupt;
mod login;
mod notice;
mod output;
mod secret;
mod sign_in;
mod supervisor;
mod transport;
mod visible;

use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    match args::parse() {
        Ok(Command::Login(arguments)) => login::run(*arguments),
        #[cfg(feature = "demo")]
        Ok(Command::Demo(arguments)) => demo::run(arguments),
        Err(exit) => exit.into(),
    }
}
