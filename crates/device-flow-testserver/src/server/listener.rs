//! A listener on which many may knock at once.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// How many connections may wait to be accepted; systems lower it to their own limit. With the 128 that are usual, a
/// test of thousands of devices loses handshakes, and each costs a second.
const WAITING: i32 = 4096;

/// Listens on an address, for a runtime.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A port that was in use a moment ago can be had again. On Windows the option would share a port that is in use.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
