//! Profiles that are not built in: all that is known of them comes at run time.

use crate::bench::{Bench, CODES, asked, profile, with_secret};
use device_flow_core::{Call, ClientAuthentication, Dialect, Stage};
use device_flow_profiles::{Profile, ProfileError, ProfileSecret, ProfileVariable, VariableKind};

/// Everything is owned, as it is when it comes from a file.
fn acme() -> Profile {
    let owned = |text: &str| text.to_owned();
    let region =
        ProfileVariable::new(owned("region"), VariableKind::Host, owned("the region's host"), owned("eu.acme.example"));
    let tenant = ProfileVariable::segment(owned("tenant"), owned("the tenant"), owned("t-1"));
    Profile::new(
        owned("acme"),
        owned("Acme"),
        owned("https://{region}/{tenant}/device?app={client_id}"),
        owned("https://{region}/{tenant}/token"),
    )
    .with_issuer(owned("https://{region}/{tenant}"))
    .with_refresh_endpoint(owned("https://{region}/{tenant}/refresh"))
    .with_revocation_endpoint(owned("https://{region}/{tenant}/revoke"))
    .with_variable(region.with_default(owned("acme.example")))
    .with_variable(tenant)
    .with_secret(ProfileSecret::Required)
    .with_secret_in_header(true)
    .with_device_endpoint_authentication(false)
    .with_parameter(Stage::Token, owned("flavour"), owned("plain"))
    .with_header(Stage::Token, owned("X-Acme"), owned("1"))
    .with_dialect(Dialect::RFC_8628.code(owned("not_yet"), owned("authorization_pending")))
    .with_notes(owned("Made up."))
}

