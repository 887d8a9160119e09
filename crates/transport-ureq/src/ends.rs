//! How a connection ended.
//!
//! An answer that announces no length ends with its connection, and ureq takes any end for that: a reset too, and over TLS
//! one without `close_notify`, which anybody on the way can bring about. What is left of the answer would then pass for all
//! of it. So an end that is none is told by an error that ureq does not know.

use core::fmt;
use std::io::{self, ErrorKind};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Wraps the connections of the connectors before it.
#[derive(Debug)]
pub(crate) struct Ends;

/// The connection ended as no connection ends whose other side had said all.
#[derive(Debug)]
pub(crate) struct CutOff(pub(crate) io::Error);

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for CutOff {}

impl<In: Transport> Connector<In> for Ends {
    type Out = Watched<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(Watched))
    }
}

/// A connection whose end is looked at.
#[derive(Debug)]
pub(crate) struct Watched<T>(T);

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout).map_err(|error| match error {
            Error::Io(it) if is_cut(it.kind()) => Error::Other(Box::new(CutOff(it))),
            other => other,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

/// The kinds that ureq takes for the end of an answer.
const fn is_cut(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}
