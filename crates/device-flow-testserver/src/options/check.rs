//! Settings that cannot work.

use std::collections::HashSet;
use std::io;
use std::net::Ipv6Addr;

use super::Options;

impl Options {
    /// Checks what [`Server::start`](crate::Server::start) checks, and starts nothing.
    ///
    /// # Errors
    ///
    /// When a setting is invalid ([`io::ErrorKind::InvalidInput`]): the shape of user codes, a host or a path that no
    /// address can have, or a client that is registered twice.
    ///
    /// ```
    /// use device_flow_testserver::{Client, Options};
    ///
    /// let options = Options::new().client(Client::public("tv"));
    /// assert!(options.check().is_ok());
    /// assert!(options.client(Client::public("tv")).check().is_err());
    /// ```
    pub fn check(&self) -> io::Result<()> {
        self.user_code.check()?;
        if let Some(host) = self.public_host.as_deref().filter(|host| !is_host(host)) {
            let message = format!(
                "the public host {host:?} is neither a name nor an address; it has no port, and brackets around IPv6"
            );
            return Err(invalid(message));
        }
        if !self.issuer_path.is_empty() && !is_path(&self.issuer_path) {
            return Err(invalid("an issuer path starts with a slash and has only characters of a path".to_owned()));
        }
        if !is_path(&self.dialect.device_authorization_path) || !is_path(&self.dialect.token_path) {
            return Err(invalid("a dialect's paths start with a slash and have only characters of a path".to_owned()));
        }
        let mut ids = HashSet::new();
        match self.clients.iter().find(|client| !ids.insert(client.id.as_str())) {
            Some(client) => Err(invalid(format!("the client {:?} is registered twice", client.id))),
            None => Ok(()),
        }
    }
}

/// A name or an address as they stand in front of a port (RFC 3986 §3.2.2).
fn is_host(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
    }
}

/// RFC 3986 §3.3.
fn is_path(text: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte);
    text.starts_with('/') && text.bytes().all(is_good)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
