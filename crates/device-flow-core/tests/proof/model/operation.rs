//! What a driver, a caller or the world may do to a machine.

use std::time::Duration;

use device_flow_core::TransportFailure;
use proptest::prelude::*;

use crate::answer::{Answer, answers, failures};

/// Which request an answer is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// The one that was lent last; answered already, perhaps.
    Latest,
    /// One that was lent before.
    Older(usize),
    /// One that this machine has never made.
    Foreign,
}

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Ask,
    /// Does as a driver does: asks, and sleeps as told, until a request is lent or nothing is left to do.
    GoOn,
    Advance(Duration),
    /// Sleeps to the moment that was told last, give or take some milliseconds.
    SleepAbout(i8),
    /// The driver's clock goes back.
    Back(Duration),
    Answer(Which, Answer),
    /// Answers the latest request as a server does that knows the protocol.
    Serve(Answer),
    Fail(Which, TransportFailure),
    Pause,
    Resume,
    Cancel,
    /// Puts the machine aside as text and takes it up again this much later.
    Suspend(Duration),
    /// Asks for a refresh, for fewer scopes perhaps.
    Refresh(bool),
    /// Asks for a new code.
    Restart,
}

impl Operation {
    /// Whether this brings an ended machine back.
    pub(crate) fn begins_anew(&self) -> bool {
        matches!(self, Self::Suspend(_) | Self::Restart)
    }
}

pub(crate) fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => Just(Operation::Ask),
        14 => Just(Operation::GoOn),
        4 => spans().prop_map(Operation::Advance),
        3 => prop_oneof![Just(0_i8), Just(-1), Just(1), any::<i8>()].prop_map(Operation::SleepAbout),
        1 => spans().prop_map(Operation::Back),
        14 => answers().prop_map(Operation::Serve),
        5 => (whichs(), answers()).prop_map(|(which, answer)| Operation::Answer(which, answer)),
        5 => (whichs(), failures()).prop_map(|(which, failure)| Operation::Fail(which, failure)),
        2 => Just(Operation::Pause),
        4 => Just(Operation::Resume),
        1 => Just(Operation::Cancel),
        2 => spans().prop_map(Operation::Suspend),
        2 => any::<bool>().prop_map(Operation::Refresh),
        1 => Just(Operation::Restart),
    ]
}

fn whichs() -> impl Strategy<Value = Which> {
    prop_oneof![
        12 => Just(Which::Latest),
        1 => any::<usize>().prop_map(Which::Older),
        1 => Just(Which::Foreign),
    ]
}

/// No time, a little, some seconds, or as long as nobody lives.
fn spans() -> impl Strategy<Value = Duration> {
    prop_oneof![
        1 => Just(0_u64),
        3 => 1_u64..2_000,
        6 => 1_000_u64..40_000,
        2 => 40_000_u64..4_000_000,
        1 => 4_000_000_u64..100_000_000_000,
        1 => Just(1 << 50),
    ]
    .prop_map(Duration::from_millis)
}
