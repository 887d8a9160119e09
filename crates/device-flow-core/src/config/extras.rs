//! Parameters that have names of their own in some specification.

use super::Config;
use crate::stage::Stage;

/// What a request can ask for besides scopes. Anything else goes through [`Config::parameter`].
impl Config {
    /// Names a resource that the token is meant for, an absolute URI (RFC 8707 section 2); may be called more than once.
    /// It goes with the device authorization request, every poll and every refresh.
    ///
    /// ```
    /// use device_flow_core::Config;
    ///
    /// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token")
    ///     .resource("https://calendar.example/")
    ///     .resource("https://contacts.example/")
    ///     .login_hint("ada@example.com");
    /// ```
    #[must_use]
    pub fn resource(self, uri: &str) -> Self {
        self.parameter(Stage::DeviceAuthorization, "resource", uri).parameter(Stage::Token, "resource", uri).parameter(
            Stage::Refresh,
            "resource",
            uri,
        )
    }

    /// Names the audience that the token is meant for, as Auth0 and others want it; it goes with the device
    /// authorization request.
    #[must_use]
    pub fn audience(self, audience: &str) -> Self {
        self.parameter(Stage::DeviceAuthorization, "audience", audience)
    }

    /// Asks for one of these authentication context classes, separated by spaces, best first (OpenID Connect Core section
    /// 3.1.2.1); it goes with the device authorization request.
    #[must_use]
    pub fn acr_values(self, values: &str) -> Self {
        self.parameter(Stage::DeviceAuthorization, "acr_values", values)
    }

    /// Tells who is probably going to sign in (OpenID Connect Core section 3.1.2.1); it goes with the device
    /// authorization request.
    #[must_use]
    pub fn login_hint(self, hint: &str) -> Self {
        self.parameter(Stage::DeviceAuthorization, "login_hint", hint)
    }
}
