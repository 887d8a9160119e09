//! What can be wrong with a client's own settings.

/// A client that cannot be made, or cannot do its part. Names the input that is to blame, and never shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// [`ClientBuilder::root_certificates_pem`](crate::ClientBuilder::root_certificates_pem) got no certificate, or
    /// something else.
    #[error("the extra root certificates are not usable PEM certificates")]
    RootCertificates,
    /// [`ClientBuilder::client_certificate_pem`](crate::ClientBuilder::client_certificate_pem) got no certificate, or
    /// something else.
    #[error("the client certificate chain is not a usable PEM certificate chain")]
    ClientCertificate,
    /// [`ClientBuilder::client_certificate_pem`](crate::ClientBuilder::client_certificate_pem) got no private key, an
    /// encrypted one, or something else.
    #[error("the client key is not a usable PEM private key")]
    ClientKey,
    /// The private key is another certificate's.
    #[error("the client certificate and the client key do not belong together")]
    ClientIdentity,
    /// [`ClientBuilder::user_agent`](crate::ClientBuilder::user_agent) got what cannot be sent.
    #[error("the user agent has characters that no header value may have")]
    UserAgent,
    /// A proxy's address cannot be used. There is no silent way around it.
    #[error(
        "the proxy address in {origin} is not usable: it must be an http or https address with a host"
    )]
    Proxy {
        /// The environment variable, or "the settings".
        origin: &'static str,
    },
    /// The TLS library refused the settings.
    #[error("the TLS settings could not be made")]
    Tls,
    /// A nonce could not be made.
    #[error("the operating system gave no random bytes")]
    Randomness,
}
