//! What can be wrong with a configuration.

use crate::stage::Stage;
use crate::uri::UriError;
use alloc::string::String;

/// A configuration that cannot work. Says which part; never shows a value that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The client id is empty.
    #[error("the client id is empty")]
    EmptyClientId,
    /// An endpoint's address cannot be used.
    #[error("the address of the {} {source}", stage.endpoint_name())]
    Endpoint {
        /// The stage whose endpoint it is.
        stage: Stage,
        /// What is wrong with the address.
        source: UriError,
    },
    /// There is no device authorization endpoint to ask for codes.
    #[error(
        "there is no device authorization endpoint: this server does not offer device sign-in, or its address must be given by hand"
    )]
    NoDeviceEndpoint,
    /// A parameter or a header for requests that never carry it.
    #[error("{name:?} would never be sent: requests to the {} carry nothing of the configuration", stage.endpoint_name())]
    #[non_exhaustive]
    NeverSent {
        /// The stage that it is for.
        stage: Stage,
        /// Its name.
        name: String,
    },
    /// The issuer's address cannot be used.
    #[error("the issuer {source}")]
    Issuer {
        /// What is wrong with the address.
        source: UriError,
    },
    /// The issuer has a query or a fragment (RFC 8414 section 2).
    #[error("the issuer has a query or a fragment")]
    IssuerShape,
    /// The server's dialect wants the client's secret in every request, and none was given.
    #[error("this server wants the client's secret in every request, and none was given")]
    MissingSecret,
    /// Raw HTTP Basic cannot carry a client id with a colon (RFC 7617 section 2).
    #[error("a client id with a colon cannot be sent as raw HTTP Basic")]
    ColonInClientId,
    /// A scope has a character that RFC 6749 section 3.3 forbids.
    #[error("a scope has a character that no scope may have")]
    Scope,
    /// [`NonceMode::Enabled`](crate::NonceMode::Enabled) without a nonce.
    #[error("a nonce is to be sent and none was given")]
    MissingNonce,
    /// An extra parameter would replace one that the flow sets itself, or has no name.
    #[error("the parameter {name:?} is set by the flow itself")]
    ReservedParameter {
        /// Its name.
        name: String,
    },
    /// An extra parameter that may stand once only is there twice (RFC 6749 section 3.2).
    #[error("the parameter {name:?} is given more than once")]
    RepeatedParameter {
        /// Its name.
        name: String,
    },
    /// A header is given twice for the same requests.
    #[error("the header {name:?} is given more than once")]
    RepeatedHeader {
        /// Its name.
        name: String,
    },
    /// An extra header's name has characters that no header name may have.
    #[error("a header name is empty or has characters that no header name may have")]
    HeaderName,
    /// An extra header would replace one that the flow or the transport sets itself.
    #[error("the header {name:?} is set by the flow itself")]
    ReservedHeader {
        /// Its name.
        name: String,
    },
    /// An extra header's value has characters that no header value may have.
    #[error("the value of the header {name:?} has characters that no header value may have")]
    HeaderValue {
        /// Its name.
        name: String,
    },
}
