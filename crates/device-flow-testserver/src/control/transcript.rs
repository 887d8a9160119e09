//! The transcript as JSON, a line for every request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::state::Shared;
use crate::transcript::Request;

/// What to show.
pub(super) struct Wanted<'a> {
    /// Requests whose path ends so.
    pub(super) path: &'a str,
    pub(super) are_secrets_shown: bool,
}

pub(super) fn answer(shared: &Shared, wanted: &Wanted<'_>) -> Answer {
    let mut lines = String::new();
    for request in shared.transcript.requests() {
        if request.path.ends_with(wanted.path) {
            lines.push_str(&line(shared, request, wanted.are_secrets_shown).to_string());
            lines.push('\n');
        }
    }
    Answer::new(200).header("content-type", "application/x-ndjson").header("cache-control", "no-store").body(lines)
}

fn line(shared: &Shared, request: Request, are_secrets_shown: bool) -> Value {
    let length = request.body.len();
    let arrived = request.arrived.saturating_duration_since(shared.transcript.began()).as_secs_f64();
    let request = if are_secrets_shown { request } else { request.redacted() };
    let mut line = json!({
        "arrived": arrived,
        "connection": request.connection,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "parameters": request.parameters,
        "body_length": length,
    });
    if are_secrets_shown {
        let (name, body) = match std::str::from_utf8(&request.body) {
            Ok(text) => ("body", text.to_owned()),
            Err(_) => ("body_base64", STANDARD.encode(&request.body)),
        };
        if let Some(members) = line.as_object_mut() {
            members.insert(name.to_owned(), body.into());
        }
    }
    line
}
