//! Registered clients and how they prove who they are (RFC 6749 §2.3).

use std::fmt;

/// How a client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `none`: a public client, which only names itself.
    None,
    /// `client_secret_basic` as RFC 6749 §2.3.1 writes it: id and secret are form-urlencoded before base64. The server
    /// is strict: text with characters that the encoding would have replaced is refused.
    Basic,
    /// `client_secret_basic` as some servers read it: id and secret go into base64 as they are.
    BasicRaw,
    /// `client_secret_post`: the secret is a body parameter.
    Post,
}

impl ClientAuthentication {
    pub(crate) const fn wire_name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic | Self::BasicRaw => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

/// A client that the server knows.
///
/// ```
/// use device_flow_testserver::{Client, Options};
///
/// let options = Options::new()
///     .client(Client::public("television").name("Living room TV"))
///     .client(Client::basic("printer", "s3cret & more"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) secret: String,
}

impl Client {
    /// Creates a public client.
    pub fn public(id: &str) -> Self {
        Self::new(id, "", ClientAuthentication::None)
    }

    /// Creates a confidential client that uses [`ClientAuthentication::Basic`].
    pub fn basic(id: &str, secret: &str) -> Self {
        Self::new(id, secret, ClientAuthentication::Basic)
    }

    /// Creates a confidential client that uses [`ClientAuthentication::BasicRaw`].
    pub fn basic_raw(id: &str, secret: &str) -> Self {
        Self::new(id, secret, ClientAuthentication::BasicRaw)
    }

    /// Creates a confidential client that uses [`ClientAuthentication::Post`].
    pub fn post(id: &str, secret: &str) -> Self {
        Self::new(id, secret, ClientAuthentication::Post)
    }

    /// Sets the name that the approval page shows instead of the client id.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    fn new(id: &str, secret: &str, authentication: ClientAuthentication) -> Self {
        Self { id: id.to_owned(), name: None, authentication, secret: secret.to_owned() }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}
