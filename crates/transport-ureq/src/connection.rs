//! A connection as ureq uses it.
//!
//! - **A request leaves in one write.** ureq writes head and body apart. A server that refuses a client in TLS 1.3, for want
//!   of a certificate say, closes when it reads the head; then the write of the body fails, and the server's reason is never
//!   read. In one write the whole request is on its way before anything can go wrong, and what the server had to say is read.
//!   It also means that a request which is given up before its body is read is not sent at all.
//! - **An end is the end of an answer only if it can be one.** An answer that announces no length ends with its connection,
//!   and ureq takes any end for that: a reset too, and over TLS one without `close_notify`, which anybody on the way can bring
//!   about. What is left of the answer would then pass for all of it.

use crate::buffers::Pair;
use crate::head::Head;
use crate::task::Task;
use core::fmt;
use device_flow_core::{HttpCause, TransportFailure};
use device_flow_transport::blocking::{ForProxy, Stream};
use device_flow_transport::{Caused, MAX_HEAD};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Instant;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use zeroize::Zeroizing;

/// A connection over which requests are made.
pub(crate) struct Connection {
    stream: Stream,
    buffers: Pair,
    /// The request that is being made; none while the connection is idle.
    task: Option<Arc<Task>>,
    /// What a proxy that passes requests on wants to find in each.
    for_proxy: Option<ForProxy>,
    reading: Reading,
    /// Until when the server keeps the connection open while it is idle, if it says so.
    closes_at: Option<Instant>,
}

/// How far the answer has come.
#[derive(Clone, Copy)]
enum Reading {
    /// Behind this many bytes of interim answers.
    Head { behind: usize },
    /// Behind this many bytes.
    Body { behind: usize, is_ended_by_closing: bool },
}

impl Connection {
    /// A connection for the request on this line.
    pub(crate) fn new(stream: Stream, task: Arc<Task>, for_proxy: Option<ForProxy>) -> Self {
        let (buffers, reading) = (Pair::default(), Reading::Head { behind: 0 });
        let mut connection = Self { stream, buffers, task: None, for_proxy, reading, closes_at: None };
        connection.begin(task);
        connection
    }

    fn begin(&mut self, task: Arc<Task>) {
        self.stream.set_deadline(task.line.deadline());
        self.buffers.prepare(task.longest_row);
        self.reading = Reading::Head { behind: 0 };
        self.task = Some(task);
    }

    fn task(&self) -> io::Result<&Task> {
        self.task.as_deref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Sends what was held back.
    fn send(&mut self) -> io::Result<()> {
        if self.buffers.request().is_empty() {
            return Ok(());
        }
        self.task()?.line.begin_to_send()?;
        match &self.for_proxy {
            None => self.stream.write_all(self.buffers.request())?,
            Some(it) => self.stream.write_all(&amended(self.buffers.request(), it))?,
        }
        self.stream.flush()?;
        self.buffers.forget_request();
        Ok(())
    }

    /// Reads on, until the head is complete or some of the body has come, and tells whether the answer goes on.
    fn receive(&mut self) -> io::Result<bool> {
        loop {
            let room = self.buffers.input_append_buf();
            if room.is_empty() {
                // Only a line of chunks or trailers can be that long.
                return Err(too_large());
            }
            let amount = self.stream.read(room)?;
            self.buffers.input_appended(amount);
            match self.reading {
                Reading::Head { .. } if amount == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                Reading::Head { behind } => {
                    if self.read_head(behind)? {
                        return Ok(true);
                    }
                }
                Reading::Body { is_ended_by_closing: false, .. } if amount == 0 => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Reading::Body { behind, is_ended_by_closing } => {
                    let behind = behind.saturating_add(amount);
                    if behind > self.task()?.max_bytes {
                        return Err(Caused(TransportFailure::BodyTooLarge).into());
                    }
                    self.reading = Reading::Body { behind, is_ended_by_closing };
                    return Ok(amount > 0);
                }
            }
        }
    }

    /// Puts what ureq gets to see in the place of the head, if all of it has come.
    fn read_head(&mut self, mut behind: usize) -> io::Result<bool> {
        loop {
            let head = Head::read(self.buffers.input()).map_err(|it| Caused(TransportFailure::Http(Some(it))))?;
            let length = match &head {
                Head::Partial => self.buffers.input().len(),
                Head::Interim(length) | Head::Complete { length, .. } => *length,
            };
            if behind.saturating_add(length) > MAX_HEAD || (head == Head::Partial && length == MAX_HEAD) {
                return Err(too_large());
            }
            match head {
                Head::Partial => {
                    self.reading = Reading::Head { behind };
                    return Ok(false);
                }
                Head::Interim(length) => {
                    behind = behind.saturating_add(length);
                    self.buffers.replace(length, &[]);
                }
                Head::Complete { length, short, is_ended_by_closing, keep_alive } => {
                    self.closes_at = keep_alive.and_then(|it| Instant::now().checked_add(it));
                    let rest = self.buffers.input().len().saturating_sub(length);
                    self.buffers.replace(length, &short);
                    self.reading = Reading::Body { behind: rest, is_ended_by_closing };
                    return Ok(true);
                }
            }
        }
    }

    /// What an error of the stream comes down to, in a shape that ureq passes on.
    fn judge(&self, error: &io::Error) -> Error {
        let failure = self.task().map_or(TransportFailure::Closed, |task| task.line.judge(error));
        Error::Other(Box::new(Caused(failure)))
    }
}

fn too_large() -> io::Error {
    Caused(TransportFailure::Http(Some(HttpCause::HeadTooLarge))).into()
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.buffers.keep(amount);
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        self.send().and_then(|()| self.receive()).map_err(|error| self.judge(&error))
    }

    /// ureq asks this twice between two requests: when it puts a connection into its pool, and when it takes it out.
    fn is_open(&mut self) -> bool {
        if let Some(task) = self.task.take() {
            self.buffers.forget();
            return task.line.disconnect();
        }
        let task = Task::current().filter(|task| task.line.connect(&self.stream).is_ok());
        let is_kept = self.closes_at.is_none_or(|it| Instant::now() < it);
        let is_open = task.is_some() && is_kept && self.stream.is_quiet();
        if let (true, Some(task)) = (is_open, task) {
            self.begin(task);
        }
        is_open
    }

    fn is_tls(&self) -> bool {
        self.stream.is_secure()
    }
}

/// A request as a proxy wants it.
fn amended(request: &[u8], by: &ForProxy) -> Zeroizing<Vec<u8>> {
    let is_space = |it: &u8| *it == b' ';
    let path = request.iter().position(is_space).map_or(0, |it| it.saturating_add(1));
    let fields = request.iter().position(|it| *it == b'\n').map_or(path, |it| it.saturating_add(1));
    let part = |range: core::ops::Range<usize>| request.get(range).unwrap_or_default();
    let parts =
        [part(0..path), by.origin.as_bytes(), part(path..fields), by.fields.as_slice(), part(fields..request.len())];
    Zeroizing::new(parts.concat())
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("is_secure", &self.stream.is_secure()).finish_non_exhaustive()
    }
}
