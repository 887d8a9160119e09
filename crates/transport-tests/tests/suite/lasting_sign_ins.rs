//! `SignIn`: from the first request to refreshing for ever, as one machine.

use crate::bench::{FOR_EVER, SOON, approving, client, config, fleeting, options, refreshes, start, told, until};
use core::ops::ControlFlow;
use device_flow_core::{ErrorCode, Event, SessionEvent, SignIn, SignInEvent, SignInReason, SignInStatus};
use device_flow_testserver::{Answer, Endpoint, Fault, Script, Server};
use device_flow_transport::Remote;
use std::thread;
use std::time::{Duration, Instant};
use transport_tests::Transport;

/// K1, K3, P1.
pub(crate) fn one_machine_signs_in_and_refreshes_until_it_is_cancelled<T: Transport>() {
    let server = start(options().token_lifetime(Duration::from_secs(3)));
    let mut sign_in = sign_in(&server);
    let told = told(
        &client::<T>(),
        &mut sign_in,
        &Remote::new(),
        approving_at(&server, |event| until(matches!(event, SignInEvent::Session(SessionEvent::Refreshed(_))))),
    );
    let expected = ["prompt", "granted", "about to expire", "refreshed"];
    assert_eq!(kinds(&told), expected);
    let (SignInEvent::Granted(granted), SignInEvent::Session(SessionEvent::Refreshed(refreshed))) =
        (&told[1], &told[3])
    else {
        panic!("{told:?}")
    };
    assert_ne!(granted.access_token().expose(), refreshed.access_token().expose());
    assert!(server.is_active(refreshed.access_token().expose()));
    assert_eq!(sign_in.status(), SignInStatus::Ended);
}

/// P6: every code that runs out is told, and a new one is asked for whenever somebody says so.
pub(crate) fn each_code_that_runs_out_is_replaced_when_asked_for<T: Transport>() {
    let server = start(options().expires_in(Duration::from_secs(1)));
    let mut sign_in = sign_in(&server);
    let remote = Remote::new();
    let mut prompts = 0;
    let told = told(&client::<T>(), &mut sign_in, &remote, |event| {
        match event {
            SignInEvent::CodeExpired(_) => remote.resume(),
            SignInEvent::Flow(Event::Prompt(_)) => prompts += 1,
            _ => {}
        }
        until(prompts == 3)
    });
    let round = ["prompt", "code expired"];
    let expected = [&round[..], &round, &["prompt"]].concat();
    assert_eq!(kinds(&told), expected);
    let codes = server.user_codes();
    assert_eq!(codes.len(), 3);
    assert_ne!(codes[0], codes[1]);
}

/// What is said before there is anything to resume is no wish for a new code later.
pub(crate) fn a_code_that_runs_out_is_not_replaced_unasked<T: Transport>() {
    let server = start(options().expires_in(Duration::ZERO));
    let mut sign_in = sign_in(&server);
    let remote = Remote::new();
    remote.resume();
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            server.wait_for_requests(2, Duration::from_millis(700));
            remote.cancel();
        });
        told(&client::<T>(), &mut sign_in, &remote, |_| until(false))
    });
    assert_eq!(kinds(&told), ["code expired"]);
    assert_eq!(server.requests().len(), 1);
}

/// K2.
pub(crate) fn after_a_refused_refresh_token_a_new_sign_in_can_be_asked_for<T: Transport>() {
    let server = start(options().token_lifetime(Duration::from_secs(3)));
    let refused = Answer::json(400, r#"{"error":"invalid_grant"}"#);
    server.script(Endpoint::Refresh, Script::new().answer(refused));
    let mut sign_in = sign_in(&server);
    let remote = Remote::new();
    let far = remote.clone();
    let mut grants = 0;
    let told = told(
        &client::<T>(),
        &mut sign_in,
        &remote,
        approving_at(&server, move |event| {
            match event {
                SignInEvent::Session(SessionEvent::SignInNeeded(SignInReason::Refused(error))) => {
                    assert_eq!(*error.code(), ErrorCode::INVALID_GRANT);
                    far.resume();
                }
                SignInEvent::Granted(_) => grants += 1,
                _ => {}
            }
            until(grants == 2)
        }),
    );
    assert_eq!(
        kinds(&told),
        [
            "prompt",
            "granted",
            "about to expire",
            "sign-in needed",
            "prompt",
            // The old access token was good until then.
            "expired",
            "granted",
        ]
    );
    assert_eq!(server.user_codes().len(), 2);
}

/// P7.
pub(crate) fn a_refusal_is_the_end<T: Transport>() {
    let server = start(approving());
    server.script_code(Script::new().deny());
    let mut sign_in = sign_in(&server);
    let told = told(&client::<T>(), &mut sign_in, &Remote::new(), |_| until(false));
    assert_eq!(kinds(&told), ["prompt", "denied"]);
    assert_eq!(sign_in.status(), SignInStatus::Ended);
}

/// Whoever waits in a refresh is reached as well, though the first time its answer is waited for.
pub(crate) fn cancelling_twice_ends_a_refresh_that_hangs<T: Transport>() {
    let server = start(fleeting());
    let hang = Script::new().fault(Fault::Hang(FOR_EVER));
    server.script(Endpoint::Refresh, hang);
    let mut sign_in = sign_in(&server);
    let remote = Remote::new();
    let between = Duration::from_millis(500);
    let took = thread::scope(|scope| {
        let cancelled = scope.spawn(|| {
            assert!(server.wait_for_requests(3, Duration::from_secs(10)));
            let first = Instant::now();
            remote.cancel();
            thread::sleep(between);
            remote.cancel();
            first
        });
        told(&client::<T>(), &mut sign_in, &remote, |_| until(false));
        let ended = Instant::now();
        ended - cancelled.join().unwrap()
    });
    assert!(took >= between, "took {took:?}");
    assert!(took < between + SOON, "took {took:?}");
    assert_eq!(sign_in.status(), SignInStatus::Ended);
    assert_eq!(refreshes(&server).len(), 1);
}

fn sign_in(server: &Server) -> SignIn {
    SignIn::new(config(server).refresh_lead(Duration::from_secs(1))).unwrap()
}

/// Approves every code as soon as it is shown.
fn approving_at(
    server: &Server,
    mut on_event: impl FnMut(&SignInEvent) -> ControlFlow<()> + Send,
) -> impl FnMut(&SignInEvent) -> ControlFlow<()> + Send {
    move |event| {
        if let SignInEvent::Flow(Event::Prompt(prompt)) = event {
            assert!(server.approve(prompt.user_code()));
        }
        on_event(event)
    }
}

fn kinds(told: &[SignInEvent]) -> Vec<&'static str> {
    let kind = |event: &SignInEvent| match event {
        SignInEvent::Flow(Event::Prompt(_)) => "prompt",
        SignInEvent::Granted(_) => "granted",
        SignInEvent::CodeExpired(_) => "code expired",
        SignInEvent::Denied => "denied",
        SignInEvent::Failed(_) => "failed",
        SignInEvent::Session(SessionEvent::AboutToExpire { .. }) => "about to expire",
        SignInEvent::Session(SessionEvent::Refreshed(_)) => "refreshed",
        SignInEvent::Session(SessionEvent::Expired) => "expired",
        SignInEvent::Session(SessionEvent::SignInNeeded(_)) => "sign-in needed",
        _ => "something else",
    };
    told.iter().map(kind).collect()
}
