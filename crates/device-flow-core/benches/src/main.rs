//! Prints the tables of `docs/performance.md`.

use device_flow_benches::contender::Contender;
use device_flow_benches::many::{self, Arrival, Cost};
use device_flow_benches::{Case, measure, measured};
use std::path::Path;

/// What is done once.
const CASES: [(&str, Case); 3] = [
    ("(a) a complete sign-in, three pending polls", SIGN_IN),
    ("(b) one pending poll", Case::PendingPoll),
    ("(c) suspend and resume", Case::SuspendResume),
];
const SIGN_IN: Case = Case::SignIn(3);
/// A sign-in with one poll more.
const LONGER_SIGN_IN: Case = Case::SignIn(4);

fn main() {
    let here = std::env::current_exe().expect("a program knows where it is");
    let counter = here.with_file_name("instructions");

    println!("| | | instructions | allocations | time |");
    println!("|---|---|---:|---:|---:|");
    let mut misses = None;
    for (title, case) in CASES {
        for contender in Contender::ALL {
            let instructions = counted(contender, case, |case| instructions(&counter, contender, case, &mut misses));
            let allocations = counted(contender, case, |case| allocations(contender, case));
            let time = counted(contender, case, |case| {
                let time = measure::time(contender, case)?;
                u64::try_from(time.as_nanos()).ok()
            });
            // On a busy machine a difference of two times may be none.
            let time = time.map_or_else(|| "–".to_owned(), nanoseconds);
            println!(
                "| {title} | {} | {} | {} | {} |",
                contender.name(),
                shown(instructions),
                shown(allocations),
                time,
            );
        }
    }
    if let Some(why) = misses {
        println!("\nNo instructions were counted: {why}");
    }

    println!("\n| (d) pending flows | arrival | | bytes a flow | beside its strings | time a poll |");
    println!("|---:|---|---|---:|---:|---:|");
    for arrival in [Arrival::Neighbours, Arrival::Random] {
        print_cost(Contender::Core, many::core(1_000_000, arrival, &held));
        print_cost(Contender::Floor, many::floor(1_000_000, arrival, &held));
        print_cost(Contender::Oauth2, many::oauth2(100_000, arrival, &held));
    }
}

/// Measures a case, or the difference that one poll makes where a poll cannot be had by itself.
fn counted(contender: Contender, case: Case, mut count: impl FnMut(Case) -> Option<u64>) -> Option<u64> {
    if contender.prepare(case).is_some() {
        return count(case);
    }
    count(LONGER_SIGN_IN)?.checked_sub(count(SIGN_IN)?)
}

fn instructions(counter: &Path, contender: Contender, case: Case, misses: &mut Option<String>) -> Option<u64> {
    match measure::instructions(counter, contender, case) {
        Ok(count) => Some(count),
        Err(why) => {
            *misses = Some(why);
            None
        }
    }
}

fn allocations(contender: Contender, case: Case) -> Option<u64> {
    // What is made at the first call and kept is no part of it.
    measured(contender.prepare(case)?);
    let run = contender.prepare(case)?;
    Some(allocation_counter::measure(|| measured(run)).count_total)
}

fn held(run: &mut dyn FnMut()) -> usize {
    let counted = allocation_counter::measure(run);
    usize::try_from(counted.bytes_current).expect("more is held than before")
}

fn print_cost(contender: Contender, cost: Cost) {
    println!(
        "| {} | {} | {} | {} | {} | {} |",
        grouped(cost.flows as u64),
        match cost.arrival {
            Arrival::Neighbours => "one after the other",
            Arrival::Random => "in random order",
        },
        contender.name(),
        grouped(cost.bytes as u64),
        shown(cost.fixed.map(|it| it as u64)),
        nanoseconds(u64::try_from(cost.poll.as_nanos()).unwrap_or(u64::MAX)),
    );
}

fn nanoseconds(time: u64) -> String {
    grouped(time) + " ns"
}

fn shown(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), grouped)
}

/// A number with a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
