//! Anything that can happen to a sign-in, in any order, against a model that knows what RFC 8628 promises.
//!
//! Two bytes choose the configuration, one the server; the rest are [`Operation`](crate::operation::Operation)s.

use device_flow_core::DeviceFlow;

use crate::bench::{Bench, END_OF_TIME, Ledger, Model as _};
use crate::config;
use crate::model::flow::FlowModel;

/// Runs the sequence.
pub fn run(data: &[u8]) {
    let Some((&[low, high, server], rest)) = data.split_first_chunk() else {
        return;
    };
    let (choice, server) = (u16::from_le_bytes([low, high]), config::server(server));
    let flow = DeviceFlow::new(config::by_number(server, choice)).expect("it can work");
    let model = FlowModel::new(server, choice, Ledger::new(0));
    let mut bench = Bench::new(flow, model);
    bench.run(rest);
    finish(bench);
}

/// Every flow can still end, and then has ended for ever.
fn finish(mut bench: Bench<FlowModel>) {
    // Nobody answers any more, neither the first requests nor a poll: the end of the code is the end of the flow.
    for _ in 0..24 {
        bench.settle();
        if let Some(outcome) = bench.machine.outcome() {
            let shown = format!("{outcome:?}");
            bench.stays_ended();
            let outcome = bench.machine.into_outcome().expect("the end is for ever");
            assert_eq!(format!("{outcome:?}"), shown);
            return;
        }
        let end = bench.model.runs_out_at().unwrap_or(bench.wake);
        bench.now = bench.now.max(end).max(bench.wake);
        if bench.now > END_OF_TIME {
            // Whoever waits for ever for an answer comes to no end.
            return;
        }
    }
    panic!("there is no end: {:?}", bench.machine);
}
