//! What the person has to be shown.

use crate::device_authorization::DeviceAuthorizationResponse;
use crate::dialect::RFC_8628;
use crate::failure::{Failure, ProtocolError};
use crate::pacing::{Pacing, first_interval};
use crate::response::Response;
use crate::secret::Packed;
use crate::stage::Stage;
use crate::uri::without_code;
use crate::wire::read_codes;
use core::fmt;
use core::time::Duration;

/// What to show to the person: an address to visit and a code to enter there (RFC 8628 section 3.3).
///
/// All of it is cleaned: no control, escape or direction-changing characters, no address other than `https` (or what
/// [`Config::allow_http`](crate::Config::allow_http) and loopback allow).
///
/// Show address and code together. When there is a complete address, show it too, best as a QR code: it spares typing,
/// and the code remains there to compare (section 3.3.1). Tell people to go on only if they started the sign-in
/// themselves (section 5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Prompt {
    texts: Packed<4>,
    expires_in: Option<Duration>,
    interval: Duration,
}

// Where each text is packed.
const USER_CODE: usize = 0;
const VERIFICATION_URI: usize = 1;
const VERIFICATION_URI_COMPLETE: usize = 2;
const MESSAGE: usize = 3;

impl Prompt {
    pub(crate) fn of(response: &DeviceAuthorizationResponse, expires_in: Option<Duration>, interval: Duration) -> Self {
        Self { texts: response.visible_texts(), expires_in, interval }
    }

    /// The prompt of a device authorization response (RFC 8628 section 3.2) as a server would send it: for tests of
    /// what shows it.
    ///
    /// ```
    /// use device_flow_core::Prompt;
    ///
    /// let prompt = Prompt::from_json(r#"{"device_code":"c","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device"}"#)?;
    /// assert_eq!(prompt.user_code(), "WDJB-MJHT");
    /// # Ok::<(), device_flow_core::Failure>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Failure`] when it is an OAuth error, or no such response, or nothing that people may be shown.
    pub fn from_json(json: &str) -> Result<Self, Failure> {
        let stage = Stage::DeviceAuthorization;
        let response = read_codes(&RFC_8628, &Response::new(200, json.as_bytes())).granted(stage)?;
        let response = response.checked(false).map_err(|kind| ProtocolError::new(stage, kind))?;
        let life = response.expires_in().map(|it| Pacing::DEFAULT.lifetime(Some(it)));
        Ok(Self::of(&response, life, first_interval(response.interval())))
    }

    /// The code to enter: visible characters, 1 to 128. It is no secret from the person and from nobody else.
    pub fn user_code(&self) -> &str {
        self.texts.get(USER_CODE).unwrap_or_default()
    }

    /// The address to visit, short enough to type.
    pub fn verification_uri(&self) -> &str {
        self.texts.get(VERIFICATION_URI).unwrap_or_default()
    }

    /// The address with the code in it; absent when the server has none, or one that nobody should open.
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.texts.get(VERIFICATION_URI_COMPLETE)
    }

    /// What the server itself wants people to read (Microsoft), at most 1000 characters on one line.
    pub fn message(&self) -> Option<&str> {
        self.texts.get(MESSAGE)
    }

    /// How long the code lives, at most a day, counted from when it arrived or from when the prompt was asked for;
    /// `None` when the server does not tell.
    pub const fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// The time between two polls as the server wants it, without the margin.
    pub const fn interval(&self) -> Duration {
        self.interval
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever knows the user code can approve in somebody else's name, so it stays out of logs.
        f.debug_struct("Prompt")
            .field("verification_uri", &without_code(self.verification_uri(), self.user_code()))
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
