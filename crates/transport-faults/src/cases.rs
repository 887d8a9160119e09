//! The table: every fault with what is stated about it.

mod answers;
mod bombs;
mod connections;
mod framing;
mod heads;
mod lost;
mod proxies;
mod stops;
mod tls;

use crate::case::Group;
use crate::handshakes::Handshakes;
use device_flow_core::TransportFailure;
use std::time::Duration;

/// All cases. `elsewhere` is an address that nobody may come to.
pub(crate) fn all(handshakes: &Handshakes, elsewhere: &str) -> Vec<Group> {
    vec![
        connections::group(),
        framing::group(),
        heads::group(),
        bombs::group(),
        answers::group(elsewhere),
        lost::group(),
        tls::group(handshakes),
        proxies::group(),
        stops::group(),
    ]
}

const CLOSED: TransportFailure = TransportFailure::Closed;
const TIMEOUT: TransportFailure = TransportFailure::Timeout;

/// Longer than any request may take.
const FOR_EVER: Duration = Duration::from_secs(60);
/// How long a request may take whose answer does not come.
const SHORT: Duration = Duration::from_secs(3);
