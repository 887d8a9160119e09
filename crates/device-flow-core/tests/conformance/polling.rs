//! Polling: rows P1 to P17.

mod endings;
mod last_poll;
mod late;
mod pause;
mod rhythm;
mod trouble;

use crate::bench::Bench;

/// Something that befalls a flow.
type Act = fn(&mut Bench);
