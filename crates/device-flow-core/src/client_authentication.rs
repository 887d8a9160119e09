//! How a client proves who it is (RFC 6749 section 2.3).

use crate::secret::SecretString;
use crate::wire::form;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How the client authenticates, named as in the registry of token endpoint authentication methods (RFC 7591
/// section 2).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `none`: a public client that only tells its `client_id`.
    #[default]
    None,
    /// `client_secret_basic`: HTTP Basic with id and secret form-encoded first, as RFC 6749 section 2.3.1 has it.
    SecretBasic(SecretString),
    /// HTTP Basic with id and secret as they are, for servers that do not decode them (Authlib, glewlwyd). Differs
    /// from [`SecretBasic`](Self::SecretBasic) only when one of them has characters that form encoding changes.
    SecretBasicRaw(SecretString),
    /// `client_secret_post`: id and secret as parameters of the body.
    SecretPost(SecretString),
}

impl ClientAuthentication {
    /// Whether the client has a secret to prove itself with.
    pub const fn is_confidential(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// The secret, when there is one.
    pub(crate) const fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::None => None,
            Self::SecretBasic(secret) | Self::SecretBasicRaw(secret) | Self::SecretPost(secret) => Some(secret),
        }
    }

    /// Whether this method uses the `Authorization` header.
    pub(crate) const fn is_header(&self) -> bool {
        matches!(self, Self::SecretBasic(_) | Self::SecretBasicRaw(_))
    }

    /// The `Authorization` header, when this method uses one.
    pub(crate) fn header(&self, client_id: &str) -> Option<SecretString> {
        let mut credentials = SecretString::with_capacity(0);
        match self {
            Self::None | Self::SecretPost(_) => return None,
            Self::SecretBasic(secret) => {
                form::encode_into(&mut credentials, client_id);
                credentials.push_str(":");
                form::encode_into(&mut credentials, secret.expose());
            }
            Self::SecretBasicRaw(secret) => {
                credentials.push_all([client_id, ":", secret.expose()]);
            }
        }
        let encoded = SecretString::from(STANDARD.encode(credentials.expose()));
        let mut header = SecretString::with_capacity(0);
        header.push_all(["Basic ", encoded.expose()]);
        Some(header)
    }

    /// The secret that goes into the body, when this method puts it there.
    pub(crate) const fn body_secret(&self) -> Option<&SecretString> {
        match self {
            Self::SecretPost(secret) => Some(secret),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(authentication: &ClientAuthentication, client_id: &str) -> alloc::string::String {
        let header = authentication.header(client_id).unwrap();
        let encoded = header.expose().strip_prefix("Basic ").unwrap();
        alloc::string::String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
    }

    #[test]
    fn d3_secret_basic_is_form_encoded_before_base64() {
        let authentication = ClientAuthentication::SecretBasic("p%ss word:+/&=?".into());
        assert_eq!(
            decoded(&authentication, "device:special/id+1"),
            "device%3Aspecial%2Fid%2B1:p%25ss+word%3A%2B%2F%26%3D%3F"
        );
    }

    #[test]
    fn d3_the_raw_variant_encodes_nothing() {
        let authentication = ClientAuthentication::SecretBasicRaw("p%ss word:+/&=?".into());
        assert_eq!(decoded(&authentication, "device-special"), "device-special:p%ss word:+/&=?");
    }

    #[test]
    fn the_other_methods_have_no_header() {
        assert!(ClientAuthentication::None.header("id").is_none());
        assert!(ClientAuthentication::SecretPost("secret".into()).header("id").is_none());
    }
}
