//! What a profile costs the machines: nothing.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::panic::{RefUnwindSafe, UnwindSafe};

use allocation_counter::measure;
use device_flow_core::{Config, DeviceFlow, Input, Machine as _, Output, RequestId, Response, Timestamp};
use device_flow_profiles::{Profile, ProfileError, ProfileVariable};

const CODES: &[u8] = br#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","code":"GmRhmhcx","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","expires_in":1800,"interval":5}"#;

fn polling(profile: &Profile) -> (DeviceFlow, Timestamp) {
    let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
    let config = profile
        .apply(config.scope("openid profile").nonce("n"))
        .client_authentication(profile.authentication("s3cret"));
    let mut flow = DeviceFlow::new(config).unwrap();
    let mut now = Timestamp::ZERO;
    let id = send(&mut flow, &mut now);
    flow.handle_input(now, Input::Response(id, Response::new(200, CODES))).unwrap();
    (flow, now)
}

/// Sleeps until a request is lent, and drops events on the way.
fn send(flow: &mut DeviceFlow, now: &mut Timestamp) -> RequestId {
    loop {
        match flow.poll_output(*now) {
            Output::Send(request) => {
                // A driver looks at all of it.
                assert!(request.headers().count() >= 2 && !request.body().is_empty() && !request.url().is_empty());
                return request.id();
            }
            Output::WaitUntil(until) => *now = until,
            Output::Event(_) => {}
            Output::Done => panic!("{:?}", flow.outcome()),
        }
    }
}

fn allocations_of_a_poll(profile: &Profile, status: u16, body: &[u8]) -> u64 {
    let (mut flow, mut now) = polling(profile);
    // The prompt is told before the first poll, and is the caller's.
    let Output::Event(_) = flow.poll_output(now) else { panic!() };
    let counted = measure(|| {
        let id = send(&mut flow, &mut now);
        flow.handle_input(now, Input::Response(id, Response::new(status, body))).unwrap();
        let _ = flow.poll_output(now);
    });
    assert!(flow.outcome().is_none());
    counted.count_total
}

#[test]
fn a_pending_poll_allocates_nothing_in_any_dialect() {
    let answers: [(&str, u16, &[u8]); 5] = [
        (
            "facebook",
            400,
            br#"{"error":{"message":"Pending","type":"OAuthException","code":31,"error_subcode":1349174}}"#,
        ),
        ("huawei", 400, br#"{"sub_error":20411,"error_description":"pending","error":1101}"#),
        ("mongodb-atlas", 400, br#"{"detail":"pending","error":400,"errorCode":"DEVICE_AUTHORIZATION_PENDING"}"#),
        ("trakt", 400, b""),
        ("twitch", 400, br#"{"status":400,"message":"authorization_pending"}"#),
    ];
    for (name, status, body) in answers {
        let profile = Profile::named(name).unwrap();
        assert_eq!(allocations_of_a_poll(&profile, status, body), 0, "{name}");
    }
    for profile in Profile::all() {
        let body = br#"{"error":"authorization_pending"}"#;
        let name = profile.name();
        assert_eq!(allocations_of_a_poll(&profile, 400, body), 0, "{name}");
    }
}

#[test]
fn the_counter_counts() {
    assert!(measure(|| drop(std::hint::black_box(vec![1_u8; 100]))).count_total >= 1);
}

#[test]
fn everything_can_cross_threads_and_panics() {
    fn check<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
    check::<Profile>();
    check::<ProfileError>();
    check::<ProfileVariable>();
}
