//! The lines of `--format json`: one object a line, the last one says how it ended.

mod ascii;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use device_flow_core::{Prompt, SecretStr, TokenResponse};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::ending::Ending;
use crate::error::Error;
use crate::notice::Notice;

/// One line. Every field of an event is always there, but for `cause`; `null` stands for what the server did not tell.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Prompt {
        user_code: &'a str,
        verification_uri: &'a str,
        verification_uri_complete: Option<&'a str>,
        /// The life of the code in seconds.
        expires_in: Option<u64>,
        /// The time between two polls in seconds.
        interval: u64,
        message: Option<&'a str>,
    },
    Retrying {
        reason: &'static str,
        /// What lies behind the reason; left out where nothing is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<&'static str>,
        /// Whole seconds, rounded up.
        next_poll_in: u64,
    },
    /// A poll of the demonstration, as its server answered it.
    #[cfg(feature = "demo")]
    Poll {
        number: u32,
        answer: &'static str,
    },
    Authorized {
        access_token: &'a str,
        token_type: &'a str,
        /// The life of the access token in seconds.
        expires_in: Option<u64>,
        refresh_token: Option<&'a str>,
        id_token: Option<&'a str>,
        scope: Option<Vec<&'a str>>,
        extra: BTreeMap<String, &'a RawValue>,
    },
    Denied,
    Expired,
    Cancelled,
    Failed {
        kind: &'static str,
        error: Option<&'a str>,
        /// What lies behind an error of the network; left out where nothing is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<&'static str>,
        description: Option<String>,
        uri: Option<&'a str>,
    },
}

/// Writes what a job tells, if a script has to know.
pub(super) fn tell(writer: impl Write, notice: &Notice) -> io::Result<()> {
    match notice {
        Notice::Prompt(prompt) => write(writer, &Line::prompt(prompt)),
        Notice::Retrying { reason, next_attempt_in, .. } => write(
            writer,
            &Line::Retrying {
                reason: reason.as_str(),
                cause: reason.cause(),
                next_poll_in: seconds_rounded_up(*next_attempt_in),
            },
        ),
        #[cfg(feature = "demo")]
        Notice::Demo(step) => match step.poll() {
            Some((number, answer)) => write(writer, &Line::Poll { number, answer }),
            None => Ok(()),
        },
        Notice::Warning(_) | Notice::Pending { .. } | Notice::SlowedDown { .. } => Ok(()),
    }
}

/// Writes how it ended.
pub(super) fn end(writer: impl Write, ending: &Ending) -> io::Result<()> {
    write(
        writer,
        &match ending {
            Ending::Authorized(tokens) => Line::authorized(tokens),
            Ending::Denied => Line::Denied,
            Ending::Expired => Line::Expired,
            Ending::TimedOut(_) | Ending::Interrupted => Line::Cancelled,
            Ending::Failed(error) => Line::failed(error),
        },
    )
}

impl<'a> Line<'a> {
    fn prompt(prompt: &'a Prompt) -> Self {
        Self::Prompt {
            user_code: prompt.user_code(),
            verification_uri: prompt.verification_uri(),
            verification_uri_complete: prompt.verification_uri_complete(),
            // What is left when the prompt is told; the server counts in whole seconds.
            expires_in: prompt.expires_in().map(seconds_rounded_up),
            interval: seconds_rounded_up(prompt.interval()),
            message: prompt.message(),
        }
    }

    fn authorized(tokens: &'a TokenResponse) -> Self {
        Self::Authorized {
            access_token: tokens.access_token().expose(),
            // A type that is left out counts as this one.
            token_type: tokens.token_type().unwrap_or("Bearer"),
            expires_in: tokens.expires_in().map(|it| it.as_secs()),
            refresh_token: tokens.refresh_token().map(SecretStr::expose),
            id_token: tokens.id_token().map(SecretStr::expose),
            scope: tokens.scopes().map(Iterator::collect),
            // Of a repeated name the last counts. The core has read the object, so it can be read.
            extra: serde_json::from_str(tokens.extra().expose()).unwrap_or_default(),
        }
    }

