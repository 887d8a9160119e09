//! `device-flow demo`.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use super::{Format, TransportName};

/// Shows a complete sign-in, against an authorization server that runs inside the command.
///
/// Both sides tell what they do. The server is real, listens on loopback only, and is gone when the command ends.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Who approves: the server by itself after a few polls, or a person on its page
    #[arg(long, value_enum, value_name = "WHO", default_value = "auto")]
    pub(crate) approve: Approve,

    /// The loopback address the server listens on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub(crate) listen: SocketAddr,

    /// What standard output carries: nothing in text format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,

    /// The HTTP library to use
    #[arg(long, value_enum, value_name = "NAME", default_value = "ureq")]
    pub(crate) transport: TransportName,
}

/// Who approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Approve {
    /// The server, after a few polls
    Auto,
    /// A person, on the server's page
    Page,
}

/// Whoever reaches the demonstration server can approve on it, so it stays on this machine.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| "an address is written 127.0.0.1:8628 or [::1]:8628".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the demonstration server has no log-in, so it listens on loopback only".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_stays_on_loopback() {
        for good in ["127.0.0.1:0", "127.9.9.9:80", "[::1]:8628"] {
            assert!(loopback(good).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0:80", "[::]:80", "192.168.1.1:80", "127.0.0.1", "localhost:80", ""] {
            assert!(loopback(bad).is_err(), "{bad}");
        }
    }
}
