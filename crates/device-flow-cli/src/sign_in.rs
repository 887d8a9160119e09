//! Finding a server's endpoints, and signing in there.

use std::io;

use device_flow_core::{
    CallEvent, Config, DeviceFlow, Discovery, Event, Outcome, ServerMetadata, Stage, Timestamp, nonce,
};

use crate::ending::Ending;
use crate::error::Error;
use crate::notice::{Notice, Teller};
use crate::transport::Transport;

const NO_ID_TOKEN: &str = "the server sent no ID token although the scope openid was asked for, so nothing tells who \
    signed in; the access token is good all the same";

/// Asks the issuer where its endpoints are.
pub(crate) fn discover(
    transport: &Transport,
    mut discovery: Discovery,
    teller: &Teller,
) -> Result<ServerMetadata, Error> {
    transport.drive(&mut discovery, |event| {
        if let CallEvent::Retrying { reason, next_attempt, .. } = event {
            teller.tell(Notice::Retrying {
                stage: Stage::Discovery,
                reason,
                next_attempt_in: next_attempt.saturating_duration_since(transport.now()),
            });
        }
    });
    match discovery.into_outcome() {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(Error::Bug),
    }
}

/// Signs in.
pub(crate) fn sign_in(transport: &Transport, mut config: Config, teller: &Teller) -> Result<Ending, Error> {
    if config.needs_nonce() {
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(io::Error::from)?;
        config = config.nonce(nonce(&random));
    }
    let mut flow = DeviceFlow::new(config)?;
    transport.drive(&mut flow, |event| {
        if let Some(notice) = notice(event, transport.now()) {
            teller.tell(notice);
        }
    });
    match flow.into_outcome() {
        Ok(Outcome::Authorized(tokens)) => Ok(Ending::Authorized(tokens)),
        Ok(Outcome::Denied) => Ok(Ending::Denied),
        Ok(Outcome::Expired(expiry)) => match expiry.last_trouble() {
            // Somebody may have approved, and nobody could be asked.
            Some(reason) if !expiry.is_answered() => Err(Error::Unanswered(reason)),
            _ => Ok(Ending::Expired),
        },
        Ok(Outcome::Failed(failure)) => Err(failure.into()),
        // Nobody cancels a flow of this program: it ends with the process.
        Ok(Outcome::Cancelled) | Err(_) => Err(Error::Bug),
    }
}

/// What to show of an event. Moments of the driver's clock become times from now.
fn notice(event: Event, now: Timestamp) -> Option<Notice> {
    match event {
        Event::Prompt(prompt) => Some(Notice::Prompt(prompt)),
        Event::Pending { next_poll, .. } => {
            Some(Notice::Pending { next_poll_in: next_poll.saturating_duration_since(now) })
        }
        Event::SlowedDown { next_poll, .. } => {
            Some(Notice::SlowedDown { next_poll_in: next_poll.saturating_duration_since(now) })
        }
        Event::Retrying { stage, reason, next_attempt, .. } => {
            Some(Notice::Retrying { stage, reason, next_attempt_in: next_attempt.saturating_duration_since(now) })
        }
        Event::IdTokenMissing => Some(Notice::Warning(NO_ID_TOKEN.to_owned())),
        _ => None,
    }
}
