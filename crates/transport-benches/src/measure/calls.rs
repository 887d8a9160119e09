//! System calls, and those of them that make threads, counted by strace.

use super::{for_each_contender, of_one_sign_in, watched};
use crate::table::{Aim, Row};
use std::collections::HashMap;
use std::sync::Mutex;
use transport_benches::{Job, Keeping, Library};

/// Of a sign-in.
const REQUESTS: f64 = 5.0;

pub fn ureq() -> Vec<Row> {
    rows("ureq", Library::Ureq, vec![Aim::AtMost(60.0)], vec![Aim::AtMost(0.0)])
}

pub fn hyper() -> Vec<Row> {
    rows("hyper", Library::Hyper, Vec::new(), vec![Aim::AtMost(0.0)])
}

fn rows(title: &str, library: Library, call_aims: Vec<Aim>, thread_aims: Vec<Aim>) -> Vec<Row> {
    // The same run gives both numbers.
    let threads = Mutex::new(HashMap::new());
    let calls = for_each_contender(|contender| {
        let made = Mutex::new(HashMap::new());
        let calls = of_one_sign_in((library, contender, Keeping::Kept), |job| {
            let counts = counted(job)?;
            made.lock().expect("no panic").insert(job.sign_ins, counts.threads);
            Ok(counts.calls)
        })?;
        let made = made.into_inner().expect("no panic");
        let (few, more) = (made.iter().min(), made.iter().max());
        if let Some(((few, before), (more, after))) = few.zip(more) {
            let a_sign_in = (*after as f64 - *before as f64) / (more - few) as f64;
            threads.lock().expect("no panic").insert(contender.name(), a_sign_in / REQUESTS);
        }
        Ok(calls)
    });
    let threads = threads.into_inner().expect("no panic");
    let threads =
        for_each_contender(|it| threads.get(it.name()).copied().ok_or_else(|| "see its system calls".to_owned()));
    vec![
        Row::new(&format!("{title}, client kept: system calls"), calls, call_aims),
        Row::new(&format!("{title}, client kept: threads made a request"), threads, thread_aims),
    ]
}

struct Counts {
    calls: u64,
    threads: u64,
}

fn counted(job: &Job) -> Result<Counts, String> {
    let (_, table) = watched(&["strace", "-f", "-c", "-U", "name,calls", "-o"], "", job)?;
    let count = |wanted: &str| {
        let lines = table.lines().filter_map(|line| line.split_once(' '));
        let counts = lines.filter(|(name, _)| *name == wanted);
        counts.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum()
    };
    match count("total") {
        0 => Err(format!("strace counted nothing: {table}")),
        calls => Ok(Counts { calls, threads: count("clone") + count("clone3") }),
    }
}
