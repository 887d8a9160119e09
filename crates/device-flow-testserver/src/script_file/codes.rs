//! Codes: when they are approved, how long they live, how they look.

use serde::Deserialize;

use super::file::{set, set_time};
use crate::notation::Time;
use crate::options::{Approval, Options};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Codes {
    approval: Option<ApprovalNotation>,
    interval: Option<Time>,
    send_interval: Option<bool>,
    slow_down_early_polls: Option<bool>,
    expires_in: Option<Time>,
    most: Option<usize>,
    alphabet: Option<String>,
    length: Option<usize>,
    send_verification_uri_complete: Option<bool>,
    require_pkce: Option<bool>,
    wrong_code_lock: Option<Time>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ApprovalNotation {
    Manual,
    AfterPolls(u32),
    After(Time),
}

impl Codes {
    pub(super) fn apply(self, options: &mut Options) {
        if let Some(approval) = self.approval {
            options.approval = match approval {
                ApprovalNotation::Manual => Approval::Manual,
                ApprovalNotation::AfterPolls(polls) => Approval::AfterPolls(polls),
                ApprovalNotation::After(Time(delay)) => Approval::After(delay),
            };
        }
        set_time(&mut options.interval, self.interval);
        set(&mut options.is_interval_sent, self.send_interval);
        set(&mut options.is_early_poll_slowed, self.slow_down_early_polls);
        set_time(&mut options.expires_in, self.expires_in);
        set(&mut options.most_codes, self.most.map(|most| most.max(1)));
        set(&mut options.user_code.alphabet, self.alphabet);
        set(&mut options.user_code.length, self.length);
        set(&mut options.is_complete_uri_sent, self.send_verification_uri_complete);
        set(&mut options.is_pkce_required, self.require_pkce);
        set_time(&mut options.wrong_code_lock, self.wrong_code_lock);
    }
}
