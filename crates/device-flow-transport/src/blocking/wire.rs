//! A socket that never blocks for longer than it may.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::Socket;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often something that is there already is read after its time: more than enough for an answer, and an end to a flood that TLS
/// makes nothing of, such as tickets.
const MOST_OVERDUE_READS: u32 = 1024;

/// One end of a connection, reading and writing until a moment and not beyond.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) socket: Arc<Socket>,
    until: Instant,
    overdue_reads: u32,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // An answer is hardly ever there before it is asked for.
            self.wait(PollFlags::IN)?;
            self.count_overdue()?;
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
    pub(super) fn new(socket: Arc<Socket>, until: Instant) -> Self {
        Self { socket, until, overdue_reads: 0 }
    }

    /// From when on reading and writing fail; what is there by then can still be read.
    pub(super) fn set_deadline(&mut self, until: Instant) {
        (self.until, self.overdue_reads) = (until, 0);
    }

    fn count_overdue(&mut self) -> io::Result<()> {
        if Instant::now() < self.until {
            return Ok(());
        }
        self.overdue_reads = self.overdue_reads.saturating_add(1);
        if self.overdue_reads > MOST_OVERDUE_READS { Err(ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

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
        let mut wire = Wire::new(Arc::new(near), Instant::now());
        assert_eq!(wire.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        // What was raised by this thread is noted before the call returns, and told at the runtime's next turn.
        tokio::task::yield_now().await;
        assert!(signals.poll_recv(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    #[test]
    fn what_is_there_is_read_after_the_deadline_and_a_flood_is_not_read_for_ever() {
        let (near, far) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        // More than is read, waiting before the first read: a flood that is read faster than it comes would be none.
        far.set_nonblocking(true).unwrap();
        while far.send(&[0; 4096]).is_ok() {}
        let mut wire = Wire::new(Arc::new(near), Instant::now().checked_add(Duration::from_secs(10)).unwrap());
        wire.read_exact(&mut [0]).unwrap();
        wire.set_deadline(Instant::now());
        let mut reads: u32 = 0;
        while wire.read(&mut [0; 8]).is_ok() {
            reads = reads.saturating_add(1);
        }
        assert_eq!(reads, MOST_OVERDUE_READS);
    }
}
