//! Answers that announce no length and end with the connection: whether that was their end or a cut.

use crate::bench::{approving, assert_fails, client, config, faulty, options, polled_by, scripted, start};
use device_flow_core::{Event, Outcome, RetryReason, TransportFailure};
use device_flow_testserver::{Answer, Endpoint, Fault, Script, Server, Step, Tls};
use device_flow_transport::Proxy;
use transport_tests::{RecordingProxy, Settings, Transport};

/// Cut in the head's wake, in the middle, and behind the last byte, which nobody can know to be the last.
const CUTS: [usize; 3] = [0, 10, usize::MAX];

fn secure(fault: Fault) -> Server {
    let script = Script::new().fault(fault);
    let options = options().tls(Tls::new());
    start(options.script(Endpoint::DeviceAuthorization, script))
}

/// A client that trusts the server.
fn trusting<T: Transport>(server: &Server, proxy: Proxy) -> T {
    let settings = Settings { roots: vec![server.ca_pem().unwrap().to_owned()], proxy, ..Settings::default() };
    T::build(&settings).unwrap()
}

fn assert_is_closed<T: Transport>(client: &T, server: &Server) {
    let result = client.exchange(config(server));
    assert_eq!(result, Err(TransportFailure::Closed));
    assert_eq!(server.requests().len(), 1, "sent exactly once");
}

pub(crate) fn an_answer_that_ends_with_the_connection_arrives<T: Transport>() {
    let server = scripted(Script::new().step(until_closed()));
    let result = client::<T>().exchange(config(&server));
    assert_eq!(result, Ok((200, BODY.into())));
}

pub(crate) fn an_answer_that_ends_with_the_connection_arrives_over_tls<T: Transport>() {
    let options = options().tls(Tls::new());
    let script = Script::new().step(until_closed());
    let server = start(options.script(Endpoint::DeviceAuthorization, script));
    let client: T = trusting(&server, Proxy::None);
    let result = client.exchange(config(&server));
    assert_eq!(result, Ok((200, BODY.into())));
}

const BODY: &[u8] = b"{\"and\":\"so on\"}";

fn until_closed() -> Step {
    Step::answer(Answer::json(200, BODY)).fault(Fault::UntilClosed)
}

pub(crate) fn an_answer_without_a_length_that_is_reset_is_closed<T: Transport>() {
    for at in CUTS {
        let server = faulty(Fault::CutByReset { at });
        assert_fails::<T>(&server, config(&server), TransportFailure::Closed);
    }
}

pub(crate) fn an_answer_without_a_length_that_is_reset_below_tls_is_closed<T: Transport>() {
    for at in CUTS {
        let server = secure(Fault::CutByReset { at });
        assert_is_closed::<T>(&trusting(&server, Proxy::None), &server);
    }
}

/// Anybody on the way can end a TCP connection; only the server can say that it is done.
pub(crate) fn an_answer_without_a_length_that_is_cut_below_tls_is_closed<T: Transport>() {
    for at in CUTS {
        let server = secure(Fault::CutBelowTls { at });
        assert_is_closed::<T>(&trusting(&server, Proxy::None), &server);
    }
}

pub(crate) fn an_answer_without_a_length_that_is_cut_in_a_tunnel_is_closed<T: Transport>() {
    for fault in [Fault::CutBelowTls { at: 10 }, Fault::CutByReset { at: 10 }] {
        let server = secure(fault);
        let proxy = RecordingProxy::to(server.addr()).unwrap();
        let client: T = trusting(&server, Proxy::Url(proxy.url()));
        assert_is_closed(&client, &server);
    }
}

/// A form has no bracket at its end that would be missed.
pub(crate) fn a_token_that_was_cut_is_not_handed_out<T: Transport>() {
    for fault in [Fault::CutBelowTls { at: 50 }, Fault::CutByReset { at: 50 }] {
        let body = "token_type=Bearer&scope=read&access_token=FULL-TOKEN-0123456789";
        let form = Answer::new(200).header("content-type", "application/x-www-form-urlencoded").body(body);
        let script = Script::new().step(Step::answer(form).fault(fault)).approve();
        let server = polled_by(approving().tls(Tls::new()), script);
        let client: T = trusting(&server, Proxy::None);
        let mut retries = Vec::new();
        let outcome = client.outcome_with(config(&server), |event| {
            if let Event::Retrying { reason, .. } = event {
                retries.push(reason);
            }
        });
        let closed = RetryReason::Transport(TransportFailure::Closed);
        assert_eq!(retries, [closed]);
        match outcome {
            Outcome::Authorized(tokens) => {
                assert!(server.is_active(tokens.access_token().expose()));
            }
            other => panic!("{other:?}"),
        }
    }
}
