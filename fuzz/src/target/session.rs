//! Anything that can happen to a token set that is kept fresh, in any order.
//!
//! Two bytes choose the configuration, one the server, one the tokens; the rest are
//! [`Operation`](crate::operation::Operation)s.

use core::time::Duration;

use device_flow_core::{Session, StoredSession};

use crate::bench::{Bench, START, moment};
use crate::check::planted;
use crate::config;
use crate::model::session::SessionModel;
use crate::operation::Operation;

/// Runs the sequence.
pub fn run(data: &[u8]) {
    let Some((&[low, high, server, tokens], rest)) = data.split_first_chunk() else {
        return;
    };
    let (choice, server) = (u16::from_le_bytes([low, high]), config::server(server));
    let config = config::by_number(server, choice);
    let refresh_token = (tokens & 7 != 0).then_some(planted::REFRESH_TOKEN);
    let remaining = match tokens >> 3 {
        0 => None,
        1 => Some(Duration::ZERO),
        2 => Some(Duration::from_secs(1)),
        3 => Some(Duration::MAX),
        other => Some(Duration::from_secs(u64::from(other) * 97)),
    };
    let stored = StoredSession::new(&config, planted::ACCESS_TOKEN, refresh_token, remaining);
    let stored = stored.expect("tokens that can be sent");
    let session =
        Session::resume(config, stored, Duration::ZERO, START).expect("the client and server that they are of");
    let model = SessionModel::holding(server, choice, &session, moment(START));
    let mut bench = Bench::new(session, model);
    bench.run(rest);
    finish(bench);
}

/// Every session can be brought to its end, and then has ended for ever.
fn finish(mut bench: Bench<SessionModel>) {
    bench.apply(&Operation::Settle);
    bench.apply(&Operation::Cancel);
    bench.apply(&Operation::Settle);
    // The second time no answer is waited for any more.
    bench.apply(&Operation::Cancel);
    assert!(bench.model.has_ended());
    bench.stays_ended();
    bench.apply(&Operation::Demand { is_narrow: false });
    bench.stays_ended();
}
