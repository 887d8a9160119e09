//! The README's examples do what it says they do, as they stand there. The one in Rust is a doctest.

use std::path::Path;
use std::process::{Command, Stdio};

use device_flow_testserver::Options;
use serde_json::Value;

use crate::running::PROGRAM;

const README: &str = include_str!("../../README.md");

/// The code blocks in this language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    let blocks: Vec<_> = README.split(start.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty(), "no example in {language}");
    blocks
}

/// A command that finds the program as somebody would who has installed it; `None` where the tool is missing, which
/// only a continuous integration may not put up with.
fn tool(name: &str, probe: &[&str], folder: &Path) -> Option<Command> {
    let is_there = Command::new(name).args(probe).stdin(Stdio::null()).output().is_ok_and(|it| it.status.success());
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "{name} {probe:?} does not run");
        return None;
    }
    let own = Path::new(PROGRAM).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new(name);
    // The world's proxies are not for loopback.
    command.current_dir(folder).env("PATH", paths).env("no_proxy", "*").env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// pytest runs the example where it is installed; everywhere, the test is a function without arguments that can be called.
#[test]
fn the_python_example_passes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("test_example.py"), blocks("python")[0]).unwrap();
    let Some(mut python) = tool("python3", &["--version"], folder.path()) else {
        return;
    };
    let runner = "\
import importlib.util, sys
if importlib.util.find_spec('pytest'):
    import pytest
    sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', 'test_example.py']))
import test_example
tests = [test for name, test in vars(test_example).items() if name.startswith('test_')]
assert len(tests) == 1
tests[0]()
";
    let output = python.arg("-c").arg(runner).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[cfg(unix)]
#[test]
fn the_shell_example_ends_with_the_tokens() {
    let folder = tempfile::tempdir().unwrap();
    if tool("curl", &["--version"], folder.path()).is_none() {
        return;
    }
    let mut shell = tool("sh", &["-c", "true"], folder.path()).unwrap();
    let output = shell.args(["-eu", "-c", blocks("sh")[0]]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = serde_json::Deserializer::from_str(&stdout).into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.len(), 2, "{stdout}");
    assert_eq!(answers[0]["standing"], "approved");
    assert!(answers[1]["access_token"].is_string());
}

#[test]
fn the_script_files_are_read_and_start_a_server() {
    for text in blocks("toml") {
        let options = Options::from_toml(text).unwrap_or_else(|mistake| panic!("{mistake}\n{text}"));
        device_flow_testserver::Server::start(options).unwrap();
    }
}

/// The steps of the table, between backquotes, are read by the same code that reads them elsewhere.
#[test]
fn the_steps_of_the_table_are_read() {
    let rows: Vec<_> = README.lines().filter(|line| line.starts_with("| `\"") || line.starts_with("| `{ ")).collect();
    assert_eq!(rows.len(), 15, "{rows:#?}");
    let cells = rows.iter().map(|row| row.split(" | ").next().unwrap());
    for step in cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        let step = step.replace("{…}", "{}");
        let text = format!("[scripts]\nevery_code = [{step}]");
        Options::from_toml(&text).unwrap_or_else(|mistake| panic!("{step}: {mistake}"));
    }
}

#[test]
fn every_dialect_is_named() {
    for name in device_flow_testserver::Dialect::NAMES {
        assert!(README.contains(&format!("`{name}`")), "{name}");
    }
}
