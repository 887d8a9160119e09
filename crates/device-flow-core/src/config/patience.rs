//! How patient and how strict a machine is.

use super::Config;
use core::time::Duration;

impl Config {
    /// What is added to the server's interval, in per cent of it: 0 to 100, larger values count as 100. Default: 5.
    #[must_use]
    pub fn interval_margin(mut self, per_cent: u8) -> Self {
        self.pacing.margin_percent = per_cent.min(100);
        self
    }

    /// The longest wait that repeated failures alone lead to while polling. Default: 60 s. The server's interval and
    /// its `Retry-After` may ask for more.
    #[must_use]
    pub fn max_back_off(mut self, longest: Duration) -> Self {
        self.pacing.max_back_off = longest;
        self
    }

    /// The life of a device code whose server does not tell (Salesforce, INDIGO IAM). Default: 30 minutes; no code
    /// is believed to live longer than 24 hours.
    #[must_use]
    pub fn default_lifetime(mut self, lifetime: Duration) -> Self {
        self.pacing.set_default_lifetime(lifetime);
        self
    }

    /// Whether a device authorization response without `expires_in`, which RFC 8628 section 3.2 requires, is an error.
    /// Default: no.
    #[must_use]
    pub fn require_lifetime(mut self, yes: bool) -> Self {
        self.is_lifetime_required = yes;
        self
    }

    /// Whether a token response without `id_token` is an error when the scope `openid` was asked for. Default: no. OpenID
    /// Connect Core section 3.1.3.3 requires one, and several servers send none in the device grant; the tokens that the
    /// person granted would be thrown away. That it is missing is told by
    /// [`Event::IdTokenMissing`](crate::Event::IdTokenMissing).
    #[must_use]
    pub fn require_id_token(mut self, yes: bool) -> Self {
        self.is_id_token_required = yes;
        self
    }

    /// How long before its end a token is refreshed. Default, and when it is longer than the token lives: 5 % of the
    /// token's life, at least 10 s, and no more than half of a life that is longer than that.
    #[must_use]
    pub fn refresh_lead(mut self, lead: Duration) -> Self {
        self.rare_mut().lead = lead;
        self
    }

    /// Whether a [`Session`](crate::Session) refreshes by itself. Default: yes.
    #[must_use]
    pub fn refresh_automatically(mut self, yes: bool) -> Self {
        self.rare_mut().is_refreshed_automatically = yes;
        self
    }

    /// How long a refresh may take, connecting included, if [`request_timeout`](Self::request_timeout) is not shorter.
    /// Default: 10 s. The answer to a refresh may be lost after the server has replaced the refresh token; servers that
    /// forgive that take the old one again for half a minute or so, within which the refresh is made once more.
    #[must_use]
    pub fn refresh_timeout(mut self, timeout: Duration) -> Self {
        self.rare_mut().refresh_timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// Whether a refresh whose answer was lost is made again by itself. Default: yes. At a server that takes a refresh
    /// token used twice for a stolen one (RFC 9700 section 4.14) and forgives nothing, `false` leaves the decision to
    /// the caller.
    #[must_use]
    pub fn replay_refresh(mut self, yes: bool) -> Self {
        self.rare_mut().is_refresh_replayed = yes;
        self
    }

    /// Whether `http` beyond loopback is good enough, for the endpoints and for the verification URI. Default: no.
    /// Codes and tokens then travel readable for everyone on the way.
    #[must_use]
    pub fn allow_http(mut self, yes: bool) -> Self {
        self.is_http_allowed = yes;
        self
    }

    /// How long one exchange may take, connecting included. Default: 30 s. At least a millisecond.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// The largest answer that is read, in bytes of body. Default: 1 MiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.max_body = bytes;
        self
    }
}
