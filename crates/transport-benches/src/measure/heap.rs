//! The heap that a flow holds while it waits for its next poll.

use super::for_each_contender;
use crate::processes::{self, Behaviour, Server};
use crate::table::{Aim, Row};
use transport_benches::{Job, Keeping, Library};

pub fn hyper() -> Vec<Row> {
    vec![row(10_000, 2.4), row(100_000, 2.2)]
}

fn row(flows: usize, aim: f64) -> Row {
    let figures = for_each_contender(|contender| {
        // Nobody polls before all are there.
        let server = Server::start(Behaviour { interval: 300, ..Behaviour::QUICK });
        let address = server.address("127.0.0.1");
        let (library, keeping) = (Library::Hyper, Keeping::Kept);
        let job = Job { library, contender, keeping, sign_ins: 1, at_once: flows, address };
        let bytes = processes::output("heap", &[], &job)?.stdout.trim().parse::<f64>();
        server.end();
        Ok(bytes.map_err(|error| error.to_string())? / 1_024.0)
    });
    let title = format!("hyper, {} flows pending: KiB of heap a flow", crate::table::number(flows as f64));
    Row::new(&title, figures, vec![Aim::AtMost(aim)])
}
