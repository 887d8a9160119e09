//! Whole sign-ins, from the first request to their end.

use crate::bench::{client, config, config_at, nobody, options, polled, start};
use device_flow_core::{ConnectCause, Event, Failure, Outcome, RetryReason, Stage, TransportFailure};
use device_flow_testserver::{Answer, Fault, Script, Step};
use device_flow_transport::Remote;
use std::time::Duration;
use transport_tests::Transport;

/// P1, P2, P8.
pub(crate) fn an_approved_sign_in_ends_with_the_token_after_two_polls<T: Transport>() {
    let server = polled(Script::new().pending(1).approve());
    let mut events = Vec::new();
    let outcome = client::<T>().outcome_with(config(&server), |it| events.push(it));
    let Outcome::Authorized(token) = outcome else { panic!("{outcome:?}") };
    assert!(server.is_active(token.access_token().expose()));
    assert!(matches!(events.as_slice(), [Event::Prompt(_), Event::Pending { .. }]));
    let requests = server.requests();
    let paths: Vec<_> = requests.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["/device_authorization", "/token", "/token"]);
    for pair in requests.windows(2) {
        let gap = pair[1].arrived - pair[0].arrived;
        assert!(gap >= Duration::from_millis(990), "polled after {gap:?}");
    }
}

/// P7.
pub(crate) fn a_denied_sign_in_ends_as_denied<T: Transport>() {
    let server = polled(Script::new().deny());
    let outcome = client::<T>().outcome(config(&server));
    assert!(matches!(outcome, Outcome::Denied), "{outcome:?}");
    assert_eq!(server.requests().len(), 2);
}

/// P7.
pub(crate) fn a_code_that_the_server_calls_expired_ends_as_expired<T: Transport>() {
    let server = polled(Script::new().expire());
    let outcome = client::<T>().outcome(config(&server));
    let Outcome::Expired(expiry) = outcome else { panic!("{outcome:?}") };
    assert!(expiry.is_answered());
    assert_eq!(server.requests().len(), 2);
}

/// P6.
pub(crate) fn a_code_that_runs_out_on_the_drivers_clock_ends_as_expired<T: Transport>() {
    let server = start(options().expires_in(Duration::from_secs(2)));
    let outcome = client::<T>().outcome(config(&server));
    let Outcome::Expired(expiry) = outcome else { panic!("{outcome:?}") };
    assert!(expiry.is_answered());
    assert_eq!(expiry.last_trouble(), None);
    assert_eq!(server.requests_to("/token").len(), 1);
}

/// P3.
pub(crate) fn slow_down_is_told_and_stretches_the_interval<T: Transport>() {
    let server = polled(Script::new().slow_down_to(17));
    let remote = Remote::new();
    let far = remote.clone();
    let mut told = None;
    let mut flow = device_flow_core::DeviceFlow::new(config(&server)).unwrap();
    client::<T>().drive(&mut flow, &remote, &mut |event| {
        if let Event::SlowedDown { interval, .. } = event {
            told = Some(interval);
            // From within an event, too, a driver can be reached.
            far.cancel();
        }
    });
    assert_eq!(told, Some(Duration::from_secs(17)));
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
}

/// P4.
pub(crate) fn a_gateways_page_between_two_polls_is_waited_out<T: Transport>() {
    let page = Answer::html(502, "<h1>Bad gateway</h1>");
    let server = polled(Script::new().answer(page).approve());
    let mut retried = Vec::new();
    let outcome = client::<T>().outcome_with(config(&server), |event| {
        if let Event::Retrying { stage, reason, .. } = event {
            retried.push((stage, reason));
        }
    });
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(retried, [(Stage::Token, RetryReason::Status(502))]);
    assert_eq!(server.requests_to("/token").len(), 2);
}

/// P4.
pub(crate) fn a_reset_poll_is_made_again_once_at_the_normal_interval<T: Transport>() {
    let server = polled(Script::new().fault(Fault::Reset).approve());
    let outcome = client::<T>().outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    let polls = server.requests_to("/token");
    assert_eq!(polls.len(), 2, "the reset poll and one more");
    let gap = polls[1].arrived - polls[0].arrived;
    assert!(gap >= Duration::from_millis(990), "polled after {gap:?}");
}

/// P16: the server revokes what it granted when a code is used twice, so the transport must not do that.
pub(crate) fn a_lost_token_answer_ends_with_a_hint_and_never_repeats_within_the_interval<T: Transport>() {
    let server = polled(Script::new().step(Step::approve().fault(Fault::Truncate { at: 9 })));
    let outcome = client::<T>().outcome(config(&server));
    let Outcome::Failed(Failure::Server(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("sign in again"), "{error}");
    let polls = server.requests_to("/token");
    assert_eq!(polls.len(), 2);
    let gap = polls[1].arrived - polls[0].arrived;
    assert!(gap >= Duration::from_millis(990), "polled after {gap:?}");
}

/// P5: of a repeated header all lines reach the machine.
pub(crate) fn the_longest_of_several_lines_of_retry_after_counts<T: Transport>() {
    let busy = Answer::html(503, "<h1>Soon</h1>")
        .header("retry-after", "0")
        .header("retry-after", "3")
        .header("retry-after", "1");
    let server = polled(Script::new().answer(busy).approve());
    let outcome = client::<T>().outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    let polls = server.requests_to("/token");
    assert_eq!(polls.len(), 2);
    let gap = polls[1].arrived - polls[0].arrived;
    assert!(gap >= Duration::from_millis(2_990), "polled after {gap:?}");
}

/// D9.
pub(crate) fn no_server_at_all_ends_as_a_network_failure_after_bounded_attempts<T: Transport>() {
    let mut retries = 0;
    let at = format!("http://{}", nobody());
    let outcome = client::<T>().outcome_with(config_at(&at), |event| {
        if let Event::Retrying { reason, .. } = event {
            assert_eq!(reason, RetryReason::Transport(TransportFailure::Connect(Some(ConnectCause::Refused))));
            retries += 1;
        }
    });
    assert_eq!(retries, 3);
    assert!(matches!(outcome, Outcome::Failed(Failure::Network(_))), "{outcome:?}");
}
