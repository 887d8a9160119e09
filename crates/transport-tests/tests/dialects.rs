//! What the test server says of a provider, and what the profiles say of it: two descriptions that know nothing of each
//! other, and have to meet.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::thread;
use std::time::Duration;

use device_flow_core::Config;
use device_flow_profiles::{Profile, ProfileSecret};
use device_flow_testserver::{Approval, Client, Dialect, Options, Script, Server};

const SECRET: &str = "s3cret";

/// All but the standard itself.
fn names() -> impl Iterator<Item = &'static str> {
    Dialect::NAMES.into_iter().filter(|name| *name != "rfc8628")
}

fn start(profile: &Profile, script: Script) -> Server {
    let dialect = Dialect::named(profile.name()).unwrap();
    let options = Options::new().interval(Duration::from_millis(50)).approval(Approval::Manual).dialect(dialect);
    let client = match profile.secret() {
        ProfileSecret::Required => Client::post("1234", SECRET),
        _ => Client::public("1234"),
    };
    let options = if profile.is_device_endpoint_authenticated() {
        options
    } else {
        options.device_endpoint_authentication(device_flow_testserver::DeviceEndpointAuthentication::Ignored)
    };
    Server::start(options.client(client).every_code(script)).unwrap()
}

fn config(profile: &Profile, server: &Server) -> Config {
    let config = Config::new("1234", server.device_authorization_endpoint(), server.token_endpoint());
    let config = profile.apply(config).scope("email");
    match profile.secret() {
        ProfileSecret::Required => config.client_authentication(profile.authentication(SECRET)),
        _ => config,
    }
}

/// Signs in at all of them at once, and says how each sign-in ended.
fn endings(script: &Script) -> Vec<(&'static str, Result<String, String>)> {
    let sign_ins = names().map(|name| {
        let script = script.clone();
        let sign_in = move || {
            let profile = Profile::named(name).unwrap();
            let server = start(&profile, script);
            let client = transport_ureq::Client::builder().proxy(transport_ureq::Proxy::None).build().unwrap();
            let pending = client.start(config(&profile, &server)).map_err(|error| error.to_string())?;
            let code = server.user_codes().pop().unwrap();
            assert_eq!(pending.prompt().user_code(), code, "{name}");
            pending.wait().map(|tokens| tokens.access_token().expose().to_owned()).map_err(|error| error.to_string())
        };
        (name, thread::spawn(sign_in))
    });
    let sign_ins: Vec<_> = sign_ins.collect();
    sign_ins.into_iter().map(|(name, sign_in)| (name, sign_in.join().unwrap())).collect()
}

#[test]
fn every_profile_signs_in_at_the_dialect_of_its_name() {
    for (name, ending) in endings(&Script::new().pending(1).approve()) {
        assert!(ending.is_ok(), "{name}: {ending:?}");
    }
}

#[test]
fn every_profile_understands_a_refusal() {
    for (name, ending) in endings(&Script::new().deny()) {
        assert!(
            ending.as_ref().is_err_and(|error| error.contains("denied") || error.contains("refused")),
            "{name}: {ending:?}"
        );
    }
}

#[test]
fn every_profile_understands_that_a_code_has_expired() {
    for (name, ending) in endings(&Script::new().expire()) {
        assert!(ending.as_ref().is_err_and(|error| error.contains("ran out")), "{name}: {ending:?}");
    }
}
