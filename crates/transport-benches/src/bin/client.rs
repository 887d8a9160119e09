//! Signs in, for others to watch: `client LIBRARY CONTENDER kept|fresh SIGN_INS AT_ONCE ADDRESS`.
//!
//! Prints in nanoseconds the processor time of all sign-ins but the first of each thread or task, and how long it took
//! until the first prompt.

use rustix::time::{ClockId, clock_gettime};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use transport_benches::{Job, Library, Listener, asynchronous, blocking};

static BEGIN: OnceLock<Instant> = OnceLock::new();
static FIRST_PROMPT: OnceLock<Duration> = OnceLock::new();
/// How many have not signed in once yet.
static FIRST_SIGN_INS: AtomicUsize = AtomicUsize::new(0);
/// The processor time until all have.
static WARMED_UP: OnceLock<i128> = OnceLock::new();

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let job = Job::from_arguments(&arguments);
    let job = job.expect("usage: client LIBRARY CONTENDER kept|fresh SIGN_INS AT_ONCE ADDRESS");
    FIRST_SIGN_INS.store(job.at_once, Ordering::Relaxed);
    BEGIN.get_or_init(Instant::now);
    let listener = Listener { prompted: &prompted, signed_in: &signed_in };
    match job.library {
        Library::Ureq => blocking::run(&job, listener),
        Library::Hyper => asynchronous::run(&job, listener),
    }
    let processor = processor() - WARMED_UP.get().copied().unwrap_or_default();
    println!("{processor} {}", FIRST_PROMPT.get().map_or(0, Duration::as_nanos));
}

fn prompted() {
    FIRST_PROMPT.get_or_init(|| BEGIN.get().map(Instant::elapsed).unwrap_or_default());
}

fn signed_in() {
    if FIRST_SIGN_INS.fetch_sub(1, Ordering::Relaxed) == 1 {
        WARMED_UP.get_or_init(processor);
    }
}

/// Of the program and of the kernel for it.
fn processor() -> i128 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}
