//! Runs one case of one contender, for a profiler to watch: `instructions CONTENDER CASE`.
//!
//! A program of its own, so that no counting allocator stands in the way.

use device_flow_benches::contender::Contender;
use device_flow_benches::{measure, measured};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [contender, case] = arguments.as_slice() else {
        panic!("usage: instructions CONTENDER CASE");
    };
    let contender = Contender::ALL.into_iter().find(|it| it.name() == contender);
    let case = measure::spelt(case);
    let prepare = || contender?.prepare(case?);
    // The first run pays for what is set up once.
    let (first, second) = prepare().zip(prepare()).expect("a known contender and a known case");
    first();
    measured(second);
}
