//! A child process that does not outlive its handle.

use std::process::{Child, Command};

use crate::{Error, Result};

/// A child process, ended when dropped.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn();
        child.map(Self).map_err(|error| -> Error { format!("failed to start {name}: {error}").into() })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either call fails only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
