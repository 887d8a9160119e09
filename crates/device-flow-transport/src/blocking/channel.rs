//! A connection as a library for HTTP/1.1 uses it that reads and writes the bytes of heads and bodies itself.
//!
//! - **A request leaves in one write.** Libraries write head and body apart. A server that refuses a client in TLS 1.3, for want
//!   of a certificate say, closes when it reads the head; then the write of the body fails, and the server's reason is never
//!   read. In one write the whole request is on its way before anything can go wrong, and what the server had to say is read.
//!   It also means that a request which is given up before its answer is waited for is not sent at all.
//! - **An end is the end of an answer only if it can be one.** An answer that announces no length ends with its connection,
//!   and libraries take any end for that: a reset too, and over TLS one without `close_notify`, which anybody on the way can
//!   bring about. What is left of the answer would then pass for all of it.
//! - **What was in use is wiped** when the exchange is over.

use super::buffers::Pair;
use super::dialler::ForProxy;
use super::head::Head;
use super::line::Line;
use super::stream::Stream;
use crate::cause::Caused;
use crate::head::MAX_HEAD;
use core::fmt;
use device_flow_core::{HttpCause, TransportFailure};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Instant;
use zeroize::Zeroizing;

/// A connection over which requests are made one after the other.
pub struct Channel {
    stream: Stream,
    buffers: Pair,
    /// The request that is being made; none while the connection is idle.
    line: Option<Arc<Line>>,
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

impl Channel {
    /// A connection for the request on this line. What a proxy that passes requests on wants to find in them is put there.
    pub fn new(stream: Stream, line: Arc<Line>, for_proxy: Option<ForProxy>) -> Self {
        let (buffers, reading) = (Pair::default(), Reading::Head { behind: 0 });
        let mut channel = Self { stream, buffers, line: None, for_proxy, reading, closes_at: None };
        channel.begin(line);
        channel
    }

    fn begin(&mut self, line: Arc<Line>) {
        self.stream.set_deadline(line.deadline());
        self.buffers.prepare(line.longest_row);
        self.reading = Reading::Head { behind: 0 };
        self.line = Some(line);
    }

    fn line(&self) -> io::Result<&Line> {
        self.line.as_deref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Where to write the next piece of a request: there is always room for a row of its head.
    pub fn output(&mut self) -> &mut [u8] {
        self.buffers.output()
    }

    /// Takes this much of [`output`](Self::output) for a piece of the request. It is sent when the answer is waited for.
    pub fn keep(&mut self, amount: usize) {
        self.buffers.keep(amount);
    }

    /// What has come of the answer and was not [consumed](Self::consume) yet.
    pub fn input(&self) -> &[u8] {
        self.buffers.input()
    }

    /// Takes this much of [`input`](Self::input) for read.
    pub fn consume(&mut self, amount: usize) {
        self.buffers.input_consume(amount);
    }

    /// Whether reading on can be left for later: there is input, and some was of use.
    pub fn has_useful_input(&self) -> bool {
        self.buffers.can_use_input()
    }

    /// Sends the request, if that is not done yet, and waits until the head of its answer is complete or some of the body has
    /// come. Tells whether the answer goes on.
    ///
    /// # Errors
    ///
    /// What the request comes down to.
    pub fn wait(&mut self) -> Result<bool, TransportFailure> {
        let result = self.send().and_then(|()| self.receive());
        result.map_err(|error| self.line().map_or(TransportFailure::Closed, |line| line.judge(&error)))
    }

    /// Ends an exchange whose answer was read as a whole, and tells whether the connection can serve another one; `None` when
    /// there is none to end.
    pub fn end(&mut self) -> Option<bool> {
        let line = self.line.take()?;
        self.buffers.forget();
        Some(line.disconnect())
    }

    /// Begins the next exchange, on this line, if the connection is still good for one.
    pub fn resume(&mut self, line: Arc<Line>) -> bool {
        let is_kept = self.closes_at.is_none_or(|it| Instant::now() < it);
        let is_open = is_kept && line.connect(&self.stream).is_ok() && self.stream.is_quiet();
        if is_open {
            self.begin(line);
        }
        is_open
    }

    /// Whether TLS is spoken.
    pub const fn is_secure(&self) -> bool {
        self.stream.is_secure()
    }

    /// Sends what was held back.
    fn send(&mut self) -> io::Result<()> {
        if self.buffers.request().is_empty() {
            return Ok(());
        }
        self.line()?.begin_to_send()?;
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
                    if behind > self.line()?.max_bytes {
                        // What is not body: endless trailers, or chunks that hold next to nothing.
                        return Err(too_large());
                    }
                    self.reading = Reading::Body { behind, is_ended_by_closing };
                    return Ok(amount > 0);
                }
            }
        }
    }

    /// Puts what the library gets to see in the place of the head, if all of it has come.
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
}

fn too_large() -> io::Error {
    Caused(TransportFailure::Http(Some(HttpCause::HeadTooLarge))).into()
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

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("is_secure", &self.stream.is_secure()).finish_non_exhaustive()
    }
}
