//! The program signs in against authorization servers that nobody here wrote, over both transports.
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
mod bench;
mod oidc_provider;
mod oidc_provider_tls;

use std::process::ExitCode;
use std::sync::Arc;

use interop::Result;
use libtest_mimic::{Arguments, Trial};

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
    let conclusion = libtest_mimic::run(&arguments, trials);
    for (reason, cases) in shared.skipped() {
        eprintln!("interop: SKIPPED {cases} cases: {reason}");
        eprintln!(
            "interop: they run, or fail, with DEVICE_FLOW_INTEROP=require and wherever CI is set\n"
        );
    }
    conclusion.exit_code()
}
