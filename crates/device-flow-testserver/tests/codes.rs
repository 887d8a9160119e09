//! Many codes at once, what is queued for them, and what is left of them after a reset.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::*;
use device_flow_testserver::{Answer, Approval, Client, Endpoint, Script, Server, Standing, Step};

#[test]
fn thousands_of_codes_that_wait_at_once_are_all_found_again() {
    const DEVICES: usize = 4;
    const CODES: usize = 1_000;
    let server = start(options().approval(Approval::AfterPolls(1)));
    let address = server.addr();
    let sign_in = move || {
        let mut connection = Connection::open(address);
        let mut made = Vec::new();
        for _ in 0..CODES {
            connection.send_form("/device_authorization", "client_id=tv");
            made.push(connection.receive().unwrap().json()["device_code"].as_str().unwrap().to_owned());
        }
        for expected in [400, 200] {
            for device_code in &made {
                connection.send_form("/token", &poll_body(device_code));
                assert_eq!(connection.receive().unwrap().status, expected);
            }
        }
    };
    let devices: Vec<_> = (0..DEVICES).map(|_| std::thread::spawn(sign_in)).collect();
    for device in devices {
        device.join().unwrap();
    }
    let codes = server.codes();
    assert_eq!(codes.len(), DEVICES * CODES);
    assert!(codes.iter().all(|code| code.standing == Standing::Used && code.polls == 2));
}

#[test]
fn a_request_for_a_code_too_many_is_told_when_to_come_again_and_loses_nothing() {
    let server = start(options().approval(Approval::Manual).most_codes(2));
    let (first, second) = (device(&server), device(&server));
    let refused = post(&server, "/device_authorization", "client_id=tv");
    assert_eq!((refused.status, refused.error().as_str()), (503, "temporarily_unavailable"));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((590..=600).contains(&wait), "{wait}");
    assert!(server.deny(&first.user_code) && server.approve(&second.user_code));
    assert_eq!(post(&server, "/device_authorization", "client_id=tv").status, 503);
    assert_eq!(poll(&server, &first).error(), "access_denied");
    let third = device(&server);
    assert_eq!(poll(&server, &second).status, 200);
    assert_eq!(server.user_codes(), [second.user_code, third.user_code]);
}

#[test]
fn queued_steps_come_before_the_script_and_a_code_can_have_its_own() {
    let server = start(options().every_code(Script::new().pending(1).approve()));
    let (first, second) = (device(&server), device(&server));
    server.queue_polls([Step::slow_down(), Step::answer(Answer::html(502, "gateway"))]);
    assert!(server.queue_polls_of(&second.user_code, [Step::pending()]));
    assert!(!server.queue_polls_of("NONE-SUCH", [Step::pending()]));
    assert_eq!(poll(&server, &second).error(), "authorization_pending");
    assert_eq!(poll(&server, &second).error(), "slow_down");
    assert_eq!(poll(&server, &first).status, 502);
    assert_eq!(poll(&server, &first).error(), "authorization_pending");
    assert_eq!(poll(&server, &first).status, 200);
    server.queue(Endpoint::DeviceAuthorization, [Step::deny()]);
    assert_eq!(post(&server, "/device_authorization", "client_id=tv").error(), "access_denied");
    assert_eq!(post(&server, "/device_authorization", "client_id=tv").status, 200);
}

#[test]
fn a_reset_forgets_everything_and_scripts_begin_again() {
    let server = start(options().code(Script::new().deny()));
    let first = device(&server);
    let standing = server.code(&first.user_code.to_lowercase()).unwrap().standing;
    assert_eq!(standing, Standing::Pending);
    assert_eq!(poll(&server, &first).error(), "access_denied");
    server.queue_polls([Step::expire()]);
    server.reset();
    assert!(server.codes().is_empty() && server.requests().is_empty());
    assert_eq!(server.code(&first.user_code), None);
    assert_eq!(poll(&server, &first).error(), "invalid_grant");
    assert_eq!(poll(&server, &device(&server)).error(), "access_denied", "the first script is the first again");
}

#[test]
fn a_client_that_is_registered_twice_is_a_mistake() {
    let options = options().client(Client::public("tv")).client(Client::basic("tv", "s3cret"));
    let error = Server::start(options).unwrap_err();
    assert_eq!(error.to_string(), "the client \"tv\" is registered twice");
}
