//! Prints the table of the transports in `docs/performance.md`, or the rows of it that are asked for.

mod measure;
mod processes;
mod table;

use measure::MEASURES;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut is_check = false;
    let mut is_slow = false;
    let mut wanted = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--check" => is_check = true,
            "--slow" => is_slow = true,
            name if MEASURES.iter().any(|it| it.is_called(name)) => wanted.push(argument),
            _ => return usage(),
        }
    }
    let mut rows = Vec::new();
    for measure in MEASURES {
        let is_wanted = wanted.iter().any(|name| measure.is_called(name));
        if is_wanted || (wanted.is_empty() && (is_slow || !measure.is_slow)) {
            eprintln!("{} …", measure.name);
            rows.extend((measure.run)().into_iter().map(|row| (measure.name, row)));
        }
    }
    table::print(&rows);
    if is_check && rows.iter().any(|(_, row)| row.is_missed()) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn usage() -> ExitCode {
    eprintln!("usage: transport-benches [--check] [--slow] [MEASURE…]\n");
    eprintln!(
        "Without a measure all are taken, slow ones with --slow only; `ureq` and `hyper` mean all that begin so."
    );
    eprintln!("With --check the exit code is 1 when an aim is missed or could not be measured.\n");
    for measure in MEASURES {
        eprintln!("  {:20} {}{}", measure.name, measure.what, if measure.is_slow { " (slow)" } else { "" });
    }
    ExitCode::from(2)
}
