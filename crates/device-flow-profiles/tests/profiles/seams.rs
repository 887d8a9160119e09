//! Seams that the compiler does not keep.

use device_flow_profiles::Profile;
use std::fs;
use std::path::Path;

/// Every source file below a folder with its text.
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
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn the_machines_know_no_provider_by_name() {
    let mut machines = Vec::new();
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../device-flow-core/src");
    sources(&core, &mut machines);
    assert!(machines.len() > 20);
    for profile in Profile::all() {
        for name in [profile.name(), profile.title()] {
            let literal = format!("\"{name}\"");
            for (path, text) in &machines {
                assert!(!text.contains(&literal), "{path} names {name}");
            }
        }
    }
}
