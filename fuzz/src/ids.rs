//! Request ids that a machine has not made: they cannot be made by hand, so another machine lends them.

use std::sync::OnceLock;

use device_flow_core::{Input, Machine as _, Output, RequestId, Session, StoredSession, Timestamp, TransportFailure};

use crate::config;

/// The id of any machine's request number `number`, counted from one and at most 512.
pub fn id(number: usize) -> RequestId {
    static IDS: OnceLock<Vec<RequestId>> = OnceLock::new();
    let ids = IDS.get_or_init(lend);
    ids[(number.max(1) - 1).min(ids.len() - 1)]
}

/// The largest number that there is an id for.
pub const MOST: usize = 512;

fn lend() -> Vec<RequestId> {
    let config = config::confidential(None);
    let stored = StoredSession::new(&config, "a", Some("r"), None).expect("tokens");
    let mut now = Timestamp::ZERO;
    let mut session = Session::resume(config, stored, core::time::Duration::ZERO, now).expect("it can work");
    session.refresh(now).expect("there is a refresh token");
    let mut ids = Vec::new();
    while ids.len() < MOST {
        match session.poll_output(now) {
            Output::Send(request) => {
                let id = request.id();
                ids.push(id);
                let accepted = session.handle_input(now, Input::Failure(id, TransportFailure::Connect(None)));
                assert_eq!(accepted, Ok(()));
            }
            Output::WaitUntil(until) => now = until,
            Output::Event(_) => {}
            Output::Done => unreachable!("a session ends only when it is told to"),
        }
    }
    ids
}
