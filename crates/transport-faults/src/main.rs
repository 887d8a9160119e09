//! Plays every fault of servers and networks to both transports and compares what comes of it with what is stated; the
//! statements are the table in `docs/faults.md`.
//!
//! A run is one fault that strikes one request (the first one, or the second poll) of a sign-in that one transport makes on
//! one way to the server: http or https, directly, through tinyproxy or through a SOCKS proxy. The client of a run is a
//! process of its own, so that its memory can be measured.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it tells what it found")]
#![expect(clippy::arithmetic_side_effects, reason = "small counts and moments of one clock")]

mod account;
mod case;
mod cases;
mod client;
mod document;
mod elsewhere;
mod gate;
mod handshakes;
mod options;
mod pool;
mod proxies;
mod run;
mod stop;
mod words;

use case::{Group, Route, Strike};
use elsewhere::Elsewhere;
use handshakes::Handshakes;
use options::Options;
use proxies::Proxies;
use run::{Run, World};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    // The program starts itself again as the client of each run.
    if let Some(code) = client::run_if_asked() {
        return code;
    }
    let result = Options::parse(std::env::args().skip(1)).and_then(|options| play(&options));
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Plays what was asked for; says whether all was as stated.
fn play(options: &Options) -> Result<bool, String> {
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let handshakes = Handshakes::make().map_err(|error| error.to_string())?;
    let proxies = if options.is_short { None } else { proxies() };
    let world = World { runtime: runtime.handle().clone(), proxies, handshakes };
    if options.is_writing && world.proxies.is_none() {
        return Err("the document is about all ways, so it is written where both proxies can be had".to_owned());
    }

    let elsewhere = Elsewhere::new().map_err(|error| error.to_string())?;
    let groups = cases::all(&world.handshakes, &elsewhere.url());
    let runs = runs(&groups, options, world.proxies.is_some());
    let reports = pool::play(&runs, options.jobs, |run| run.play(&world));
    let mut deviations = 0_usize;
    for (run, report) in runs.iter().zip(&reports) {
        for deviation in &report.deviations {
            deviations += 1;
            println!("DEVIATES: {}: {deviation}", document::name(run));
        }
    }
    if elsewhere.was_visited() {
        deviations += 1;
        println!("DEVIATES: a redirect was followed");
    }
    let peak = reports.iter().filter_map(|it| it.peak).max();
    let summary = document::Summary { runs: runs.len(), peak };
    if options.is_writing && deviations == 0 {
        document::write(&groups, &summary).map_err(|error| error.to_string())?;
    } else if !options.is_writing && !document::is_current(&groups) {
        deviations += 1;
        println!("DEVIATES: docs/faults.md states something else; write it with `just faults-write`");
    }
    let verdict = match deviations {
        0 => "all as stated".to_owned(),
        _ => format!("{deviations} not as stated"),
    };
    let took = started.elapsed().as_secs();
    println!("faults: {} runs, {verdict}; peak {}; {took} s", runs.len(), document::mebibytes(peak));
    Ok(deviations == 0)
}

fn proxies() -> Option<Proxies> {
    Proxies::start()
        .inspect_err(|error| {
            println!("NOT RUN: the ways through proxies, for want of Debian's tinyproxy and microsocks: {error}");
        })
        .ok()
}

/// All runs of the table that were asked for and are possible here.
fn runs<'a>(groups: &'a [Group], options: &Options, has_proxies: bool) -> Vec<Run<'a>> {
    let mut runs = Vec::new();
    for case in groups.iter().flat_map(|it| &it.cases).filter(|it| options.wants(it)) {
        for row in &case.rows {
            let moments = [(Strike::First, &row.first), (Strike::Poll, &row.poll)];
            for (strike, stated) in moments.into_iter().filter_map(|(strike, it)| Some((strike, it.as_ref()?))) {
                let ways = row.ways.each().filter(|it| has_proxies || it.route == Route::Direct);
                for way in ways {
                    let transports = client::TRANSPORTS.into_iter().filter(|it| options.wants_transport(it));
                    runs.extend(transports.map(|transport| Run { case, stated, strike, way, transport }));
                }
            }
        }
    }
    runs.sort_by_key(|it| core::cmp::Reverse(it.length()));
    runs
}
