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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn groups() -> Vec<Group> {
        all(&Handshakes::make().unwrap(), "http://127.0.0.1:9/")
    }

    #[test]
    fn every_case_has_a_name_of_its_own_and_a_row() {
        let groups = groups();
        let cases: Vec<_> = groups.iter().flat_map(|it| &it.cases).collect();
        let names: BTreeSet<_> = cases.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), cases.len());
        assert!(cases.iter().all(|it| it.rows.iter().any(|row| row.first.is_some() || row.poll.is_some())));
    }

    #[test]
    fn no_way_is_stated_about_twice() {
        for case in groups().iter().flat_map(|it| &it.cases) {
            let ways: Vec<_> = case.rows.iter().flat_map(|it| it.ways.each()).collect();
            for (index, way) in ways.iter().enumerate() {
                assert!(!ways[..index].contains(way), "{}: {way:?}", case.name);
            }
        }
    }

    #[test]
    fn the_document_says_what_is_stated() {
        assert!(crate::document::is_current(&groups()), "write it with `just faults-write`");
    }
}