#[test]
fn a_profile_of_ones_own_does_all_that_a_built_in_one_does() {
    let acme = acme();
    let variables = [("tenant", "t-7")];
    let config = acme.config("t v", &variables).unwrap();
    let config = with_secret(&acme, config.interval_margin(0));
    assert_eq!(config.expected_issuer(), Some("https://acme.example/t-7"));
    let refresh = asked(&mut Call::refresh(&config, "r").unwrap());
    assert_eq!(refresh.url, "https://acme.example/t-7/refresh");
    let revocation = acme.revocation_endpoint(&variables).unwrap();
    assert_eq!(revocation.as_deref(), Some("https://acme.example/t-7/revoke"));

    let mut bench = Bench::new(config);
    let first = bench.next_request();
    assert_eq!(first.url, "https://acme.example/t-7/device?app=t+v");
    assert_eq!(first.body, "client_id=t+v");
    assert_eq!(first.header("authorization"), None);
    bench.answer(200, CODES);
    let poll = bench.next_request();
    assert_eq!(poll.url, "https://acme.example/t-7/token");
    assert_eq!(poll.values("flavour"), ["plain"]);
    assert_eq!(poll.header("x-acme"), Some("1"));
    assert!(poll.header("authorization").is_some());
    bench.answer(400, r#"{"error":"not_yet"}"#);
    bench.next_request();
}

#[test]
fn a_profile_of_ones_own_says_what_it_was_told() {
    let acme = acme();
    assert_eq!((acme.name(), acme.title()), ("acme", "Acme"));
    let device = acme.template(Stage::DeviceAuthorization);
    assert_eq!(device, Some("https://{region}/{tenant}/device?app={client_id}"));
    assert_eq!(acme.template(Stage::Userinfo), None);
    let refresh = acme.template(Stage::Refresh);
    assert_eq!(refresh, Some("https://{region}/{tenant}/refresh"));
    // Where nothing else is said, it is the token endpoint.
    let google = profile("google");
    assert_eq!(google.template(Stage::Refresh), google.template(Stage::Token));
    let names: Vec<_> = acme.variables().iter().map(ProfileVariable::name).collect();
    assert_eq!(names, ["region", "tenant"]);
    assert_eq!(acme.secret(), ProfileSecret::Required);
    assert!(!acme.is_device_endpoint_authenticated() && !acme.is_discovered());
    let parameters: Vec<_> = acme.parameters().collect();
    assert_eq!(parameters, [(Stage::Token, "flavour", "plain")]);
    let headers: Vec<_> = acme.headers().collect();
    assert_eq!(headers, [(Stage::Token, "x-acme", "1")]);
    assert_eq!(acme.dialect().to_string(), "not_yet is authorization_pending");
    assert_eq!(acme.notes(), "Made up.");
    assert_eq!(acme.clone(), acme);
    assert_ne!(acme.clone().with_notes(""), acme);
}

#[test]
fn what_a_profile_says_twice_it_says_as_it_did_last() {
    let docker = profile("docker").with_parameter(Stage::DeviceAuthorization, "audience", "https://other.example");
    assert_eq!(docker.parameters().count(), 1);
    let audience = Bench::new(docker.config("tv", &[]).unwrap()).next_request().values("audience");
    assert_eq!(audience, ["https://other.example"]);

    let baidu = profile("baidu").with_header(Stage::Token, "User-Agent", "mine/1.0");
    let headers: Vec<_> = baidu.headers().map(|(_, _, value)| value).collect();
    assert_eq!(headers, ["pan.baidu.com", "mine/1.0", "pan.baidu.com"]);

    let host = ProfileVariable::host("the host", "git.example").with_default("git.example");
    let github = profile("github").with_variable(host);
    assert_eq!(github.variables().len(), 1);
    let config = github.config("tv", &[]).unwrap();
    assert_eq!(config.token_endpoint(), "https://git.example/login/oauth/access_token");
}

#[test]
fn a_template_that_cannot_be_filled_in_is_said() {
    let made = |token: &str| {
        let token = token.to_owned();
        Profile::new("acme", "Acme", "https://acme.example/d", token)
            .with_variable(ProfileVariable::host("the host", "acme.example").with_default("a"))
    };
    for template in [
        "https://{hots}/token",
        "https://{host/token",
        "https://host}/token",
        "https://{host}}/token",
        "https://{}/token",
        "https://{{host}}/token",
    ] {
        let error = made(template).config("tv", &[]).unwrap_err();
        let expected = ProfileError::Template { profile: "acme".to_owned(), template: template.to_owned() };
        assert_eq!(error, expected);
        assert_eq!(error.to_string(), format!("the profile acme has an address that cannot be filled in: {template}"));
    }
    // Nobody's id belongs into these.
    let profile = made("https://{host}/t")
        .with_issuer("https://{host}/{client_id}")
        .with_revocation_endpoint("https://{host}/r?id={client_id}");
    assert!(profile.issuer(&[]).is_err() && profile.revocation_endpoint(&[]).is_err());
}

#[test]
fn a_default_is_checked_like_any_value() {
    let host = ProfileVariable::host("the host", "acme.example").with_default("acme.example/evil");
    let profile = Profile::new("acme", "Acme", "https://{host}/d", "https://{host}/t");
    let error = profile.with_variable(host.clone()).config("tv", &[]);
    let expected = ProfileError::Malformed { profile: "acme".to_owned(), variable: Box::new(host) };
    assert_eq!(error.unwrap_err(), expected);
}

#[test]
fn a_profile_without_endpoints_names_the_place_to_discover_them() {
    let host = ProfileVariable::host("the host", "id.acme.example");
    let acme = Profile::discovered("acme", "Acme", "https://{host}/{tenant}")
        .with_issuer("https://{host}/")
        .with_variable(host);
    let variables = [("host", "id.acme.example")];
    let issuer = "https://id.acme.example/";
    assert_eq!(acme.issuer(&variables).unwrap().as_deref(), Some(issuer));
    let expected = ProfileError::NeedsDiscovery { profile: "acme".to_owned(), issuer: issuer.to_owned() };
    assert_eq!(acme.config("tv", &variables).unwrap_err(), expected);
    assert!(matches!(acme.authentication("s"), ClientAuthentication::SecretPost(_)));
}
