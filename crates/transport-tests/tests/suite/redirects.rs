//! P14: no redirect is followed, so no secret goes to another place.

use crate::bench::{answering, client, config, options, polled, start};
use device_flow_core::Outcome;
use device_flow_testserver::{Answer, Script};
use transport_tests::Transport;

pub(crate) fn a_redirect_is_reported_and_not_followed<T: Transport>() {
    let other = start(options());
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = other.device_authorization_endpoint();
        let server = answering(Answer::redirect(status, &elsewhere));
        let result = client::<T>().exchange(config(&server));
        assert_eq!(result.map(|(status, _)| status), Ok(status));
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(other.requests().len(), 0);
    assert_eq!(other.connections(), 0);
}

pub(crate) fn a_redirected_poll_ends_the_sign_in_and_the_other_place_hears_nothing<T: Transport>() {
    let other = start(options());
    let elsewhere = Answer::redirect(307, &other.token_endpoint());
    let server = polled(Script::new().answer(elsewhere));
    let outcome = client::<T>().outcome(config(&server));
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    assert_eq!(server.requests_to("/token").len(), 1);
    assert_eq!(other.connections(), 0);
}
