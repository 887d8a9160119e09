//! Where a profile and the caller say different things, the caller's counts, whoever speaks first.

use crate::bench::{Bench, CODES, Sent, asked, client_elsewhere, profile, with_secret};
use device_flow_core::{Call, Config, Stage};
use device_flow_profiles::Profile;

fn config() -> Config {
    Config::new("tv", "https://as.example/d", "https://as.example/t")
}

/// Applies a profile to what the caller sets, and the other way round.
fn both_ways(profile: &Profile, set: impl Fn(Config) -> Config) -> [Config; 2] {
    let all = [profile.apply(set(config())), set(profile.apply(config()))];
    all.map(|it| with_secret(profile, it))
}

/// The device authorization request and the first poll.
fn requests(config: Config) -> [Sent; 2] {
    let mut bench = Bench::new(config);
    let first = bench.next_request();
    bench.answer(200, CODES);
    [first, bench.next_request()]
}

#[test]
fn the_callers_audience_takes_the_place_of_the_profiles() {
    let docker = profile("docker");
    let [first, _] = requests(docker.apply(config()));
    assert_eq!(first.values("audience"), ["https://hub.docker.com"]);
    for config in both_ways(&docker, |it| it.audience("https://mine.example")) {
        let [first, _] = requests(config);
        assert_eq!(first.values("audience"), ["https://mine.example"]);
    }
    // Several of the caller's are the caller's too.
    for config in both_ways(&docker, |it| it.audience("one").audience("two")) {
        let [first, _] = requests(config);
        assert_eq!(first.values("audience"), ["one", "two"]);
    }
}

#[test]
fn the_callers_user_agent_takes_the_place_of_the_profiles() {
    let baidu = profile("baidu");
    for request in requests(client_elsewhere(&baidu)) {
        assert_eq!(request.header("user-agent"), Some("pan.baidu.com"));
    }
    for name in ["user-agent", "User-Agent"] {
        let set = |it: Config| it.header(Stage::DeviceAuthorization, name, "mine/1.0");
        for config in both_ways(&baidu, set) {
            let [first, poll] = requests(config);
            assert_eq!(first.header("user-agent"), Some("mine/1.0"));
            // Of the other stages nothing was said.
            assert_eq!(poll.header("user-agent"), Some("pan.baidu.com"));
        }
    }
}

#[test]
fn the_same_holds_for_refreshes() {
    let trakt = profile("trakt");
    let set = |it: Config| it.parameter(Stage::Refresh, "redirect_uri", "https://mine.example");
    for config in both_ways(&trakt, set) {
        let request = asked(&mut Call::refresh(&config, "r").unwrap());
        assert_eq!(request.values("redirect_uri"), ["https://mine.example"]);
    }
}

#[test]
fn a_profile_goes_with_endpoints_from_elsewhere() {
    let baidu = profile("baidu");
    let [first, _] = requests(client_elsewhere(&baidu));
    assert_eq!(first.url, "https://as.example/device");
    assert_eq!(first.body, "response_type=device_code&client_id=tv");
    assert_eq!(first.header("user-agent"), Some("pan.baidu.com"));
}
