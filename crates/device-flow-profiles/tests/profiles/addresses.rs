//! Variables: what stands in for them, what is said of them, and that no value can bend an address.

use crate::bench::{addresses, examples, profile, with_secret};
use device_flow_core::Stage;
use device_flow_profiles::{Profile, ProfileError, VariableKind};
use proptest::prelude::*;

#[test]
fn a_default_stands_in_and_gives_way() {
    let github = profile("github");
    let [device, token] = addresses(github.config("tv", &[]).unwrap());
    assert_eq!(device, "https://github.com/login/device/code");
    assert_eq!(token, "https://github.com/login/oauth/access_token");
    let [device, _] = addresses(github.config("tv", &[("host", "git.example:8443")]).unwrap());
    assert_eq!(device, "https://git.example:8443/login/device/code");
}

#[test]
fn errors_say_what_is_needed() {
    let keycloak = profile("keycloak");
    let error = |variables: &[(&str, &str)]| keycloak.config("tv", variables).unwrap_err().to_string();
    assert_eq!(error(&[("host", "id.example")]), "the profile keycloak needs realm: the realm (such as master)");
    assert_eq!(error(&[("tenant", "x")]), "the profile keycloak knows no \"tenant\"; it knows host, realm");
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
    let google = profile("google");
    assert_eq!(
        google.config("tv", &[("host", "x")]).unwrap_err().to_string(),
        "the profile google knows no \"host\"; it needs nothing"
    );
    let vercel = profile("vercel");
    assert_eq!(
        vercel.config("tv", &[]).unwrap_err().to_string(),
        "the profile vercel names no endpoints; discover them at https://vercel.com"
    );
    // Issuer and revocation endpoint ask for the same variables.
    assert!(keycloak.issuer(&[]).is_err() && keycloak.revocation_endpoint(&[]).is_err());
}

#[test]
fn an_error_outlives_its_profile() {
    let error = {
        let keycloak = profile("keycloak");
        keycloak.config("tv", &[("host", "id.example")])
    };
    let Err(ProfileError::Missing { profile, variable }) = error else { panic!("{error:?}") };
    assert_eq!((profile.as_str(), variable.name()), ("keycloak", "realm"));
}

#[test]
fn an_issuer_is_spelt_as_the_server_spells_itself() {
    let auth0 = profile("auth0");
    for host in ["tenant.example", "Tenant.Example", "tenant.example:443"] {
        let config = auth0.config("tv", &[("host", host)]).unwrap();
        assert_eq!(config.expected_issuer(), Some("https://tenant.example/"));
        let issuer = auth0.issuer(&[("host", host)]).unwrap();
        assert_eq!(issuer.as_deref(), Some("https://tenant.example/"));
    }
    // Segments are what they are.
    let variables = [("host", "id.example"), ("realm", "Home")];
    let keycloak = profile("keycloak").config("tv", &variables).unwrap();
    let issuer = keycloak.expected_issuer();
    assert_eq!(issuer, Some("https://id.example/realms/Home"));
}

/// The address of a template with everything filled in.
fn filled(profile: &Profile, template: &str, variables: &[(&str, &str)]) -> String {
    let mut address = template.to_owned();
    for (name, value) in variables {
        let mut kinds = profile.variables().iter();
        let is_host = kinds.any(|it| it.name() == *name && it.kind() == VariableKind::Host);
        let value = if is_host { value.to_ascii_lowercase() } else { (*value).to_owned() };
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
                let mut variables = examples(&profile);
                for (name, example) in &mut variables {
                    if *name == bent.name() {
                        *example = &value;
                    }
                }
                let Ok(config) = profile.config(client_id.as_str(), &variables) else {
                    continue;
                };
                let found = addresses(with_secret(&profile, config));
                for (address, stage) in found.iter().zip([Stage::DeviceAuthorization, Stage::Token]) {
                    let template = profile.template(stage).unwrap();
                    let template = template.replace("{client_id}", &encoded);
                    prop_assert_eq!(address, &filled(&profile, &template, &variables));
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
