//! A connection as ureq uses it.

use crate::current;
use device_flow_transport::Caused;
use device_flow_transport::blocking::Channel;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

/// A connection over which requests are made.
#[derive(Debug)]
pub(crate) struct Connection(pub(crate) Channel);

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.0.keep(amount);
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        // In a shape that ureq passes on.
        self.0.wait().map_err(|failure| Error::Other(Box::new(Caused(failure))))
    }

    /// ureq asks this twice between two requests: when it puts a connection into its pool, and when it takes it out.
    fn is_open(&mut self) -> bool {
        self.0.end().unwrap_or_else(|| current::line().is_some_and(|line| self.0.resume(line)))
    }

    fn is_tls(&self) -> bool {
        self.0.is_secure()
    }
}

impl Buffers for Connection {
    fn output(&mut self) -> &mut [u8] {
        self.0.output()
    }

    fn input(&self) -> &[u8] {
        self.0.input()
    }

    fn input_consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }

    fn can_use_input(&self) -> bool {
        self.0.has_useful_input()
    }

    /// Bodies come in one piece and are copied straight to the output.
    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], self.0.output())
    }

    /// Nobody but a connection fills its input.
    fn input_append_buf(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}
}
