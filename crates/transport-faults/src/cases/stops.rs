//! The client's own process, stopped and let go on: a laptop's lid, a debugger, a machine that is out of breath.

use crate::case::{Case, Group, Moment, Stated, Trouble, Ways};
use device_flow_core::{RetryReason, TransportFailure};
use std::time::Duration;

pub(super) fn group() -> Group {
    let stopped = |name, seconds, moment| {
        let lasts = Duration::from_secs(seconds);
        let code = lasts.saturating_add(Duration::from_secs(30));
        Case::new(name, Trouble::Stopped { lasts, moment }).code_lives(code)
    };
    let cases = vec![
        stopped("stopped for 6 seconds between two polls", 6, Moment::Waiting)
            .on(Ways::ALL, None, Stated::Unnoticed)
            .note("no burst of polls makes up for the time"),
        stopped("stopped for 70 seconds between two polls", 70, Moment::Waiting)
            .on(Ways::ALL, None, Stated::PerhapsTold(RetryReason::Transport(TransportFailure::Closed)))
            .note("the server has closed the connection meanwhile, or does so as the next request arrives"),
        stopped("stopped for 6 seconds while the tokens are on their way", 6, Moment::Answering)
            .request_timeout(Duration::from_secs(3))
            .on(Ways::ALL, None, Stated::PerhapsTold(RetryReason::Transport(TransportFailure::Timeout)))
            .note("the time of the request is over, and the tokens are there: they count"),
        stopped("stopped for 6 seconds, and the code runs out", 6, Moment::Waiting)
            .code_lives(Duration::from_secs(5))
            .on(Ways::ALL, None, Stated::Expires(None)),
    ];
    Group { title: "A process that is stopped", cases }
}
