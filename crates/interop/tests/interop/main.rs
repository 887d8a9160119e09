//! Authorization servers that nobody here wrote, over both transports: the program signs in, and the machines of the
//! core keep, ask about and revoke what comes of it.
//!
//! The suite has a runner of its own: cases wait for polls most of the time and so run many at once, and a case whose
//! server cannot be had on this machine is reported as ignored, with the reason. See the README for how to run it.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tells what was skipped, counts a few cases, and a JSON value without a member is null"
)]

mod authlib;
mod authlib_tokens;
mod bench;
mod machines;
mod oidc_provider;
mod oidc_provider_identity;
mod oidc_provider_tls;
mod oidc_provider_tls_tokens;
mod oidc_provider_tokens;

use std::process::ExitCode;
use std::sync::Arc;

use interop::Result;
use interop::server::Server;
use libtest_mimic::{Arguments, Trial};
use transport_tests::{Hyper, Transport, Ureq};

use crate::bench::{Bench, Shared, Site};

/// Cases wait for their server and for the next poll, hardly ever for a processor.
const CASES_AT_ONCE: usize = 16;

type Case = fn(&Bench<'_>) -> Result<()>;

macro_rules! cases {
    ($($module:ident at $site:ident { $($case:ident)* })*) => {
        &[$($((Site::$site, concat!(stringify!($module), "::", stringify!($case)), $module::$case),)*)*]
    };
}

const CASES: &[(Site, &str, Case)] = cases! {
    oidc_provider at OidcProvider {
        a_public_client_signs_in
        a_client_with_its_secret_in_basic_signs_in
        a_client_with_its_secret_in_the_body_signs_in
        special_characters_survive_basic
        the_complete_address_needs_no_typing
        polling_goes_on_until_somebody_approves
        endpoints_may_be_named_one_by_one
        a_refusal_ends_the_sign_in
        a_code_that_nobody_enters_expires
        a_wrong_secret_is_told_and_kept
        a_client_without_the_device_grant_is_refused
    }
    oidc_provider_tls at OidcProviderTls {
        an_own_authority_is_trusted_when_named
        a_client_with_a_secret_signs_in
        an_unknown_authority_is_a_network_failure
        an_unrelated_authority_is_a_network_failure
    }
    authlib at Authlib {
        a_public_client_signs_in
        a_client_with_its_secret_in_basic_signs_in
        a_client_with_its_secret_in_the_body_signs_in
        special_characters_need_raw_basic
        special_characters_do_not_survive_encoded_basic
        the_complete_address_needs_no_typing
        polling_goes_on_until_somebody_approves
        endpoints_may_be_named_one_by_one
        a_refusal_ends_the_sign_in
        a_code_that_nobody_enters_expires
        a_wrong_secret_is_told_and_kept
        a_client_without_the_device_grant_is_refused
    }
};

type MachineCase = fn(&Server) -> Result<()>;

macro_rules! machine_cases {
    ($transport:ident: $($module:ident at $site:ident { $($case:ident)* })*) => {
        vec![$($((
            Site::$site,
            concat!(stringify!($module), "::", stringify!($case)),
            $module::$case::<$transport> as MachineCase,
        ),)*)*]
    };
}

fn machine_cases<T: Transport>() -> Vec<(Site, &'static str, MachineCase)> {
    machine_cases! {
        T:
        oidc_provider_tokens at OidcProvider {
            a_refresh_brings_a_new_access_token
            a_rotating_server_is_followed_from_token_to_token
            a_rotated_token_that_comes_again_ends_the_grant
            a_session_keeps_fleeting_tokens_fresh
            one_machine_signs_in_and_refreshes_until_it_is_cancelled
            fewer_scopes_can_be_asked_for
            revoking_the_refresh_token_ends_all_that_came_of_it
            revoking_the_access_token_ends_it
            a_resource_server_learns_about_tokens
        }
        oidc_provider_identity at OidcProvider {
            userinfo_is_about_the_person_of_the_id_token
            an_id_token_passes_every_check
            an_id_token_is_nobody_elses
            a_registered_client_signs_in
            discovery_finds_every_endpoint
            a_code_challenge_does_no_harm
        }
        oidc_provider_tls_tokens at OidcProviderTls {
            tokens_live_and_end_under_an_own_authority
        }
        authlib_tokens at Authlib {
            a_session_follows_the_rotation
            a_rotated_token_that_comes_again_is_refused
            a_revoked_token_is_inactive
            an_id_token_belongs_to_its_access_token
            discovery_finds_what_there_is
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(CASES_AT_ONCE));
    let shared = Arc::new(Shared::default());
    let mut trials = Vec::new();
    for &(site, name, case) in CASES {
        for transport in ["ureq", "hyper"] {
            let shared = Arc::clone(&shared);
            let run = move || shared.run(site, transport, case);
            trials.push(Trial::ignorable_test(format!("{name}::{transport}"), run));
        }
    }
    for (transport, cases) in [("ureq", machine_cases::<Ureq>()), ("hyper", machine_cases::<Hyper>())] {
        for (site, name, case) in cases {
            let shared = Arc::clone(&shared);
            let run = move || shared.run_at(site, case);
            trials.push(Trial::ignorable_test(format!("{name}::{transport}"), run));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for (reason, cases) in shared.skipped() {
        eprintln!("interop: SKIPPED {cases} cases: {reason}");
        eprintln!("interop: they run, or fail, with DEVICE_FLOW_INTEROP=require and wherever CI is set\n");
    }
    conclusion.exit_code()
}
