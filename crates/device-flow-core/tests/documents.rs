//! The documents say what is true of the tests.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const CONFORMANCE: &str = include_str!("../../../docs/conformance.md");
const QT: &str = include_str!("../../../docs/qt.md");

#[test]
fn the_conformance_table_names_every_test_that_carries_a_row() {
    let mut written = BTreeSet::new();
    for folder in ["src", "tests"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), carries_a_row, &mut written);
    }
    let named = named();
    let unnamed: Vec<_> = written.difference(&named).collect();
    let unwritten: Vec<_> = named.difference(&written).collect();
    assert!(
        unnamed.is_empty() && unwritten.is_empty(),
        "not in docs/conformance.md: {unnamed:?}\nnot in the tests: {unwritten:?}"
    );
}

#[test]
fn every_row_has_a_test() {
    let rows = CONFORMANCE.lines().filter(|line| is_row(line));
    let mut count = 0;
    for row in rows {
        count += 1;
        assert!(row.matches('`').count() >= 2 && row.trim_end().ends_with("` |"), "no test: {row}");
    }
    assert_eq!(count, 44);
}

#[test]
fn the_tests_that_keep_old_faults_away_exist() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut written = BTreeSet::new();
    let others = [
        "memory-watch",
        "transport-tests",
        "transport-hyper",
        "transport-ureq",
        "device-flow-cli",
        "device-flow-testserver",
    ];
    let others = others.map(|it| format!("../{it}/tests"));
    for folder in ["src", "tests"].into_iter().chain(others.iter().map(String::as_str)) {
        collect(&manifest.join(folder), |_| true, &mut written);
    }
    let (_, faults) = CONFORMANCE.split_once("## What was wrong before").unwrap();
    let rows = faults.lines().filter_map(|line| line.strip_suffix("` |")?.rsplit("| `").next());
    let mut count = 0;
    for row in rows {
        count += 1;
        for test in row.split("`, `") {
            assert!(written.contains(test), "there is no test {test}");
        }
    }
    assert!(count >= 25, "{count}");
}

#[test]
fn the_tests_that_the_table_of_qts_members_names_exist() {
    let mut written = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), |_| true, &mut written);
    // The last cell of a row with three, and of the rows about Qt's own tests.
    let shown_by = QT.lines().filter_map(|line| line.trim_end().strip_suffix("` |")?.rsplit("| `").next());
    let named: Vec<&str> = shown_by.filter(|it| it.contains('_') && !it.contains("::")).collect();
    assert!(named.len() >= 35, "{}", named.len());
    for test in named {
        assert!(written.contains(test), "docs/qt.md names {test}, and there is no such test");
    }
}

fn is_row(line: &str) -> bool {
    let mut characters = line.strip_prefix("| ").unwrap_or_default().chars();
    matches!(characters.next(), Some('D' | 'P' | 'T' | 'K')) && characters.next().is_some_and(|it| it.is_ascii_digit())
}

/// The functions that the table names, with their row in front.
fn named() -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for line in CONFORMANCE.lines().filter(|line| is_row(line)) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, row, .., tests, _] = cells.as_slice() else { panic!("{line}") };
        for test in tests.split(", ") {
            named.insert(format!("{}_{}", row.to_lowercase(), test.trim_matches('`')));
        }
    }
    named
}

/// The functions below a folder whose names are wanted.
fn collect(folder: &Path, is_wanted: fn(&str) -> bool, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, is_wanted, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let functions = source.lines().filter_map(|line| {
                let line = line.trim().trim_start_matches("pub(crate) ").trim_start_matches("async ");
                line.strip_prefix("fn ")?.split(['(', '<']).next()
            });
            found.extend(functions.filter(|it| is_wanted(it)).map(str::to_owned));
        }
    }
}

fn carries_a_row(name: &str) -> bool {
    let (row, _) = name.split_once('_').unwrap_or_default();
    let digits = row.strip_prefix(['d', 'p', 't', 'k']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
}
