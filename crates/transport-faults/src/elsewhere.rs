//! Where redirects lead, and nobody may come.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// A place that notices whether anybody came.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    listener: TcpListener,
    address: SocketAddr,
}

impl Elsewhere {
    pub(crate) fn new() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self { address: listener.local_addr()?, listener })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) fn was_visited(&self) -> bool {
        self.listener.accept().is_ok()
    }
}
