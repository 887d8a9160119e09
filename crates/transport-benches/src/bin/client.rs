//! Signs in, for others to watch: `client LIBRARY CONTENDER kept|fresh SIGN_INS AT_ONCE ADDRESS`.
//!
//! Prints in nanoseconds the processor time that it took, and how long it waited for its first prompt.

use rustix::time::{ClockId, clock_gettime};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use transport_benches::{Job, Library, asynchronous, blocking};

static BEGIN: OnceLock<Instant> = OnceLock::new();
static FIRST_PROMPT: OnceLock<Duration> = OnceLock::new();

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let job = Job::from_arguments(&arguments);
    let job = job.expect("usage: client LIBRARY CONTENDER kept|fresh SIGN_INS AT_ONCE ADDRESS");
    BEGIN.get_or_init(Instant::now);
    match job.library {
        Library::Ureq => blocking::run(&job, &prompted),
        Library::Hyper => asynchronous::run(&job, &prompted),
    }
    let processor = clock_gettime(ClockId::ProcessCPUTime);
    let processor = i128::from(processor.tv_sec) * 1_000_000_000 + i128::from(processor.tv_nsec);
    println!("{processor} {}", FIRST_PROMPT.get().map_or(0, Duration::as_nanos));
}

fn prompted() {
    FIRST_PROMPT.get_or_init(|| BEGIN.get().map(Instant::elapsed).unwrap_or_default());
}
