//! The transition tables of `docs/state-machine.md`: computed cell by cell, and compared with the document.
//!
//! A cell is computed by bringing a machine into the column's state, giving it the row's input, and asking it what to do
//! until it has nothing new to say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use device_flow_core::Misuse;

const DOCUMENT: &str = include_str!("../../../../docs/state-machine.md");

/// What became of an input.
pub(crate) enum Given {
    Accepted,
    Refused(Misuse),
    /// The input cannot occur in this state.
    Impossible,
}

impl From<Result<(), Misuse>> for Given {
    fn from(result: Result<(), Misuse>) -> Self {
        result.map_or_else(Self::Refused, |()| Self::Accepted)
    }
}

/// Gives a machine an input.
pub(crate) type Apply<T> = fn(&mut T) -> Given;

/// What a machine has to say when it is asked.
pub(crate) enum Said {
    Tells(&'static str),
    Sends(&'static str),
    Nothing,
}

/// A machine, with a driver, whose table is computed.
pub(crate) trait Subject: Sized + 'static {
    /// What stands above the inputs.
    const CORNER: &'static str;
    const STATES: &'static [&'static str];
    const INPUTS: &'static [(&'static str, Apply<Self>)];

    /// One in this state which has told all it had to tell, in good time for this input.
    fn in_state(state: &str, input: &str) -> Self;

    fn state(&self) -> String;

    /// Asks once.
    fn ask(&mut self) -> Said;
}

type Cells = BTreeMap<(&'static str, &'static str), String>;

/// Fails, and shows the table as it is, when the document says anything else.
pub(crate) fn assert_documented<T: Subject>() {
    let documented = documented(T::CORNER);
    let mut computed = Cells::new();
    for state in T::STATES {
        for (input, apply) in T::INPUTS {
            computed.insert((*input, *state), cell::<T>(state, input, *apply));
        }
    }
    let wrong: Vec<_> = computed
        .iter()
        .filter(|(place, found)| documented.get(*place) != Some(*found))
        .map(|((input, state), found)| {
            let documented = documented.get(&(*input, *state));
            format!("{state} × {input}: documented {documented:?}, found {found:?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}\nthe table as it is:\n{}", wrong.join("\n"), table::<T>(&computed));
    assert_eq!(documented.len(), computed.len(), "the document has cells that nobody tests");
}

fn cell<T: Subject>(state: &str, input: &str, apply: Apply<T>) -> String {
    let mut subject = T::in_state(state, input);
    assert_eq!(subject.state(), state, "before {input}");
    match apply(&mut subject) {
        Given::Impossible => return "—".to_owned(),
        Given::Refused(misuse) => return format!("`{misuse:?}`"),
        Given::Accepted => {}
    }
    let mut said = Vec::new();
    while said.len() < 100 {
        match subject.ask() {
            Said::Tells(event) => said.push(format!("tells `{event}`")),
            Said::Sends(what) => said.push(what.to_owned()),
            Said::Nothing => break,
        }
    }
    let state = subject.state();
    if said.is_empty() { state } else { format!("{state}: {}", said.join(", ")) }
}

/// The cells of the document's table by input and state.
fn documented(corner: &str) -> Cells {
    let start = format!("| {corner} |");
    let mut rows = DOCUMENT
        .lines()
        .skip_while(|line| !line.starts_with(&start))
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let states = rows.next().unwrap_or_default();
    let _rule = rows.next();
    let mut cells = Cells::new();
    for row in rows {
        for (state, cell) in states.iter().zip(&row).skip(1) {
            cells.insert((row[0], *state), (*cell).to_owned());
        }
    }
    cells
}

fn table<T: Subject>(cells: &Cells) -> String {
    let mut table = format!("| {} | {} |\n|{}\n", T::CORNER, T::STATES.join(" | "), "---|".repeat(T::STATES.len() + 1));
    for (input, _) in T::INPUTS {
        let row: Vec<&str> = T::STATES.iter().map(|state| cells[&(*input, *state)].as_str()).collect();
        writeln!(table, "| {input} | {} |", row.join(" | ")).unwrap();
    }
    table
}
