//! The profiles as data: all of them make a configuration that works, and no value can bend an address.

use device_flow_core::{
    ClientAuthentication, Config, DeviceFlow, Discovery, Machine, Output, Profile, ProfileError,
    ProfileSecret, ProfileVariable, Stage, Timestamp, VariableKind,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// All variables with their examples.
fn examples<'v>(profile: &Profile) -> Vec<(&'static str, &'v str)> {
    profile
        .variables()
        .iter()
        .map(|it| (it.name(), it.example()))
        .collect()
}

fn with_secret(profile: &Profile, config: Config) -> Config {
    match profile.secret() {
        ProfileSecret::Required => config.client_authentication(profile.authentication("s3cret")),
        _ => config,
    }
}

/// Where the first request goes, and where the first poll does.
fn addresses(config: Config) -> [String; 2] {
    let mut flow = DeviceFlow::new(config).unwrap();
    let now = Timestamp::ZERO;
    let Output::Send(request) = flow.poll_output(now) else {
        panic!()
    };
    let first = request.url().to_owned();
    let id = request.id();
    let codes = br#"{"device_code":"d","code":"d","user_code":"u","verification_uri":"https://as.example/"}"#;
    let answer = device_flow_core::Response::new(200, codes);
    flow.handle_input(now, device_flow_core::Input::Response(id, answer))
        .unwrap();
    let mut now = now;
    loop {
        match flow.poll_output(now) {
            Output::Send(request) => return [first, request.url().to_owned()],
            Output::WaitUntil(until) => now = until,
            Output::Event(_) => {}
            Output::Done => panic!("{:?}", flow.outcome()),
        }
    }
}

#[test]
fn every_profile_makes_a_configuration_that_works() {
    let mut count = 0;
    for profile in Profile::all() {
        count += 1;
        let name = profile.name();
        let variables = examples(profile);
        let issuer = profile.issuer(&variables).unwrap();
        if let Some(issuer) = &issuer {
            assert!(issuer.starts_with("https://"), "{name}: {issuer}");
            Discovery::new(issuer).unwrap();
        }
        if profile.is_discovered() {
            let error = profile.config("tv", &variables).unwrap_err();
            let expected = issuer.unwrap();
            assert!(
                matches!(error, ProfileError::NeedsDiscovery { issuer, .. } if issuer == expected)
            );
            continue;
        }
        let config = with_secret(profile, profile.config("tv", &variables).unwrap());
        for address in addresses(config.clone()) {
            assert!(address.starts_with("https://"), "{name}: {address}");
            assert!(!address.contains(['{', '}']), "{name}: {address}");
        }
        if let Some(address) = profile.revocation_endpoint(&variables).unwrap() {
            device_flow_core::Call::revoke_access_token(&config, &address, "a").unwrap();
            assert!(address.starts_with("https://"), "{name}: {address}");
        }
    }
    assert!(count >= 35, "{count}");
}

#[test]
fn names_are_unique_lower_case_and_found() {
    let mut names = BTreeSet::new();
    for profile in Profile::all() {
        let name = profile.name();
        let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        assert!(!name.is_empty() && name.chars().all(is_plain), "{name}");
        assert!(names.insert(name), "{name} is there twice");
        assert_eq!(Profile::named(name).unwrap().title(), profile.title());
        assert!(!profile.title().is_empty());
        let mut variables = BTreeSet::new();
        for variable in profile.variables() {
            assert!(
                variables.insert(variable.name()),
                "{name}: {}",
                variable.name()
            );
            assert_ne!(variable.name(), "client_id");
            assert!(!variable.description().is_empty() && !variable.example().is_empty());
        }
    }
    for one in [
        "github",
        "google",
        "microsoft",
        "gitlab",
        "okta",
        "auth0",
        "keycloak",
        "salesforce",
        "twitch",
        "amazon",
        "huggingface",
        "trakt",
        "facebook",
        "huawei",
        "yandex",
        "baidu",
        "zoom",
        "docker",
        "hydra",
        "authentik",
        "zitadel",
        "dex",
        "mongodb-atlas",
    ] {
        assert!(names.contains(one), "{one}");
    }
    assert!(Profile::named("").is_none() && Profile::named("GitHub").is_none());
}

#[test]
fn templates_name_the_variables_that_there_are_and_all_of_them() {
    for profile in Profile::all() {
        let stages = [
            Stage::DeviceAuthorization,
            Stage::Token,
            Stage::Refresh,
            Stage::Revocation,
            Stage::Discovery,
        ];
        let templates: Vec<_> = stages
            .iter()
            .filter_map(|it| profile.template(*it))
            .collect();
        let mut used = BTreeSet::new();
        for template in &templates {
            assert!(template.starts_with("https://"), "{template}");
            for part in template.split('{').skip(1) {
                let (name, _) = part.split_once('}').unwrap();
                used.insert(name);
            }
        }
        used.remove("client_id");
        let known = profile.variables().iter();
        let known: BTreeSet<_> = known.map(ProfileVariable::name).collect();
        assert_eq!(used, known, "{}", profile.name());
    }
}

