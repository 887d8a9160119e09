//! What the demonstration shows beside what every sign-in shows.

use std::fmt;

use device_flow_core::TokenResponse;
use device_flow_testserver::{Decider, Event};

use crate::visible::visible;

/// A step of the demonstration, without a secret.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The server is there.
    Listening { issuer: String },
    /// The client asks for the metadata.
    Discovering,
    /// The client asks for codes.
    AskingForCode { endpoint: String },
    /// The client has what it came for.
    Received(Received),
    /// The server did something.
    Server(Event),
    /// The server goes on doing what it did last.
    AndSoOn,
}

/// Which tokens have come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    has_refresh_token: bool,
    has_id_token: bool,
}

impl Step {
    /// Tells which tokens have come, not what they are.
    pub(crate) fn received(tokens: &TokenResponse) -> Self {
        Self::Received(Received {
            has_refresh_token: tokens.refresh_token().is_some(),
            has_id_token: tokens.id_token().is_some(),
        })
    }

    /// The number of a poll and how it was answered, when this is one.
    pub(crate) const fn poll(&self) -> Option<(u32, &'static str)> {
        match self {
            Self::Server(Event::Poll { number, answer, .. }) => Some((*number, *answer)),
            _ => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { issuer } => write!(f, "server: listens as {issuer}"),
            Self::Discovering => f.write_str("client: asks the server for its endpoints"),
            Self::AskingForCode { endpoint } => {
                write!(f, "client: asks for a code at {}", visible(endpoint))
            }
            Self::Received(it) => {
                f.write_str("client: has an access token")?;
                if it.has_refresh_token {
                    f.write_str(", a refresh token")?;
                }
                if it.has_id_token {
                    f.write_str(", an ID token")?;
                }
                Ok(())
            }
            Self::Server(event) => server(event, f),
            Self::AndSoOn => f.write_str("server: and so on, until somebody decides on the page"),
        }
    }
}

/// What the server did. Some of it is what clients and browsers sent, whoever they are.
fn server(event: &Event, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("server: ")?;
    match event {
        Event::Metadata => f.write_str("tells its endpoints"),
        Event::DeviceAuthorization { client_id, user_code, .. } => {
            write!(f, "makes the code {} for the client {}", visible(user_code), visible(client_id))
        }
        Event::Poll { number, answer, .. } => write!(f, "answers poll {number} with {answer}"),
        Event::Approved { user_code, by } => {
            write!(f, "the code {} is approved {}", visible(user_code), who(*by))
        }
        Event::Denied { user_code, by } => {
            write!(f, "the code {} is denied {}", visible(user_code), who(*by))
        }
        Event::Expired { user_code, .. } => {
            write!(f, "the code {} expires", visible(user_code))
        }
        Event::WrongCode => f.write_str("a wrong code was entered on the page"),
        Event::Refreshed { client_id } => {
            write!(f, "refreshes the tokens of {}", visible(client_id))
        }
        Event::Revoked { client_id } => write!(f, "revokes a token of {}", visible(client_id)),
        Event::RefreshTokenReused { client_id } => {
            write!(f, "sees a used refresh token again and ends what {} was granted", visible(client_id))
        }
        Event::Introspected { client_id, .. } => {
            write!(f, "tells {} about a token", visible(client_id))
        }
        Event::Userinfo { client_id } => {
            write!(f, "tells {} who signed in", visible(client_id))
        }
        Event::Registered { client_id, .. } => {
            write!(f, "registers the client {}", visible(client_id))
        }
        // What a later server may do besides.
        _ => f.write_str("does something else"),
    }
}

const fn who(decider: Decider) -> &'static str {
    match decider {
        Decider::Page => "on the page",
        _ => "by the server itself",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d8_what_clients_sent_steers_no_terminal() {
        let step = Step::Server(Event::DeviceAuthorization {
            client_id: "evil\u{1b}[2J\u{202e}".to_owned(),
            scope: None,
            user_code: "WDJB-MJHT".to_owned(),
        });
        assert_eq!(step.to_string(), r"server: makes the code WDJB-MJHT for the client evil\u{1b}[2J\u{202e}");
    }

    #[test]
    fn only_polls_are_polls() {
        let poll = Step::Server(Event::Poll { user_code: "WDJB-MJHT".to_owned(), number: 2, answer: "tokens" });
        assert_eq!(poll.poll(), Some((2, "tokens")));
        assert_eq!(Step::Server(Event::Metadata).poll(), None);
    }
}
