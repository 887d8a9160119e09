//! The `nonce` of OpenID Connect Core section 3.1.2.1, which ties an ID token to one sign-in.

use crate::secret::SecretString;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// When a nonce is sent with the device authorization request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum NonceMode {
    /// When the scope `openid` is asked for and a nonce was given.
    #[default]
    Automatic,
    /// Always; without a nonce the configuration is refused.
    Enabled,
    /// Never.
    Disabled,
}

/// A nonce of 32 characters made of 24 random bytes, which the caller takes from a cryptographic generator: the core
/// has no randomness of its own.
///
/// ```
/// let random = [7; 24]; // from the operating system in earnest
/// assert_eq!(device_flow_core::nonce(&random).expose().len(), 32);
/// ```
pub fn nonce(random: &[u8; 24]) -> SecretString {
    SecretString::from(URL_SAFE_NO_PAD.encode(random))
}
