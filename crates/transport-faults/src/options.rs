//! What was asked for.

use crate::case::{Case, Trouble};
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Options {
    /// Direct ways alone, and nothing that takes a minute.
    pub(crate) is_short: bool,
    /// Writes the document.
    pub(crate) is_writing: bool,
    /// How many runs go on at once.
    pub(crate) jobs: usize,
    only: Option<String>,
    transport: Option<String>,
}

/// Runs wait for polls most of the time.
const JOBS: usize = 96;
/// What takes longer is left out of the short form.
const LONG: Duration = Duration::from_secs(10);

const HELP: &str = "usage: transport-faults [--short | --write] [--only TEXT] [--transport NAME] [--jobs COUNT]
  --short      direct ways alone, and nothing that takes a minute
  --write      writes docs/faults.md when all is as stated
  --only       cases alone whose name has this text in it
  --transport  ureq or hyper alone
  --jobs       how many runs go on at once";

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { is_short: false, is_writing: false, jobs: JOBS, only: None, transport: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| HELP.to_owned());
            match argument.as_str() {
                "--short" => options.is_short = true,
                "--write" => options.is_writing = true,
                "--only" => options.only = Some(value()?),
                "--transport" => options.transport = Some(value()?),
                "--jobs" => options.jobs = value()?.parse().ok().filter(|it| *it > 0).ok_or(HELP)?,
                _ => return Err(HELP.to_owned()),
            }
        }
        if options.is_writing && !options.is_complete() {
            return Err("the document is written from all runs".to_owned());
        }
        Ok(options)
    }

    /// Whether nothing is left out.
    const fn is_complete(&self) -> bool {
        !self.is_short && self.only.is_none() && self.transport.is_none()
    }

    pub(crate) fn wants(&self, case: &Case) -> bool {
        let is_named = self.only.as_ref().is_none_or(|it| case.name.contains(it.as_str()));
        let is_possible = match case.trouble {
            Trouble::Stopped { lasts, .. } => cfg!(unix) && !(self.is_short && lasts > LONG),
            _ => true,
        };
        is_named && is_possible
    }

    pub(crate) fn wants_transport(&self, name: &str) -> bool {
        self.transport.as_ref().is_none_or(|it| it == name)
    }
}
