//! Every target over all that is known to be interesting: its seeds, its minimised corpus, and what was once a finding.

#![forbid(unsafe_code)]

use std::fs;
use std::panic;
use std::path::Path;

use device_flow_fuzz::{seed, target};

#[test]
fn every_target_takes_its_seeds() {
    let mut count = [0_usize; target::ALL.len()];
    let mut findings = 0;
    for (wanted, name, data) in seed::all().unwrap() {
        let place = target::ALL.iter().position(|(it, _)| *it == wanted).unwrap();
        count[place] += 1;
        findings += usize::from(!comes_through(place, &name, &data));
    }
    assert_eq!(findings, 0);
    for (count, (name, _)) in count.iter().zip(target::ALL) {
        assert!(*count >= 3, "{name} has {count} seeds");
    }
}

#[test]
fn every_target_takes_its_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut findings = 0;
    for (place, (name, _)) in target::ALL.iter().enumerate() {
        let mut count = 0;
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let data = fs::read(&path).unwrap();
            findings += usize::from(!comes_through(place, &path.display().to_string(), &data));
            count += 1;
        }
        assert!(count > 0, "{name} has no corpus");
    }
    assert_eq!(findings, 0);
}

/// Runs a target. Whether it came through; if not, says on which input.
fn comes_through(place: usize, name: &str, data: &[u8]) -> bool {
    let (target, run) = target::ALL[place];
    let result = panic::catch_unwind(|| run(data));
    if result.is_err() {
        eprintln!("{target} panicked on {name}: {}", data.escape_ascii());
    }
    result.is_ok()
}
