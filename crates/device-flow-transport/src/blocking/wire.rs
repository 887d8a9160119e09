//! A socket that never blocks for longer than it may.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::Socket;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One end of a connection, reading and writing until a moment and not beyond.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) socket: Arc<Socket>,
    pub(super) until: Instant,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // An answer is hardly ever there before it is asked for.
            self.wait(PollFlags::IN)?;
            match (&*self.socket).read(buffer) {
                Err(error) if is_passing(&error) => {}
                result => return result,
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        loop {
            match send(&self.socket, buffer) {
                Err(error) if is_passing(&error) => self.wait(PollFlags::OUT)?,
                result => return result,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wire {
    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        let mut fds = [PollFd::new(&*self.socket, flags)];
        loop {
            let rest = self.until.saturating_duration_since(Instant::now());
            if wait_for_any(&mut fds, rest)? {
                return Ok(());
            }
            if rest.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }
}

/// Sends without a signal when the other end has hung up: a program that did not ask for Rust's way of ignoring SIGPIPE, because
/// its `main` is not Rust's or sets the default again, would end with it.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn send(socket: &Socket, buffer: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(socket, buffer, rustix::net::SendFlags::NOSIGNAL)?)
}

/// Apple's sockets are made to give no signal, and Windows has none.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn send(socket: &Socket, buffer: &[u8]) -> io::Result<usize> {
    socket.send(buffer)
}

/// Waits until something can be done with one of these sockets, and tells whether it can.
pub(super) fn wait_for_any(fds: &mut [PollFd<'_>], longest: Duration) -> io::Result<bool> {
    // What no clock can count is as good as for ever.
    let timeout = Timespec::try_from(longest).ok();
    match poll(fds, timeout.as_ref()) {
        Ok(count) => Ok(count > 0),
        Err(error) => {
            let error = io::Error::from(error);
            if is_passing(&error) { Ok(false) } else { Err(error) }
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use core::task::{Context, Waker};
    use socket2::{Domain, Type};
    use tokio::signal::unix::{SignalKind, signal};

    #[tokio::test]
    async fn whoever_writes_to_somebody_who_has_hung_up_gets_no_signal() {
        let mut signals = signal(SignalKind::pipe()).unwrap();
        let (near, far) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        drop(far);
        let mut wire = Wire { socket: Arc::new(near), until: Instant::now() };
        assert_eq!(wire.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        // What was raised by this thread is noted before the call returns, and told at the runtime's next turn.
        tokio::task::yield_now().await;
        assert!(signals.poll_recv(&mut Context::from_waker(Waker::noop())).is_pending());
    }
}
