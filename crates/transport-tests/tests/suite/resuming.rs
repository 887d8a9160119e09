//! P13: a sign-in that goes on elsewhere, and the errors of the short way.

use crate::bench::{client, config, options, polled, start};
use device_flow_core::{Config, PendingFlow};
use device_flow_testserver::{Client, Script};
use std::time::Duration;
use transport_tests::{Ending, Transport};

pub(crate) fn a_sign_in_goes_on_in_another_client<T: Transport>() {
    let server = polled(Script::new().approve());
    let pending = client::<T>().start_and_suspend(config(&server)).unwrap();
    // As another process would get it.
    let stored = pending.to_json();
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let token = client::<T>().resume_and_wait(config(&server), pending, Duration::ZERO);
    let token = token.unwrap();
    assert!(server.is_active(token.access_token().expose()));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let gap = requests[1].arrived - requests[0].arrived;
    assert!(gap >= Duration::from_millis(990), "polled after {gap:?}");
}

pub(crate) fn another_clients_sign_in_is_refused<T: Transport>() {
    let server = start(options());
    let client = client::<T>();
    let pending = client.start_and_suspend(config(&server)).unwrap();
    let other = Config::new(
        "radio",
        server.device_authorization_endpoint(),
        server.token_endpoint(),
    );
    let result = client.resume_and_wait(other, pending, Duration::ZERO);
    let Err(Ending::Other(text)) = result else {
        panic!("{result:?}")
    };
    assert!(text.contains("another client"), "{text}");
    assert_eq!(server.requests().len(), 1);
}

pub(crate) fn each_ending_has_its_error<T: Transport>() {
    let client = client::<T>();
    let server = polled(Script::new().deny());
    let result = client.sign_in(config(&server));
    assert!(matches!(result, Err(Ending::Denied)), "{result:?}");

    let server = polled(Script::new().expire());
    let result = client.sign_in(config(&server));
    assert!(matches!(result, Err(Ending::Expired)), "{result:?}");

    // An error instead of codes: there is nothing to wait for.
    let server = start(options().client(Client::public("someone-else")));
    let result = client.start_and_suspend(config(&server));
    assert!(matches!(result, Err(Ending::Failed(_))), "{result:?}");

    let result = client.sign_in(Config::new(
        "",
        "https://as.example/d",
        "https://as.example/t",
    ));
    let Err(Ending::Other(text)) = result else {
        panic!("{result:?}")
    };
    assert!(text.contains("client id"), "{text}");
}
