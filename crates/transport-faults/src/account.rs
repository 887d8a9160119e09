//! What a client has told of a sign-in, and whether that is what is stated.

use crate::case::{End, Stated, Strike};
use crate::client::Line;
use crate::words::{self, AUTHORIZED, LOST, failure, reason};
use device_flow_core::{Failure, NetworkError, ProtocolError, Stage};

/// More memory than a client may have in use at any time, in KiB.
const MOST_MEMORY: u64 = 40 * 1024;

/// What a client has told.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Which endpoint's request was made again, and why.
    retries: Vec<(String, String)>,
    prompts: usize,
    pending: usize,
    end: Option<String>,
    token: Option<String>,
    peak: Option<u64>,
    other: Vec<String>,
}

impl Account {
    pub(crate) fn take_down(&mut self, line: Line) {
        match line {
            Line::Prompt => self.prompts += 1,
            Line::Pending => self.pending += 1,
            Line::Retrying { endpoint, reason } => self.retries.push((endpoint, reason)),
            Line::End(end) => self.end = Some(end),
            Line::Token(token) => self.token = Some(token),
            Line::Peak(peak) => self.peak = Some(peak),
            Line::Other(line) => self.other.push(line),
        }
    }

    /// How often the person has been told that a request is made again.
    pub(crate) fn retries(&self) -> usize {
        self.retries.len()
    }

    /// How often the server has said that nobody has decided yet.
    pub(crate) const fn pending(&self) -> usize {
        self.pending
    }

    /// How many requests must have been sent for what was told.
    pub(crate) fn requests(&self) -> usize {
        let is_over_by_an_answer = self.end.as_ref().is_some_and(|it| !it.starts_with("expired"));
        self.retries.len() + self.prompts + self.pending + usize::from(is_over_by_an_answer)
    }

    /// The access token, when the sign-in succeeded.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The most memory that the client ever had in use, in KiB.
    pub(crate) const fn peak(&self) -> Option<u64> {
        self.peak
    }

    /// In what it deviates from what is stated.
    pub(crate) fn deviations(&self, stated: &Stated, strike: Strike) -> Vec<String> {
        let stage = match strike {
            Strike::First => Stage::DeviceAuthorization,
            Strike::Poll => Stage::Token,
        };
        let mut deviations = Vec::new();
        let told: Vec<_> = self.retries.iter().map(|(_, reason)| reason.as_str()).collect();
        let end = end(stated, stage);
        if !is_told(stated, &told) || self.end.as_ref() != Some(&end) {
            let ended = self.end.as_deref().unwrap_or("nothing: it had to be ended");
            deviations.push(format!("stated: {}; told {told:?}, ended with: {ended}", words::cell(stated)));
        }
        if let Some((other, _)) = self.retries.iter().find(|(it, _)| it != stage.endpoint_name()) {
            deviations.push(format!("made a request to the {other} again"));
        }
        deviations.extend(self.other.iter().map(|line| format!("said {line:?}")));
        match self.peak {
            Some(peak) if peak >= MOST_MEMORY => deviations.push(format!("took {peak} KiB of memory")),
            None if cfg!(target_os = "linux") => deviations.push("does not tell how much memory it took".to_owned()),
            _ => {}
        }
        deviations
    }
}

/// Whether these reasons to make a request again are as stated.
fn is_told(stated: &Stated, told: &[&str]) -> bool {
    match stated {
        Stated::Unnoticed | Stated::Ends(_) | Stated::Expires(None) => told.is_empty(),
        Stated::PerhapsTold(it) => told.is_empty() || told == [reason(*it)],
        Stated::Again(reasons) => told == reasons.iter().map(|it| reason(*it)).collect::<Vec<_>>(),
        Stated::AgainAs(either) => either.iter().any(|it| told == [reason(*it)]),
        Stated::GivesUp(it) => told == [failure(*it), failure(*it), failure(*it)],
        Stated::Lost(it) => told == [reason(*it)],
        Stated::Expires(Some(it)) => !told.is_empty() && told.iter().all(|told| *told == reason(*it)),
    }
}

/// The end that is stated, in the client's words.
fn end(stated: &Stated, stage: Stage) -> String {
    match stated {
        Stated::Unnoticed | Stated::PerhapsTold(_) | Stated::Again(_) | Stated::AgainAs(_) => AUTHORIZED.to_owned(),
        Stated::Ends(End::Network(it)) | Stated::GivesUp(it) => {
            Failure::from(NetworkError::new(stage, *it)).to_string()
        }
        Stated::Ends(End::Protocol(kind)) => Failure::from(ProtocolError::new(stage, kind.clone())).to_string(),
        Stated::Lost(_) => LOST.to_owned(),
        Stated::Expires(trouble) => words::expired(*trouble),
    }
}
