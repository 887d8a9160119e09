//! The built-in profiles: all of them make a configuration that works.

use crate::bench::{addresses, examples, profile, with_secret};
use device_flow_core::{Call, ClientAuthentication, Discovery, Stage};
use device_flow_profiles::{Profile, ProfileError, ProfileVariable};
use std::collections::BTreeSet;

#[test]
fn every_profile_makes_a_configuration_that_works() {
    let mut count = 0;
    for profile in Profile::all() {
        count += 1;
        let name = profile.name();
        let variables = examples(&profile);
        let issuer = profile.issuer(&variables).unwrap();
        if let Some(issuer) = &issuer {
            assert!(issuer.starts_with("https://"), "{name}: {issuer}");
            Discovery::new(issuer).unwrap();
        }
        if profile.is_discovered() {
            let error = profile.config("tv", &variables).unwrap_err();
            let expected = issuer.unwrap();
            assert!(matches!(error, ProfileError::NeedsDiscovery { issuer, .. } if issuer == expected));
            continue;
        }
        let config = with_secret(&profile, profile.config("tv", &variables).unwrap());
        assert_eq!(config.expected_issuer(), issuer.as_deref(), "{name}");
        for address in addresses(config.clone()) {
            assert!(address.starts_with("https://"), "{name}: {address}");
            assert!(!address.contains(['{', '}']), "{name}: {address}");
        }
        if let Some(address) = profile.revocation_endpoint(&variables).unwrap() {
            Call::revoke_access_token(&config, &address, "a").unwrap();
            assert!(address.starts_with("https://"), "{name}: {address}");
        }
    }
    assert_eq!(count, 40);
}

#[test]
fn names_are_unique_lower_case_and_found() {
    let mut names = BTreeSet::new();
    for profile in Profile::all() {
        let name = profile.name();
        let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        assert!(!name.is_empty() && name.chars().all(is_plain), "{name}");
        assert!(names.insert(name.to_owned()), "{name} is there twice");
        assert_eq!(Profile::named(name).unwrap(), profile);
        assert!(!profile.title().is_empty());
        let mut variables = BTreeSet::new();
        for variable in profile.variables() {
            assert!(variables.insert(variable.name()), "{name}: {}", variable.name());
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
fn services_come_first_and_both_kinds_are_in_alphabetical_order() {
    let all: Vec<Profile> = Profile::all().collect();
    let names: Vec<&str> = all.iter().map(Profile::name).collect();
    let products = names.iter().position(|it| *it == "adfs").unwrap();
    let (services, products) = names.split_at(products);
    assert!(services.is_sorted() && products.is_sorted(), "{names:?}");
}

#[test]
fn templates_name_the_variables_that_there_are_and_all_of_them() {
    for profile in Profile::all() {
        let stages = [Stage::DeviceAuthorization, Stage::Token, Stage::Refresh, Stage::Revocation, Stage::Discovery];
        let templates: Vec<_> = stages.iter().filter_map(|it| profile.template(*it)).collect();
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
fn a_secret_goes_where_the_provider_wants_it() {
    let method = |name: &str| profile(name).authentication("s");
    assert!(matches!(method("zoom"), ClientAuthentication::SecretBasic(_)));
    assert!(matches!(method("google"), ClientAuthentication::SecretPost(_)));
}
