//! Seams that the compiler does not keep.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every source file of the core with its text.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            // Comments may name what the code does not.
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let text = code.collect::<Vec<_>>().join("\n");
            found.push((path.to_str().unwrap().replace('\\', "/"), text));
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 20);
    all
}

/// The attributes with which plain data can be serialized, if the caller wants that.
const SERIALIZABLE: &str = r#"#[cfg_attr(feature = "serde", "#;

#[test]
fn only_wire_knows_json_and_form_encoding() {
    for (path, text) in all_sources() {
        if path.contains("/src/wire") {
            continue;
        }
        let code = text.lines().filter(|line| !line.contains(SERIALIZABLE));
        for line in code {
            for library in ["serde", "form_urlencoded"] {
                assert!(!line.contains(library), "{path} names {library}: {line}");
            }
        }
    }
}

/// Whoever adds a type here has seen that there is nothing in it that must not be written down.
#[test]
fn plain_data_alone_can_be_serialized() {
    let mut types = BTreeSet::new();
    for (_, text) in all_sources() {
        for (_, behind) in text
            .match_indices("serde::Serialize")
            .map(|(at, _)| text.split_at(at))
        {
            let mut words = behind.split_whitespace();
            words.find(|it| matches!(*it, "struct" | "enum"));
            let name = words.next().and_then(|it| it.split(['(', '<']).next());
            types.insert(name.unwrap_or_default().to_owned());
        }
    }
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    assert_eq!(
        types,
        [
            "ErrorCode",
            "NonceMode",
            "RetryReason",
            "SignInStatus",
            "Stage",
            "Timestamp",
            "TransportFailure",
            "UriError",
        ]
    );
}

/// The servers whose answers the corpus has.
fn servers() -> BTreeSet<String> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = fs::read_dir(corpus).unwrap().map(|it| it.unwrap());
    let names = files.map(|it| it.file_name().into_string().unwrap());
    names
        .filter_map(|it| Some(it.split_once("--")?.0.to_owned()))
        .collect()
}

#[test]
fn the_machines_know_no_provider_by_name() {
    let servers = servers();
    assert!(servers.len() > 40);
    for (path, text) in all_sources() {
        for server in &servers {
            assert!(
                !text.contains(&format!("\"{server}\"")),
                "{path} names {server}"
            );
        }
    }
}

#[test]
fn only_the_two_stored_forms_write_secrets_down() {
    let all = all_sources();
    let mut writers: Vec<&str> = all
        .iter()
        .filter(|(_, text)| text.contains("pub fn to_json"))
        .filter_map(|(path, _)| path.rsplit('/').next())
        .collect();
    writers.sort_unstable();
    assert_eq!(writers, ["pending_flow.rs", "stored_session.rs"]);
}
