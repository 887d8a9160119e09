//! What a sign-in tells, and where it stands.

use crate::failure::Failure;
use crate::outcome::{Event, Expiry};
use crate::session::SessionEvent;
use crate::token_response::TokenResponse;

/// What a [`SignIn`](crate::SignIn) tells while it works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInEvent {
    /// Something about the code and the polls.
    Flow(Event),
    /// The person said yes, and here are the tokens. Never told for anything else.
    Granted(TokenResponse),
    /// The code has run out before the person decided. [`Input::Resume`](crate::Input::Resume) asks for a new one.
    CodeExpired(Expiry),
    /// The person said no. The end.
    Denied,
    /// It could not be done. The end.
    Failed(Failure),
    /// Something about the tokens. After [`SessionEvent::SignInNeeded`], [`Input::Resume`](crate::Input::Resume) asks for
    /// a new code.
    Session(SessionEvent),
}

impl SignInEvent {
    pub(super) const fn brings_tokens(&self) -> bool {
        matches!(self, Self::Granted(_) | Self::Session(SessionEvent::Refreshed(_)))
    }
}

/// Where a [`SignIn`](crate::SignIn) stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SignInStatus {
    /// A code is being asked for.
    NotAuthenticated,
    /// There is a code, and the person has not decided yet.
    CodeShown,
    /// There is a code, and polling is paused.
    Paused,
    /// The code ran out; a new one is offered.
    CodeExpired,
    /// There are tokens.
    Granted,
    /// There are tokens, and the access token has run out.
    Expired,
    /// There are tokens, and new ones are being fetched.
    Refreshing,
    /// The refresh token is no longer taken; a new code is offered. The access token may still be good.
    SignInNeeded,
    /// The end.
    Ended,
}
