//! Failures in a few words, the same in what a client tells and in what is stated.

use crate::case::{End, Stated, Strike};
use device_flow_core::{
    Failure, NetworkError, ProtocolError, ProtocolErrorKind, ProxyCause, RetryReason, Stage, TransportFailure,
};

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

/// What a client is to tell, and its end, for what is stated.
pub(crate) struct Account {
    pub(crate) retries: Vec<String>,
    pub(crate) end: String,
}

/// The names of the endings.
pub(crate) const AUTHORIZED: &str = "authorized";
pub(crate) const LOST: &str = "the code is used up, and the answer may have been lost";

pub(crate) fn expired(trouble: Option<RetryReason>) -> String {
    trouble.map_or_else(|| "expired".to_owned(), |it| format!("expired after {}", reason(it)))
}

/// The account that a client is to give.
pub(crate) fn account(stated: &Stated, strike: Strike) -> Account {
    let stage = match strike {
        Strike::First => Stage::DeviceAuthorization,
        Strike::Poll => Stage::Token,
    };
    let network = |it| Failure::from(NetworkError::new(stage, it)).to_string();
    let all = |reasons: &[RetryReason]| reasons.iter().map(|it| reason(*it)).collect();
    match stated {
        Stated::Unnoticed => Account { retries: Vec::new(), end: AUTHORIZED.to_owned() },
        Stated::Again(reasons) => Account { retries: all(reasons), end: AUTHORIZED.to_owned() },
        // Of either, the first stands for both.
        Stated::AgainAs([it, _]) => Account { retries: all(&[*it]), end: AUTHORIZED.to_owned() },
        Stated::Ends(End::Network(it)) => Account { retries: Vec::new(), end: network(*it) },
        Stated::Ends(End::Protocol(kind)) => {
            let end = Failure::from(ProtocolError::new(stage, kind.clone())).to_string();
            Account { retries: Vec::new(), end }
        }
        Stated::GivesUp(it) => Account { retries: vec![failure(*it); 3], end: network(*it) },
        Stated::Lost(it) => Account { retries: all(&[*it]), end: LOST.to_owned() },
        Stated::Expires(it) => Account { retries: Vec::from_iter(it.map(reason)), end: expired(*it) },
    }
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

/// The same for people who read the table.
pub(crate) fn cell(stated: Option<&Stated>) -> String {
    let Some(stated) = stated else { return "—".to_owned() };
    let coded = |it: String| format!("`{it}`");
    match stated {
        Stated::Unnoticed => "signed in, nothing told".to_owned(),
        Stated::Again(reasons) => {
            let told: Vec<_> = reasons.iter().map(|it| coded(reason(*it))).collect();
            format!("{}, again, signed in", told.join(", "))
        }
        Stated::AgainAs(either) => {
            let [this, that] = either.map(|it| coded(reason(it)));
            format!("{this} or {that}, again, signed in")
        }
        Stated::Ends(End::Network(it)) => format!("ends: {}", coded(failure(*it))),
        Stated::Ends(End::Protocol(kind)) => format!("ends: *{}*", in_short(kind)),
        Stated::GivesUp(it) => format!("{}, three times again, ends", coded(failure(*it))),
        Stated::Lost(it) => format!("{}, again, ends: *{LOST}*", coded(reason(*it))),
        Stated::Expires(None) => "ends: expired".to_owned(),
        Stated::Expires(Some(it)) => format!("{} until the code runs out, ends: expired", coded(reason(*it))),
    }
}
