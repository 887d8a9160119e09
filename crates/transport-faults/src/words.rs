//! Failures and statements in a few words.

use crate::case::{End, Stated};
use device_flow_core::{ProtocolErrorKind, ProxyCause, RetryReason, TransportFailure};

/// How a sign-in ends that succeeds.
pub(crate) const AUTHORIZED: &str = "authorized";
/// How one ends whose tokens were destroyed on the way.
pub(crate) const LOST: &str = "the code is used up, and the answer may have been lost";

/// The failure's stable name, and that of its cause.
pub(crate) fn failure(failure: TransportFailure) -> String {
    let cause = match failure {
        TransportFailure::Proxy(Some(ProxyCause::Refused { status, schemes })) => {
            let names: Vec<_> = schemes.names().collect();
            Some(["refused", &status.to_string(), &names.join(" ")].join(" ").trim_end().to_owned())
        }
        _ => failure.cause().map(str::to_owned),
    };
    cause.map_or_else(|| failure.as_str().to_owned(), |cause| format!("{}/{cause}", failure.as_str()))
}

pub(crate) fn reason(reason: RetryReason) -> String {
    match reason {
        RetryReason::Transport(it) => failure(it),
        RetryReason::Status(status) => format!("status {status}"),
        RetryReason::NotOAuth(status) => format!("no OAuth, status {status}"),
        other => other.as_str().to_owned(),
    }
}

pub(crate) fn expired(trouble: Option<RetryReason>) -> String {
    trouble.map_or_else(|| "expired".to_owned(), |it| format!("expired after {}", reason(it)))
}

/// What is stated, for people who read the table.
pub(crate) fn cell(stated: &Stated) -> String {
    match stated {
        Stated::Unnoticed => "signed in, nothing told".to_owned(),
        Stated::PerhapsTold(it) => format!("signed in, perhaps after {}", coded(*it)),
        Stated::Again(reasons) => {
            let told: Vec<_> = reasons.iter().map(|it| coded(*it)).collect();
            format!("{}, again, signed in", told.join(", "))
        }
        Stated::AgainAs([this, that]) => format!("{} or {}, again, signed in", coded(*this), coded(*that)),
        Stated::Ends(End::Network(it)) => format!("ends: `{}`", failure(*it)),
        Stated::Ends(End::Protocol(kind)) => format!("ends: *{}*", in_short(kind)),
        Stated::GivesUp(it) => format!("`{}`, three times again, ends", failure(*it)),
        Stated::Lost(it) => format!("{}, again, ends: *{LOST}*", coded(*it)),
        Stated::Expires(None) => "ends: expired".to_owned(),
        Stated::Expires(Some(it)) => format!("{} until the code runs out, ends: expired", coded(*it)),
    }
}

fn coded(it: RetryReason) -> String {
    format!("`{}`", reason(it))
}

/// What is wrong with an answer, without advice and without where it leads.
fn in_short(kind: &ProtocolErrorKind) -> String {
    let text = match kind {
        ProtocolErrorKind::Redirect { status, .. } => {
            ProtocolErrorKind::Redirect { status: *status, target: None }.to_string()
        }
        other => other.to_string(),
    };
    text.split(';').next().unwrap_or_default().to_owned()
}
