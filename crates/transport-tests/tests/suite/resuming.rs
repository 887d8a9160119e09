//! P13: a sign-in that goes on elsewhere, and the errors of the short way.

use crate::bench::{client, config, options, polled, polled_by, start};
use device_flow_core::{Config, DeviceFlow, Input, Machine as _, PendingFlow, RetryReason};
use device_flow_testserver::{Answer, Client, Script, Step};
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

/// P13: what was suspended is what is resumed, and whoever waits for it wants it polled.
pub(crate) fn a_sign_in_that_was_paused_is_polled_when_it_is_waited_for<T: Transport>() {
    let server = polled(Script::new().approve());
    let client = client::<T>();
    let pending = client.start_and_suspend(config(&server)).unwrap();
    let now = client.now();
    let mut flow = DeviceFlow::resume(config(&server), pending, Duration::ZERO, now).unwrap();
    flow.handle_input(now, Input::Pause).unwrap();
    let pending = flow.suspend(now).unwrap();
    assert!(pending.is_paused());
    let token = client.resume_and_wait(config(&server), pending, Duration::ZERO);
    assert!(server.is_active(token.unwrap().access_token().expose()));
}

pub(crate) fn another_clients_sign_in_is_refused<T: Transport>() {
    let server = start(options());
    let client = client::<T>();
    let pending = client.start_and_suspend(config(&server)).unwrap();
    let other = Config::new("radio", server.device_authorization_endpoint(), server.token_endpoint());
    let result = client.resume_and_wait(other, pending, Duration::ZERO);
    let Err(Ending::Other(text)) = result else { panic!("{result:?}") };
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
    let Err(Ending::Expired(expiry, text)) = result else { panic!("{result:?}") };
    assert!(expiry.is_answered());
    assert!(text.contains("before anybody approved"), "{text}");

    // An error instead of codes: there is nothing to wait for.
    let server = start(options().client(Client::public("someone-else")));
    let result = client.start_and_suspend(config(&server));
    assert!(matches!(result, Err(Ending::Failed(_))), "{result:?}");

    let result = client.sign_in(Config::new("", "https://as.example/d", "https://as.example/t"));
    let Err(Ending::Other(text)) = result else { panic!("{result:?}") };
    assert!(text.contains("client id"), "{text}");
}

/// P6: nobody knows whether anybody approved when nobody could be asked.
pub(crate) fn a_code_that_ran_out_unanswered_says_why<T: Transport>() {
    let trouble = Step::answer(Answer::html(503, "<h1>Soon</h1>"));
    let options = options().expires_in(Duration::from_secs(3));
    let server = polled_by(options, Script::new().always(trouble));
    let result = client::<T>().sign_in(config(&server));
    let Err(Ending::Expired(expiry, text)) = result else { panic!("{result:?}") };
    assert!(!expiry.is_answered());
    assert_eq!(expiry.last_trouble(), Some(RetryReason::Status(503)));
    let polls = server.requests_to("/token").len();
    assert_eq!(usize::try_from(expiry.unanswered_polls()), Ok(polls));
    assert!(text.contains("no poll was ever answered"), "{text}");
    assert!(text.contains("503"), "{text}");
}
