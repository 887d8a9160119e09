//! The suite that both transports pass, on loopback only.
//!
//! It has a runner of its own, because its cases wait for polls most of the time and so run many at once. Every case is
//! a function that is generic over the transport; its name says what it shows.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a test may panic"
)]

mod bench;
mod bodies;
mod calls;
mod child;
mod codings;
mod connections;
mod discovery;
mod endings;
mod failures;
mod giving_up;
mod headers;
mod heads;
mod id_tokens;
mod lasting_sign_ins;
mod pkce;
mod proxies;
mod redirects;
mod refusing_proxies;
mod registrations;
mod remotes;
mod resuming;
mod secure_proxies;
mod sessions;
mod stopped;
mod tls;
mod tls_settings;
mod transcripts;
mod truncation;
mod unusable_proxies;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use transport_tests::{Hyper, Transport, Ureq};

/// Cases wait for the next poll, hardly ever for a processor.
const CASES_AT_ONCE: usize = 16;

fn main() -> ExitCode {
    // The suite starts itself again for what depends on the environment of a process.
    if let Some(code) = child::run_if_asked() {
        return code;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(CASES_AT_ONCE);
    let mut trials = Vec::new();
    trials.extend(cases::<Ureq>());
    trials.extend(cases::<Hyper>());
    trials.extend(transcripts::cases());
    libtest_mimic::run(&arguments, trials).exit_code()
}

macro_rules! cases {
    ($transport:ident: $($module:ident { $($case:ident)* })*) => {
        vec![$($((
            concat!(stringify!($module), "::", stringify!($case)),
            $module::$case::<$transport> as fn(),
        ),)*)*]
    };
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn cases<T: Transport>() -> Vec<Trial> {
    let cases = cases! {
        T:
        endings {
            an_approved_sign_in_ends_with_the_token_after_two_polls
            a_denied_sign_in_ends_as_denied
            a_code_that_the_server_calls_expired_ends_as_expired
            a_code_that_runs_out_on_the_drivers_clock_ends_as_expired
            slow_down_is_told_and_stretches_the_interval
            a_gateways_page_between_two_polls_is_waited_out
            a_reset_poll_is_made_again_once_at_the_normal_interval
            a_lost_token_answer_ends_with_a_hint_and_never_repeats_within_the_interval
            the_longest_of_several_lines_of_retry_after_counts
            no_server_at_all_ends_as_a_network_failure_after_bounded_attempts
        }
        failures {
            a_connection_closed_before_the_answer_is_closed
            a_connection_reset_before_the_answer_is_closed
            a_truncated_body_is_closed
            a_truncated_chunked_body_is_closed
            a_silent_server_is_a_timeout_in_time
            a_dripping_body_is_a_timeout_in_time
            a_dripping_head_is_a_timeout_in_time
            an_answer_that_is_not_http_is_http
            a_head_beyond_all_measure_is_http
            a_refused_connection_is_connect
            a_name_that_does_not_resolve_is_connect
            a_handshake_that_never_comes_is_connect_when_connecting_took_too_long
            a_handshake_that_never_comes_is_a_timeout_when_the_exchange_took_too_long
            a_connection_closed_during_the_handshake_is_connect
        }
        giving_up {
            the_server_sees_at_once_that_a_request_was_cancelled
            the_server_sees_at_once_that_a_handshake_was_cancelled
            the_server_sees_at_once_that_a_request_was_given_up_by_its_machine
        }
        stopped {
            an_answer_that_came_while_the_program_was_stopped_is_heard
        }
        truncation {
            an_answer_that_ends_with_the_connection_arrives
            an_answer_that_ends_with_the_connection_arrives_over_tls
            an_answer_without_a_length_that_is_reset_is_closed
            an_answer_without_a_length_that_is_reset_below_tls_is_closed
            an_answer_without_a_length_that_is_cut_below_tls_is_closed
            an_answer_without_a_length_that_is_cut_in_a_tunnel_is_closed
            a_token_that_was_cut_is_not_handed_out
        }
        bodies {
            a_body_of_exactly_the_limit_arrives
            a_body_one_byte_over_the_limit_is_too_large
            a_body_of_several_mebibytes_is_too_large
            an_endless_body_is_too_large_at_once
            an_announced_body_over_the_limit_is_not_waited_for
            the_limit_is_exact_for_chunked_bodies
            the_limit_is_exact_for_bodies_that_end_with_the_connection
            an_empty_body_arrives_and_a_limit_of_zero_lets_it_through
            an_answer_with_a_length_is_the_same_in_any_two_pieces
            an_answer_that_ends_with_the_connection_is_the_same_in_any_two_pieces
            an_answer_in_chunks_of_any_size_is_the_same
        }
        codings {
            every_request_asks_for_no_coding
            gzip_that_was_not_asked_for_is_read
            gzip_is_read_within_the_limit_of_the_body
            what_is_no_gzip_is_http
            a_coded_answer_is_encoding_and_its_coding_is_named
            a_second_line_of_codings_counts
            an_answer_that_says_it_is_not_coded_arrives
            a_coding_that_is_not_known_is_not_shown
            a_coded_poll_is_passing_trouble
        }
        redirects {
            a_redirect_is_reported_and_not_followed
            a_redirected_poll_ends_the_sign_in_and_the_other_place_hears_nothing
        }
        connections {
            all_requests_of_a_sign_in_share_one_connection
            all_requests_of_a_sign_in_over_tls_share_one_connection
            clones_share_connections
            many_sign_ins_at_once_share_a_client_and_keep_apart
            a_connection_that_closed_while_idle_loses_and_doubles_nothing
            a_tls_connection_that_closed_while_idle_loses_and_doubles_nothing
            a_reused_connection_that_is_cut_off_brings_no_second_request
            a_connection_whose_answer_was_too_large_is_not_reused
        }
        headers {
            requests_carry_what_the_protocol_asks_for_once_each
            the_user_agent_is_the_projects_by_default
            the_user_agent_can_be_set
            extra_headers_and_parameters_go_to_their_stage
            a_confidential_client_authenticates_at_both_endpoints
            a_fresh_nonce_is_filled_in_when_openid_is_asked_for
        }
        heads {
            obsolete_line_folding_is_read_as_a_space
            a_line_that_is_no_field_is_passed_over
            a_space_before_the_colon_is_no_matter
            lines_that_end_without_a_carriage_return_are_lines
            a_transfer_coding_without_chunks_ends_with_the_connection
            what_does_not_begin_with_a_status_line_is_not_http
            a_head_has_256_fields_at_most
            a_head_has_64_kibibytes_at_most
            interim_answers_are_passed_over
            interim_answers_without_end_are_not_waited_for
            a_length_that_is_none_is_length
            a_length_that_is_said_twice_is_one
            chunks_override_a_length
            chunks_may_have_extensions_and_trailers
            a_chunk_that_cannot_be_read_is_chunk
            trailers_without_end_are_not_waited_for
            chunks_of_an_old_server_are_no_answer
        }
        remotes {
            a_cancelled_driver_sends_nothing
            cancelling_wakes_a_sleeping_driver_at_once
            cancelling_leaves_a_request_that_hangs
            cancelling_leaves_a_handshake_that_hangs
            a_request_cancelled_while_connecting_is_never_sent
            a_paused_sign_in_polls_not_and_a_resumed_one_goes_on
            a_pause_before_the_code_is_there_holds_once_it_is
            tokens_that_arrive_during_a_pause_end_the_sign_in
            a_waiting_driver_does_not_spin
            the_clock_goes_on
        }
        discovery {
            endpoints_are_found
            the_second_address_is_tried
            a_redirect_of_the_document_is_followed
            a_foreign_document_is_refused
            a_name_that_does_not_resolve_is_connect_here_too
        }
        resuming {
            a_sign_in_goes_on_in_another_client
            a_sign_in_that_was_paused_is_polled_when_it_is_waited_for
            another_clients_sign_in_is_refused
            each_ending_has_its_error
            a_code_that_ran_out_unanswered_says_why
        }
        sessions {
            a_token_is_refreshed_before_its_end_and_the_next_one_too
            the_refresh_token_stays_when_the_answer_names_none
            a_refused_refresh_is_told_once_and_takes_no_token_away
            a_refresh_token_that_is_refused_asks_for_a_sign_in_and_ends_the_driver
            a_lost_answer_that_had_rotated_the_token_ends_with_a_hint
            a_refresh_whose_answer_was_lost_is_made_again_at_once
            trouble_is_waited_out_even_past_the_end_of_the_token
            a_rotated_token_that_comes_again_ends_the_grant
            refreshes_on_demand_come_together_in_one_request
            a_paused_session_refreshes_not_and_a_resumed_one_does
            a_pause_during_a_refresh_loses_no_answer
            a_cancelled_session_still_gets_the_token_that_was_rotated
            a_cancelled_session_gives_a_refresh_that_hangs_up_in_time
            without_a_refresh_token_the_session_ends_with_the_token
            a_stored_session_goes_on_in_another_client
        }
        lasting_sign_ins {
            one_machine_signs_in_and_refreshes_until_it_is_cancelled
            each_code_that_runs_out_is_replaced_when_asked_for
            a_code_that_runs_out_is_not_replaced_unasked
            after_a_refused_refresh_token_a_new_sign_in_can_be_asked_for
            a_refusal_is_the_end
            cancelling_twice_ends_a_refresh_that_hangs
        }
        calls {
            a_refresh_brings_new_tokens
            revoking_the_refresh_token_ends_all_that_came_of_it
            revoking_the_access_token_leaves_the_refresh_token
            a_sign_out_revokes_both_and_can_be_repeated
            another_clients_token_cannot_be_revoked
            a_call_is_made_again_after_passing_trouble
            a_cancelled_call_ends_as_cancelled
            introspection_tells_active_tokens_from_others
            userinfo_tells_who_signed_in
            a_token_that_userinfo_refuses_is_told_as_that
            a_call_follows_no_redirect
        }
        registrations {
            a_registered_client_signs_in
            a_refused_registration_is_told
            the_issuer_is_enough_to_do_everything
        }
        pkce {
            a_verifier_answers_for_the_challenge_at_every_poll
            a_server_that_insists_says_what_it_misses
            the_verifier_goes_on_with_the_sign_in_elsewhere
            a_refresh_carries_no_verifier
        }
        id_tokens {
            an_id_token_passes_every_check
            a_spoilt_claim_is_noticed
            the_nonce_that_was_filled_in_is_compared
            an_id_token_of_a_refresh_is_the_same_persons
            an_id_token_that_is_left_out_is_told_and_takes_no_token_away
        }
        proxies {
            https_goes_through_a_tunnel
            http_goes_to_the_proxy_in_absolute_form
            a_socks_proxy_looks_the_name_up
            the_tunnel_is_reused
            a_connection_to_a_proxy_is_reused
            a_name_and_a_password_are_decoded_and_sent_to_the_proxy_alone
            a_missing_proxy_is_proxy_and_passes
            the_environments_proxy_serves_its_scheme_only
            all_proxy_serves_both_schemes
            no_proxy_leads_around_the_proxy
            the_environment_is_not_looked_at_when_no_proxy_is_set
        }
        refusing_proxies {
            a_proxy_that_wants_a_password_is_proxy_and_its_schemes_are_named
            a_proxy_that_forbids_is_proxy
            a_proxy_in_trouble_is_proxy_and_passes
            a_proxy_that_does_not_speak_http_is_proxy_and_passes
            a_proxy_that_breaks_off_in_socks_is_proxy_and_passes
            interim_answers_of_a_proxy_are_passed_over
            what_a_proxy_says_is_not_repeated
            a_refusal_ends_the_first_request_at_once
            a_refusal_in_pieces_is_the_same
            a_server_that_answers_407_is_no_refusing_proxy
            a_proxy_that_wants_a_password_for_plain_http_is_proxy
        }
        unusable_proxies {
            an_address_that_cannot_be_used_is_refused_and_not_shown
            a_variable_with_an_unusable_address_is_refused_by_name
            a_variable_that_is_not_text_is_refused_by_name
            a_variable_that_does_not_count_is_no_matter
        }
        secure_proxies {
            tls_with_the_server_runs_inside_of_tls_with_the_proxy
            a_client_certificate_is_for_the_server_and_not_for_the_proxy
            a_proxy_that_is_not_trusted_hears_nothing
        }
        tls {
            a_server_under_an_extra_authority_is_trusted
            an_unknown_authority_is_tls
            a_certificate_for_another_name_is_tls
            an_expired_certificate_is_tls
            plain_http_behind_https_is_tls
            a_client_certificate_is_shown
            a_missing_client_certificate_is_tls
            a_failed_handshake_sends_nothing
            a_truncated_body_over_tls_is_closed
            without_a_trust_store_extra_authorities_and_loopback_still_work
        }
        tls_settings {
            roots_that_are_not_pem_are_refused
            roots_without_a_certificate_are_refused
            roots_that_are_no_certificates_are_refused
            a_key_that_is_none_is_refused_and_not_shown
            a_chain_without_a_certificate_is_refused
            a_key_of_another_certificate_is_refused
            keys_come_as_pkcs8_sec1_and_pkcs1
            a_user_agent_that_breaks_the_line_is_refused
        }
    };
    let trial = |(name, case): (&str, fn())| {
        Trial::test(format!("{}::{name}", T::NAME), move || {
            case();
            Ok(())
        })
    };
    cases.into_iter().map(trial).collect()
}
