//! Seams that the compiler does not keep.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
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
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
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
        for (_, behind) in text.match_indices("serde::Serialize").map(|(at, _)| text.split_at(at)) {
            let mut words = behind.split_whitespace();
            words.find(|it| matches!(*it, "struct" | "enum"));
            let name = words.next().and_then(|it| it.split(['(', '<']).next());
            types.insert(name.unwrap_or_default().to_owned());
        }
    }
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    assert_eq!(
        types,
        // The first stands for the causes of a failure, which have names and no more.
        [
            "$name",
            "ErrorCode",
            "NonceMode",
            "ProxyCause",
            "ProxySchemes",
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
    names.filter_map(|it| Some(it.split_once("--")?.0.to_owned())).collect()
}

#[test]
fn the_machines_know_no_provider_by_name() {
    let servers = servers();
    assert!(servers.len() > 40);
    for (path, text) in all_sources() {
        for server in &servers {
            assert!(!text.contains(&format!("\"{server}\"")), "{path} names {server}");
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

/// A reader can keep a file in mind that is no longer.
#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let lines = fs::read_to_string(&path).unwrap().lines().count();
                assert!(lines <= 400, "{}: {lines}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

/// A file and those below it are one: `flow.rs` and `flow/*`. Only what is used from elsewhere is an arrow.
#[test]
fn arrows_between_files_make_no_circle() {
    let sources: BTreeMap<String, String> = all_sources()
        .into_iter()
        .filter_map(|(path, text)| {
            let name = path.rsplit_once("/src/")?.1.strip_suffix(".rs")?;
            let code = text.split("#[cfg(test)]").next()?.to_owned();
            Some((name.replace('/', "::"), code))
        })
        .filter(|(name, _)| name != "lib" && !name.ends_with("tests"))
        .collect();
    let arrows: BTreeMap<&str, BTreeSet<&str>> =
        sources.iter().map(|(name, text)| (name.as_str(), used_by(name, text, &sources))).collect();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > 200, "only {count} arrows were seen");
    // What uses nothing that is left is taken away, until nothing is left.
    let mut left = arrows;
    loop {
        let free: Vec<&str> = left.iter().filter(|(_, uses)| uses.is_empty()).map(|(name, _)| *name).collect();
        if free.is_empty() {
            break;
        }
        left.retain(|name, _| !free.contains(name));
        for uses in left.values_mut() {
            uses.retain(|it| !free.contains(it));
        }
    }
    assert!(left.is_empty(), "in a circle: {left:?}");
}

/// The files whose items a file names in its `use` declarations.
fn used_by<'a>(name: &str, text: &str, sources: &'a BTreeMap<String, String>) -> BTreeSet<&'a str> {
    let joined = text.replace('\n', " ");
    let parent: Vec<&str> = name.split("::").collect();
    let mut used = BTreeSet::new();
    for declaration in joined.split("use ").skip(1) {
        let path = declaration.split(';').next().unwrap_or_default();
        let mut base = parent.clone();
        let mut rest = path.trim();
        if let Some(behind) = rest.strip_prefix("crate::") {
            (base, rest) = (Vec::new(), behind);
        } else if rest.starts_with("super::") {
            while let Some(behind) = rest.strip_prefix("super::") {
                base.pop();
                rest = behind;
            }
        } else {
            continue;
        }
        for item in rest.split(['{', ',', '}']).map(str::trim) {
            let of_braces = rest.split('{').next().unwrap_or_default();
            let whole = if item == of_braces.trim() || !rest.contains('{') {
                item.to_owned()
            } else {
                format!("{of_braces}{item}")
            };
            let mut path = base.clone();
            path.extend(whole.split("::").filter(|it| !it.is_empty()));
            // The longest beginning that is a file.
            let file = (1..=path.len()).rev().find_map(|length| sources.get_key_value(&path.get(..length)?.join("::")));
            if let Some((file, _)) = file.filter(|(file, _)| *file != name) {
                used.insert(file.as_str());
            }
        }
    }
    used
}
