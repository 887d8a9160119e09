//! What an observer is told.

/// Who decided about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decider {
    /// A person, on the approval page.
    Page,
    /// A call of [`Server::approve`](crate::Server::approve), [`deny`](crate::Server::deny) or
    /// [`expire`](crate::Server::expire).
    Call,
    /// The script or [`Approval`](crate::Approval).
    Server,
}

/// Something the server did, for the observer set with [`Options::observer`](crate::Options::observer).
///
/// Events carry no token, device code or secret. Text such as `client_id` comes from the client as it was sent, so clean
/// it before it goes to a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A metadata document was asked for.
    Metadata,
    /// A device authorization request was granted.
    DeviceAuthorization {
        /// The client.
        client_id: String,
        /// The requested scope.
        scope: Option<String>,
        /// The code that was made.
        user_code: String,
    },
    /// A poll was answered.
    Poll {
        /// The code polled for.
        user_code: String,
        /// Counts the polls for this code, from 1.
        number: u32,
        /// The error code, `tokens`, `scripted answer` or `no answer`.
        answer: &'static str,
    },
    /// A code was approved.
    Approved {
        /// The code.
        user_code: String,
        /// Who approved.
        by: Decider,
    },
    /// A code was denied.
    Denied {
        /// The code.
        user_code: String,
        /// Who denied.
        by: Decider,
    },
    /// A code was made to expire before its time.
    Expired {
        /// The code.
        user_code: String,
        /// Who let it expire.
        by: Decider,
    },
    /// A wrong code was entered on the page.
    WrongCode,
    /// A refresh token was exchanged.
    Refreshed {
        /// The client.
        client_id: String,
    },
    /// A rotated refresh token came again, so its grant was revoked.
    RefreshTokenReused {
        /// The client.
        client_id: String,
    },
    /// A token was revoked.
    Revoked {
        /// The client.
        client_id: String,
    },
    /// A token was asked about.
    Introspected {
        /// The client that asked.
        client_id: String,
        /// The answer: whether the token is valid, as far as that client may know.
        is_active: bool,
    },
    /// The claims about the person were read.
    Userinfo {
        /// The client whose access token it was.
        client_id: String,
    },
    /// A client registered itself.
    Registered {
        /// The id that it was given.
        client_id: String,
        /// The name that it gave itself.
        client_name: Option<String>,
    },
}
