//! Anything that can happen to a sign-in that lasts, in any order: codes, tokens, refreshes, and codes again.
//!
//! Two bytes choose the configuration, one the server, one whether there is a secret to make nonces of; the rest are
//! [`Operation`](crate::operation::Operation)s.

use device_flow_core::SignIn;

use crate::bench::{Bench, Model as _};
use crate::config;
use crate::model::sign_in::SignInModel;
use crate::operation::Operation;

/// Runs the sequence.
pub fn run(data: &[u8]) {
    let Some((&[low, high, server, seed], rest)) = data.split_first_chunk() else {
        return;
    };
    let (choice, server) = (u16::from_le_bytes([low, high]), config::server(server));
    let seed = (seed & 1 != 0).then_some([0x5A; 32]);
    let mut sign_in = SignIn::new(config::by_number(server, choice)).expect("it can work");
    if let Some(seed) = &seed {
        sign_in = sign_in.fresh_from(seed);
    }
    let mut bench = Bench::new(sign_in, SignInModel::new(server, choice, seed));
    bench.run(rest);
    finish(bench);
}

/// Every sign-in can be brought to its end, and then has ended for ever, with the tokens that it had.
fn finish(mut bench: Bench<SignInModel>) {
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
