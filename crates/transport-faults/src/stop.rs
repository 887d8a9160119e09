//! Stopping a process and letting it go on, as a closed lid or a debugger does.

use std::io;
use std::process::Child;
use std::time::Duration;

/// Stops the child for so long.
#[cfg(unix)]
pub(crate) fn stop(child: &Child, lasts: Duration) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let id = Pid::from_child(child);
    kill_process(id, Signal::STOP)?;
    std::thread::sleep(lasts);
    Ok(kill_process(id, Signal::CONT)?)
}

/// Nothing else stops a process from outside.
#[cfg(not(unix))]
pub(crate) fn stop(_: &Child, _: Duration) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
