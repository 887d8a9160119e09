//! Names that are looked up: each time the resolver opens its own list of hosts, which strace shows.

use super::{for_each_contender, watched};
use crate::processes::{Behaviour, Server};
use crate::table::{Aim, Row};
use transport_benches::{Job, Keeping, Library};

pub fn ureq() -> Vec<Row> {
    row(Library::Ureq)
}

pub fn hyper() -> Vec<Row> {
    row(Library::Hyper)
}

fn row(library: Library) -> Vec<Row> {
    let mut figures = for_each_contender(|contender| {
        let server = Server::start(Behaviour::QUICK);
        let address = server.address("localhost");
        let job = Job { library, contender, keeping: Keeping::Kept, sign_ins: 1, at_once: 1, address };
        let (_, opened) = watched(&["strace", "-f", "-e", "trace=openat,open", "-o"], "", &job)?;
        Ok(opened.lines().filter(|line| line.contains("\"/etc/hosts\"")).count() as f64)
    });
    // Who needs no look-up for `localhost` reads no list. But somebody has to, or nothing is seen here.
    if figures.by_hand == Ok(0.0) {
        figures.ours = Err("the system's resolver does not read /etc/hosts".to_owned());
    }
    vec![Row::new(&format!("{}: names looked up for `localhost`", library.name()), figures, vec![Aim::AtMost(1.0)])]
}
