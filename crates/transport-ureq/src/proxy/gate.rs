//! The way through a proxy that speaks HTTP.
//!
//! ureq asks for the tunnel itself and says of a refusal no more than its status, in a text. So the answer is looked at as it
//! comes in.

use super::reply::Reply;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport};

/// Wraps connections to proxies, and leaves others as they are.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Whether connections are made through a proxy at all.
    pub(crate) is_proxied: bool,
}

impl<In: Transport> Connector<In> for Gate {
    type Out = Either<In, Watched<In>>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        // ureq makes the connection to the proxy itself with settings that name no proxy.
        let is_to_proxy = self.is_proxied && details.config.proxy().is_none();
        Ok(chained.map(|inner| {
            if is_to_proxy {
                let is_granted = false;
                Either::B(Watched { inner, is_granted })
            } else {
                Either::A(inner)
            }
        }))
    }
}

/// A connection to a proxy, over which a tunnel is asked for and then used.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    inner: T,
    is_granted: bool,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let has_come = self.inner.await_input(timeout)?;
        if !self.is_granted {
            match Reply::read(self.inner.buffers().input()) {
                Reply::Partial => {}
                Reply::Granted => self.is_granted = true,
                Reply::Refused(refusal) => return Err(Error::Other(Box::new(refusal))),
            }
        }
        Ok(has_come)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
