//! The least that reading the answers costs: serde_json into structs that borrow, and nothing done with them.

use crate::answers::{CODES, PENDING, tokens};
use crate::{Case, Run};
use serde::Deserialize;
use std::hint::black_box;

pub(super) fn prepare(case: Case) -> Run {
    match case {
        Case::SignIn(pending) => {
            let tokens = tokens();
            Box::new(move || {
                read::<Codes<'_>>(CODES.as_bytes());
                for _ in 0..pending {
                    read::<Refusal<'_>>(PENDING.as_bytes());
                }
                read::<Tokens<'_>>(tokens.as_bytes());
            })
        }
        Case::PendingPoll => Box::new(|| read::<Refusal<'_>>(PENDING.as_bytes())),
        Case::SuspendResume => {
            let (flow, now) = super::core_flow::polling();
            let stored = flow.suspend(now).unwrap().to_json();
            Box::new(move || read::<Stored<'_>>(stored.expose().as_bytes()))
        }
    }
}

pub(crate) fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) {
    black_box(serde_json::from_slice::<T>(black_box(json)).ok());
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only read into")]
struct Codes<'a> {
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    verification_uri_complete: Option<&'a str>,
    expires_in: u64,
    interval: Option<u64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only read into")]
pub(crate) struct Refusal<'a> {
    error: &'a str,
    error_description: Option<&'a str>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only read into")]
struct Tokens<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: Option<u64>,
    refresh_token: Option<&'a str>,
    id_token: Option<&'a str>,
    scope: Option<&'a str>,
}

/// What `PendingFlow::to_json` writes.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only read into")]
struct Stored<'a> {
    version: u64,
    client_id: &'a str,
    token_endpoint: &'a str,
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    verification_uri_complete: Option<&'a str>,
    message: Option<&'a str>,
    nonce: Option<&'a str>,
    code_verifier: Option<&'a str>,
    interval_ms: u64,
    remaining_ms: u64,
    is_lifetime_known: u64,
    next_poll_in_ms: u64,
    failures: u64,
    is_answer_lost: u64,
}
