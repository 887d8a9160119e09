//! What a sign-in tells while it goes on, and how it ends.

use crate::failure::Failure;
use crate::prompt::Prompt;
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use crate::trouble::RetryReason;
use core::time::Duration;

/// What a [`DeviceFlow`](crate::DeviceFlow) tells while it works.
///
/// A moment at which the next poll is due is never later than the end of the code: when no poll is allowed before that,
/// it is the end of the code. A paused flow polls when it is resumed, and not before that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The codes have arrived: show this to the person. Told once.
    Prompt(Prompt),
    /// The person has not decided yet (`authorization_pending`).
    #[non_exhaustive]
    Pending {
        /// When the next poll is due.
        next_poll: Timestamp,
    },
    /// The person has not decided yet, and the server wants fewer polls (`slow_down`).
    #[non_exhaustive]
    SlowedDown {
        /// The new interval, without the margin.
        interval: Duration,
        /// When the next poll is due.
        next_poll: Timestamp,
    },
    /// A request brought nothing and will be made again.
    #[non_exhaustive]
    Retrying {
        /// Which request.
        stage: Stage,
        /// What happened.
        reason: RetryReason,
        /// When it will be made again.
        next_attempt: Timestamp,
    },
    /// The person said yes and the tokens are there, but no ID token is among them although the scope `openid` was asked
    /// for (OpenID Connect Core section 3.1.3.3). Who needs to know who signed in asks the userinfo endpoint.
    IdTokenMissing,
}

/// How a sign-in ends. Exhaustive: these are the protocol's endings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The person said yes.
    Authorized(TokenResponse),
    /// The person said no.
    Denied,
    /// The code ran out before the person decided, as far as is known.
    Expired(Expiry),
    /// The caller gave up.
    Cancelled,
    /// It could not be done.
    Failed(Failure),
}

/// What is known about polls when a code has run out: whether nobody approved, or nobody could be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expiry {
    pub(crate) last_trouble: Option<RetryReason>,
    pub(crate) unanswered: u32,
    pub(crate) is_answered: bool,
}

impl Expiry {
    /// What the last poll met with; `None` when the authorization server answered it, or when there was none.
    pub const fn last_trouble(&self) -> Option<RetryReason> {
        self.last_trouble
    }

    /// How many polls in a row brought no answer of the authorization server's at the end.
    pub const fn unanswered_polls(&self) -> u32 {
        self.unanswered
    }

    /// Whether the authorization server answered any poll at all. Only then is it known that nobody had approved by then.
    pub const fn is_answered(&self) -> bool {
        self.is_answered
    }
}
