//! Connections are reused, and a stale one loses and doubles nothing.

use crate::bench::{answering, client, config, let_connection_settle, options, polled, start};
use device_flow_core::{Outcome, TransportFailure};
use device_flow_testserver::{Answer, Endpoint, Fault, Options, Script, Tls};
use std::thread;
use std::time::Duration;
use transport_tests::{Settings, Transport};

pub(crate) fn all_requests_of_a_sign_in_share_one_connection<T: Transport>() {
    let server = polled(Script::new().pending(1).approve());
    let outcome = client::<T>().outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.connections(), 1);
}

pub(crate) fn all_requests_of_a_sign_in_over_tls_share_one_connection<T: Transport>() {
    let server = start(options().tls(Tls::new()).code(Script::new().pending(1).approve()));
    let client = T::build(&Settings { roots: vec![server.ca_pem().unwrap().to_owned()], ..Settings::default() });
    let outcome = client.unwrap().outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.connections(), 1);
}

pub(crate) fn clones_share_connections<T: Transport>() {
    let server = start(options());
    let client = client::<T>();
    client.clone().exchange(config(&server)).unwrap();
    let_connection_settle();
    client.exchange(config(&server)).unwrap();
    let_connection_settle();
    // Another time limit is no reason for another connection.
    let config = config(&server).request_timeout(Duration::from_secs(7));
    client.exchange(config).unwrap();
    assert_eq!(server.connections(), 1);
}

pub(crate) fn many_sign_ins_at_once_share_a_client_and_keep_apart<T: Transport>() {
    let server = start(options().every_code(Script::new().pending(1).approve()));
    let client = client::<T>();
    let sign_in = || {
        let outcome = client.outcome(config(&server));
        let Outcome::Authorized(token) = outcome else { panic!("{outcome:?}") };
        token.access_token().expose().to_owned()
    };
    let mut tokens: Vec<_> = thread::scope(|scope| {
        let all: Vec<_> = (0..20).map(|_| scope.spawn(sign_in)).collect();
        all.into_iter().map(|it| it.join().unwrap()).collect()
    });
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 20);
    assert_eq!(server.requests().len(), 60);
}

fn stale<T: Transport>(idle: Duration, options: Options) {
    let close = Script::new().fault(Fault::CloseAfterAnswer { idle });
    let server = start(options.script(Endpoint::DeviceAuthorization, close).code(Script::new().approve()));
    let client =
        T::build(&Settings { roots: server.ca_pem().into_iter().map(str::to_owned).collect(), ..Settings::default() });
    let mut events = 0;
    let outcome = client.unwrap().outcome_with(config(&server), |_| events += 1);
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(events, 1, "the prompt and no trouble");
    assert_eq!(server.requests_to("/token").len(), 1);
    assert_eq!(server.connections(), 2);
}

pub(crate) fn a_connection_that_closed_while_idle_loses_and_doubles_nothing<T: Transport>() {
    stale::<T>(Duration::ZERO, options());
    stale::<T>(Duration::from_millis(300), options());
}

pub(crate) fn a_tls_connection_that_closed_while_idle_loses_and_doubles_nothing<T: Transport>() {
    stale::<T>(Duration::from_millis(300), options().tls(Tls::new()));
}

/// The server reads a request on a reused connection and closes it without an answer. Many HTTP clients send such a
/// request once more by themselves; a poll may have been acted on.
pub(crate) fn a_reused_connection_that_is_cut_off_brings_no_second_request<T: Transport>() {
    for fault in [Fault::Close, Fault::Reset] {
        let second = Script::new().ordinary(1).fault(fault);
        let server = start(Options::new().script(Endpoint::DeviceAuthorization, second));
        let client = client::<T>();
        client.exchange(config(&server)).unwrap();
        let_connection_settle();
        let result = client.exchange(config(&server));
        assert_eq!(result, Err(TransportFailure::Closed));
        assert_eq!(server.requests().len(), 2);
        assert_eq!(server.connections(), 1);
    }
}

pub(crate) fn a_connection_whose_answer_was_too_large_is_not_reused<T: Transport>() {
    let server = answering(Answer::new(200).body(vec![b'x'; 100_000]));
    let client = client::<T>();
    let result = client.exchange(config(&server).max_body(1000));
    assert_eq!(result, Err(TransportFailure::BodyTooLarge));
    // The rest of the old answer must not be taken for the new one.
    let (status, body) = client.exchange(config(&server)).unwrap();
    assert_eq!(status, 200);
    assert!(body.starts_with(b"{"));
}