#[test]
fn a_default_stands_in_and_gives_way() {
    let github = Profile::named("github").unwrap();
    let [device, token] = addresses(github.config("tv", &[]).unwrap());
    assert_eq!(device, "https://github.com/login/device/code");
    assert_eq!(token, "https://github.com/login/oauth/access_token");
    let [device, _] = addresses(
        github
            .config("tv", &[("host", "git.example:8443")])
            .unwrap(),
    );
    assert_eq!(device, "https://git.example:8443/login/device/code");
}

#[test]
fn errors_say_what_is_needed() {
    let keycloak = Profile::named("keycloak").unwrap();
    let error =
        |variables: &[(&str, &str)]| keycloak.config("tv", variables).unwrap_err().to_string();
    assert_eq!(
        error(&[("host", "id.example")]),
        "the profile keycloak needs realm: the realm (such as master)"
    );
    assert_eq!(
        error(&[("tenant", "x")]),
        "the profile keycloak knows no \"tenant\"; it knows host, realm"
    );
    assert_eq!(
        error(&[("host", "a.example"), ("host", "b.example"), ("realm", "r")]),
        "the profile keycloak was given host more than once"
    );
    assert_eq!(
        error(&[("host", "id.example/auth"), ("realm", "r")]),
        "the host for the profile keycloak has to be a host name with a port if need be, without scheme, path or user name"
    );
    assert_eq!(
        error(&[("host", "id.example"), ("realm", "a/b")]),
        "the realm for the profile keycloak has to be 1 to 255 letters, digits, '-', '.', '_' and '~', and not dots alone"
    );
    let google = Profile::named("google").unwrap();
    assert_eq!(
        google
            .config("tv", &[("host", "x")])
            .unwrap_err()
            .to_string(),
        "the profile google knows no \"host\"; it needs nothing"
    );
    let vercel = Profile::named("vercel").unwrap();
    assert_eq!(
        vercel.config("tv", &[]).unwrap_err().to_string(),
        "the profile vercel names no endpoints; discover them at https://vercel.com"
    );
    // Issuer and revocation endpoint ask for the same variables.
    assert!(keycloak.issuer(&[]).is_err() && keycloak.revocation_endpoint(&[]).is_err());
}

#[test]
fn a_profile_goes_with_endpoints_from_elsewhere() {
    let baidu = Profile::named("baidu").unwrap();
    let config = Config::new("tv", "https://as.example/d", "https://as.example/t")
        .profile(baidu)
        .client_authentication(baidu.authentication("s3cret"));
    let mut flow = DeviceFlow::new(config).unwrap();
    let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    assert_eq!(request.url(), "https://as.example/d");
    assert_eq!(request.body(), b"response_type=device_code&client_id=tv");
    assert!(
        request
            .headers()
            .any(|it| it == ("user-agent", "pan.baidu.com"))
    );
}

#[test]
fn a_secret_goes_where_the_provider_wants_it() {
    let method = |name: &str| Profile::named(name).unwrap().authentication("s");
    assert!(matches!(
        method("zoom"),
        ClientAuthentication::SecretBasic(_)
    ));
    assert!(matches!(
        method("google"),
        ClientAuthentication::SecretPost(_)
    ));
}

/// The address of a template with everything filled in.
fn filled(profile: &Profile, template: &str, variables: &[(&str, &str)]) -> String {
    let mut address = template.to_owned();
    for (name, value) in variables {
        let mut kinds = profile.variables().iter();
        let is_host = kinds.any(|it| it.name() == *name && it.kind() == VariableKind::Host);
        let value = if is_host {
            value.to_ascii_lowercase()
        } else {
            (*value).to_owned()
        };
        address = address.replace(&format!("{{{name}}}"), &value);
    }
    // The port that https has anyhow is left out.
    address.replacen(":443/", "/", 1)
}

proptest! {
    /// Whatever a value is, it is refused or it stands in its own place and changes nothing else.
    #[test]
    fn no_value_bends_an_address(
        value in "\\PC{0,20}|[a-z0-9./%@:#?&\\\\\\x00-\\x20~_-]{0,20}|[a-z./%]{1,4}",
        client_id in "\\PC{1,20}",
    ) {
        let encoded = serde_urlencoded::to_string([("", &client_id)]).unwrap().split_off(1);
        for profile in Profile::all().filter(|it| !it.is_discovered()) {
            for bent in profile.variables() {
                let mut variables = examples(profile);
                for (name, example) in &mut variables {
                    if *name == bent.name() {
                        *example = &value;
                    }
                }
                let Ok(config) = profile.config(client_id.as_str(), &variables) else {
                    continue;
                };
                let found = addresses(with_secret(profile, config));
                for (address, stage) in found.iter().zip([Stage::DeviceAuthorization, Stage::Token]) {
                    let template = profile.template(stage).unwrap();
                    let template = template.replace("{client_id}", &encoded);
                    prop_assert_eq!(address, &filled(profile, &template, &variables));
                    // And nothing came along that divides an address.
                    for divider in ['/', '\\', '?', '#', '@', '%', ';'] {
                        let count = |text: &str| text.matches(divider).count();
                        prop_assert_eq!(count(address), count(&template), "{}", divider);
                    }
                }
            }
        }
    }
}