    fn failed(error: &'a Error) -> Self {
        Self::Failed {
            kind: error.kind().as_str(),
            error: error.code(),
            cause: error.cause(),
            description: error.description(),
            uri: error.uri(),
        }
    }
}

/// Writes the line in one piece, so that no reader sees half of it.
fn write(mut writer: impl Write, line: &Line<'_>) -> io::Result<()> {
    let mut text = ascii::to_vec(line)?;
    text.push(b'\n');
    writer.write_all(&text)?;
    writer.flush()
}

fn seconds_rounded_up(duration: Duration) -> u64 {
    let part = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_flow_core::{ConfigError, ConnectCause, RetryReason, Stage, TransportFailure};
    use serde_json::{Value, json};

    fn ended(ending: &Ending) -> Value {
        let mut line = Vec::new();
        end(&mut line, ending).unwrap();
        assert_eq!(line.split_inclusive(|it| *it == b'\n').count(), 1);
        assert!(line.is_ascii() && line.ends_with(b"\n"));
        serde_json::from_slice(&line).unwrap()
    }

    fn tokens(body: &str) -> Ending {
        Ending::Authorized(TokenResponse::from_json(body).unwrap())
    }

    #[test]
    fn tokens_have_all_fields_even_where_the_server_was_silent() {
        assert_eq!(
            ended(&tokens(r#"{"access_token":"at"}"#)),
            json!({"event":"authorized","access_token":"at","token_type":"Bearer","expires_in":null,
                   "refresh_token":null,"id_token":null,"scope":null,"extra":{}})
        );
        assert_eq!(
            ended(&tokens(
                r#"{"access_token":"at","token_type":"bearer","expires_in":"3600","refresh_token":"rt","id_token":"it","scope":"a b"}"#
            )),
            json!({"event":"authorized","access_token":"at","token_type":"bearer","expires_in":3600,
                   "refresh_token":"rt","id_token":"it","scope":["a","b"],"extra":{}})
        );
    }

    #[test]
    fn t7_other_members_are_kept_on_one_line_and_to_the_last_digit() {
        let ending = tokens(
            "{\"access_token\":\"at\",\n\"a\": {\n\"b\" :[1,\t2 ]},\"n\":123456789012345678901234567890,\"a\":[\"x y\"],\"u\":\"\\u202e\u{202e}ü\"}",
        );
        let mut line = Vec::new();
        end(&mut line, &ending).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(
            line.contains(r#""extra":{"a":["x y"],"n":123456789012345678901234567890,"u":"\u202e\u202e\u00fc"}"#),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1, "{line}");
    }

    #[test]
    fn endings_without_details_are_bare() {
        for (ending, event) in [
            (Ending::Denied, "denied"),
            (Ending::Expired, "expired"),
            (Ending::TimedOut(Duration::from_secs(1)), "cancelled"),
            (Ending::Interrupted, "cancelled"),
        ] {
            assert_eq!(ended(&ending), json!({ "event": event }));
        }
    }

    #[test]
    fn a_failure_has_all_fields() {
        assert_eq!(
            ended(&Ending::Failed(ConfigError::EmptyClientId.into())),
            json!({"event":"failed","kind":"config","error":null,"description":"the client id is empty","uri":null})
        );
    }

    #[test]
    fn a_retry_tells_reason_and_wait() {
        let mut line = Vec::new();
        let notice = Notice::Retrying {
            stage: Stage::Token,
            reason: RetryReason::Transport(TransportFailure::Connect(Some(ConnectCause::Refused))),
            next_attempt_in: Duration::from_millis(9_500),
        };
        tell(&mut line, &notice).unwrap();
        let expected = r#"{"event":"retrying","reason":"connect","cause":"refused","next_poll_in":10}"#;
        assert_eq!(line, [expected.as_bytes(), b"\n"].concat());
    }

    #[test]
    fn what_only_people_need_is_no_line() {
        for notice in [
            Notice::Warning("x".to_owned()),
            Notice::Pending { next_poll_in: Duration::ZERO },
            Notice::SlowedDown { next_poll_in: Duration::ZERO },
        ] {
            let mut line = Vec::new();
            tell(&mut line, &notice).unwrap();
            assert!(line.is_empty());
        }
    }
}
