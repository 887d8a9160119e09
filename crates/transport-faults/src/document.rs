//! The document: what is stated, as a table.

use crate::case::{Group, Row, Strike};
use crate::proxies::Proxies;
use crate::run::Run;
use crate::words;
use std::fs;
use std::io;
use std::path::PathBuf;

/// What ran.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) runs: usize,
    /// In KiB; `None` where the system does not tell.
    pub(crate) peak: Option<u64>,
}

const INTRODUCTION: &str = include_str!("document/introduction.md");
/// What the last paragraph begins with, which is about a run and not about what is stated.
const LAST_RUN: &str = "Last written after ";

pub(crate) fn write(groups: &[Group], summary: &Summary) -> io::Result<()> {
    let Summary { runs, peak } = summary;
    let peak = mebibytes(*peak);
    let ran = format!(
        "{LAST_RUN}{runs} runs, all as stated, through {}; the most memory that a client had in use was {peak}.\n",
        Proxies::versions()
    );
    fs::write(path(), [table(groups), ran].concat())
}

/// Whether the document says what is stated here.
pub(crate) fn is_current(groups: &[Group]) -> bool {
    let written = fs::read_to_string(path()).unwrap_or_default();
    let stated = written.split(LAST_RUN).next().unwrap_or_default();
    stated == table(groups)
}

/// A run by its name.
pub(crate) fn name(run: &Run<'_>) -> String {
    let strike = match run.strike {
        Strike::First => "first request",
        Strike::Poll => "poll",
    };
    format!("{} · {strike} · {} {:?} · {}", run.case.name, run.way.scheme(), run.way.route, run.transport)
}

pub(crate) fn mebibytes(kibibytes: Option<u64>) -> String {
    kibibytes.map_or_else(|| "unknown".to_owned(), |it| format!("{} MiB", it.div_ceil(1024)))
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md")
}

fn table(groups: &[Group]) -> String {
    let mut text = INTRODUCTION.to_owned();
    for group in groups {
        text.extend(["\n## ", group.title, "\n\n"]);
        text.push_str("| fault | way | at the first request | at a poll | note |\n|---|---|---|---|---|\n");
        for case in &group.cases {
            for (index, row) in case.rows.iter().enumerate() {
                text.push_str(&line(if index == 0 { case.name } else { "" }, row));
            }
        }
    }
    text.push('\n');
    text
}

fn line(name: &str, row: &Row) -> String {
    let Row { ways, first, poll, note } = row;
    let [first, poll] = [first, poll].map(|it| it.as_ref().map_or_else(|| "—".to_owned(), words::cell));
    format!("| {name} | {} | {first} | {poll} | {note} |\n", ways.label)
}
