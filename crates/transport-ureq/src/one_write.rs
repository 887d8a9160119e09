//! A request leaves in one write.
//!
//! ureq writes head and body apart. A server that refuses a client in TLS 1.3, for want of a certificate say, closes when
//! it reads the head; then the write of the body fails, and the server's reason is never read. In one write the whole
//! request is on its way before anything can go wrong, and what the server had to say is read. It also means that a
//! request which is given up before its body is read is not sent at all.

use core::fmt;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::{Zeroize as _, Zeroizing};

/// Wraps the connections of the connectors before it.
#[derive(Debug)]
pub(crate) struct OneWrite;

impl<In: Transport> Connector<In> for OneWrite {
    type Out = Held<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| Held { inner, held: Zeroizing::new(Vec::new()) }))
    }
}

/// A connection that holds back what is written until an answer is waited for.
pub(crate) struct Held<T> {
    inner: T,
    held: Zeroizing<Vec<u8>>,
}

impl<T: Transport> Held<T> {
    fn flush(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let mut rest = self.held.as_slice();
        while !rest.is_empty() {
            let output = self.inner.buffers().output();
            let amount = rest.len().min(output.len());
            if amount == 0 {
                return Err(Error::ConnectionFailed);
            }
            let (now, later) = rest.split_at_checked(amount).unwrap_or((rest, &[]));
            for (to, from) in output.iter_mut().zip(now) {
                *to = *from;
            }
            self.inner.transmit_output(amount, timeout)?;
            rest = later;
        }
        self.held.zeroize();
        Ok(())
    }
}

impl<T: Transport> Transport for Held<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let output = self.inner.buffers().output();
        let output = output.get(..amount).unwrap_or_default();
        self.held.extend_from_slice(output);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.flush(timeout)?;
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl<T: Transport> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("inner", &self.inner).finish_non_exhaustive()
    }
}
