//! Seams that the compiler does not keep.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use device_flow_core::Profile;
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

#[test]
fn only_wire_knows_json_and_form_encoding() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 20);
    for (path, text) in all.iter().filter(|(path, _)| !path.contains("/src/wire")) {
        for library in ["serde", "form_urlencoded"] {
            assert!(!text.contains(library), "{path} names {library}");
        }
    }
}

#[test]
fn the_machines_know_no_provider_by_name() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let machines = all
        .iter()
        .filter(|(path, _)| !path.contains("/src/profile"));
    for (path, text) in machines {
        for profile in Profile::all() {
            for name in [profile.name(), profile.title()] {
                assert!(
                    !text.contains(&format!("\"{name}\"")),
                    "{path} names {name}"
                );
            }
        }
    }
}

#[test]
fn only_the_two_stored_forms_write_secrets_down() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let mut writers: Vec<&str> = all
        .iter()
        .filter(|(_, text)| text.contains("fn to_json"))
        .filter_map(|(path, _)| path.rsplit('/').next())
        .collect();
    writers.sort_unstable();
    assert_eq!(writers, ["pending_flow.rs", "stored_session.rs"]);
    assert!(all.iter().all(|(_, text)| !text.contains("Serialize")));
}
