//! How it is measured.

use crate::contender::Contender;
use crate::{Case, measured};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The name that a case has on the command line of `instructions`.
pub fn spelling(case: Case) -> String {
    match case {
        Case::SignIn(pending) => format!("sign-in-{pending}"),
        Case::PendingPoll => "pending-poll".to_owned(),
        Case::SuspendResume => "suspend-resume".to_owned(),
    }
}

/// The same read back.
pub fn spelt(text: &str) -> Option<Case> {
    match text {
        "pending-poll" => Some(Case::PendingPoll),
        "suspend-resume" => Some(Case::SuspendResume),
        other => Some(Case::SignIn(other.strip_prefix("sign-in-")?.parse().ok()?)),
    }
}

/// Instructions of one run, counted by callgrind.
///
/// # Errors
///
/// What is missing, in words.
pub fn instructions(program: &Path, contender: Contender, case: Case) -> Result<u64, String> {
    let profile = program.with_file_name(format!("callgrind.{}.{}", contender.name(), spelling(case)));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*::measured"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args([contender.name(), &spelling(case)])
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected : "));
    let count = count.and_then(|(_, count)| count.trim().parse().ok());
    match count {
        Some(count) if count > 0 => Ok(count),
        _ => Err(format!("valgrind counted nothing: {said}")),
    }
}

/// Time of one run: the best of many rounds, because everything that disturbs makes it longer.
pub fn time(contender: Contender, case: Case) -> Option<Duration> {
    const ROUNDS: usize = 40;
    const RUNS: u32 = 500;
    let round = || {
        let runs: Option<Vec<_>> = (0..RUNS).map(|_| contender.prepare(case)).collect();
        let runs = runs?;
        let start = Instant::now();
        runs.into_iter().for_each(measured);
        Some(start.elapsed() / RUNS)
    };
    (0..ROUNDS).filter_map(|_| round()).min()
}
