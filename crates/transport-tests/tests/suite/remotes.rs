//! Reaching a driver from another thread.

use crate::bench::{FOR_EVER, RawServer, SOON, client, config, config_at, faulty, options, polled, start, told, until};
use device_flow_core::{DeviceFlow, Discovery, Event, Outcome};
use device_flow_testserver::{Endpoint, Fault, Script, Step, Tls};
use device_flow_transport::{Proxy, Remote};
use std::thread;
use std::time::{Duration, Instant};
use transport_tests::{Counting, RecordingProxy, Settings, Transport};

/// A while in which a poll would have been made.
const ONE_POLL: Duration = Duration::from_millis(1500);

pub(crate) fn a_cancelled_driver_sends_nothing<T: Transport>() {
    let server = start(options());
    let mut flow = DeviceFlow::new(config(&server)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    far.cancel();
    client::<T>().drive(&mut flow, &remote, &mut |_| {});
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
    assert_eq!(server.connections(), 0);
}

pub(crate) fn cancelling_wakes_a_sleeping_driver_at_once<T: Transport>() {
    let server = start(options().interval(FOR_EVER).expires_in(FOR_EVER * 2));
    let mut flow = DeviceFlow::new(config(&server)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    let mut cancelled_at = None;
    client::<T>().drive(&mut flow, &remote, &mut |event| {
        if matches!(event, Event::Prompt(_)) {
            let far = far.clone();
            cancelled_at = Some(thread::spawn(move || {
                // By now the driver sleeps.
                thread::sleep(Duration::from_millis(200));
                far.cancel();
                Instant::now()
            }));
        }
    });
    let took = cancelled_at.unwrap().join().unwrap().elapsed();
    assert!(took < SOON, "took {took:?}");
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
    assert_eq!(server.requests_to("/token").len(), 0);
}

pub(crate) fn cancelling_leaves_a_request_that_hangs<T: Transport>() {
    let server = faulty(Fault::Hang(FOR_EVER));
    let mut flow = DeviceFlow::new(config(&server)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    let took = thread::scope(|scope| {
        let cancelled_at = scope.spawn(|| {
            assert!(server.wait_for_requests(1, SOON));
            far.cancel();
            Instant::now()
        });
        client::<T>().drive(&mut flow, &remote, &mut |_| {});
        cancelled_at.join().unwrap().elapsed()
    });
    assert!(took < SOON, "took {took:?}");
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
}

pub(crate) fn cancelling_leaves_a_handshake_that_hangs<T: Transport>() {
    let server = RawServer::silent();
    let at = format!("https://{}", server.address);
    let mut flow = DeviceFlow::new(config_at(&at)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    let took = thread::scope(|scope| {
        let cancelled_at = scope.spawn(|| {
            while server.connections() == 0 {
                thread::sleep(Duration::from_millis(5));
            }
            far.cancel();
            Instant::now()
        });
        client::<T>().drive(&mut flow, &remote, &mut |_| {});
        cancelled_at.join().unwrap().elapsed()
    });
    assert!(took < SOON, "took {took:?}");
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
}

/// P8.
pub(crate) fn a_request_cancelled_while_connecting_is_never_sent<T: Transport>() {
    let server = start(options().tls(Tls::new()));
    let delay = Duration::from_millis(500);
    let proxy = RecordingProxy::slow(server.addr(), delay).unwrap();
    let roots = vec![server.ca_pem().unwrap().to_owned()];
    let client = T::build(&Settings { roots, proxy: Proxy::Url(proxy.url()), ..Settings::default() });
    let mut flow = DeviceFlow::new(config(&server)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    thread::scope(|scope| {
        scope.spawn(|| {
            while proxy.tunnels().is_empty() {
                thread::sleep(Duration::from_millis(5));
            }
            far.cancel();
        });
        client.unwrap().drive(&mut flow, &remote, &mut |_| {});
    });
    // Long enough for the tunnel to open and for a request to go through it.
    thread::sleep(delay * 2);
    assert_eq!(server.requests().len(), 0);
}

/// P12.
pub(crate) fn a_paused_sign_in_polls_not_and_a_resumed_one_goes_on<T: Transport>() {
    let server = polled(Script::new().approve());
    let mut flow = DeviceFlow::new(config(&server)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    let server_in_event = &server;
    let (polls, resumed) = thread::scope(|scope| {
        let mut resuming = None;
        client::<T>().drive(&mut flow, &remote, &mut |event| {
            if matches!(event, Event::Prompt(_)) {
                let far = far.clone();
                far.pause();
                resuming = Some(scope.spawn(move || {
                    thread::sleep(ONE_POLL);
                    let polls = server_in_event.requests_to("/token").len();
                    far.resume();
                    (polls, Instant::now())
                }));
            }
        });
        resuming.unwrap().join().unwrap()
    });
    assert_eq!(polls, 0, "paused");
    assert!(resumed.elapsed() < SOON, "the poll was overdue");
    assert!(matches!(flow.outcome(), Some(Outcome::Authorized(_))));
    assert_eq!(server.requests_to("/token").len(), 1);
}

/// P12: a pause forbids to ask, not to hear.
pub(crate) fn tokens_that_arrive_during_a_pause_end_the_sign_in<T: Transport>() {
    let late = Step::approve().late(Duration::from_millis(500));
    let server = polled(Script::new().step(late));
    let mut flow = DeviceFlow::new(config(&server)).unwrap();
    let remote = Remote::new();
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            if server.wait_for_requests(2, FOR_EVER) {
                remote.pause();
            }
        });
        told(&client::<T>(), &mut flow, &remote, |_| until(false))
    });
    assert!(matches!(told.as_slice(), [Event::Prompt(_)]), "{told:?}");
    assert!(matches!(flow.outcome(), Some(Outcome::Authorized(_))));
    assert_eq!(server.requests_to("/token").len(), 1);
}

pub(crate) fn a_pause_before_the_code_is_there_holds_once_it_is<T: Transport>() {
    let server = polled(Script::new().approve());
    let flow = DeviceFlow::new(config(&server)).unwrap();
    let mut flow = Counting::new(flow);
    let remote = Remote::new();
    remote.pause();
    let far = remote.clone();
    let polls = thread::scope(|scope| {
        let resuming = scope.spawn(|| {
            assert!(server.wait_for_requests(1, SOON), "a pause holds no request back");
            thread::sleep(ONE_POLL);
            let polls = server.requests_to("/token").len();
            far.resume();
            polls
        });
        client::<T>().drive(&mut flow, &remote, &mut |_| {});
        resuming.join().unwrap()
    });
    assert_eq!(polls, 0, "paused");
    assert!(flow.asked() < 30, "asked {} times", flow.asked());
    let outcome = flow.into_inner().into_outcome();
    assert!(matches!(outcome, Ok(Outcome::Authorized(_))));
}

/// A search knows no pause: what cannot be obeyed must not keep the driver busy.
pub(crate) fn a_waiting_driver_does_not_spin<T: Transport>() {
    let hang = Script::new().fault(Fault::Hang(FOR_EVER));
    let server = start(options().script(Endpoint::Metadata, hang));
    let discovery = Discovery::new(server.issuer()).unwrap();
    let mut discovery = Counting::new(discovery.request_timeout(Duration::from_millis(700)));
    let remote = Remote::new();
    remote.pause();
    client::<T>().drive(&mut discovery, &remote, &mut |_| {});
    assert!(discovery.asked() < 30, "asked {} times", discovery.asked());
    assert!(discovery.into_inner().into_outcome().unwrap().is_ok());
    assert_eq!(server.requests().len(), 2);
}

pub(crate) fn the_clock_goes_on<T: Transport>() {
    let client = client::<T>();
    let (before, started) = (client.now(), Instant::now());
    thread::sleep(Duration::from_millis(50));
    let passed = client.now().saturating_duration_since(before);
    let expected = started.elapsed();
    assert!(passed + Duration::from_millis(2) >= Duration::from_millis(50));
    assert!(passed <= expected + Duration::from_millis(2));
}
