//! Faults of the network, and answers so broken that no HTTP library would write them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::answer::Answer;

/// A way in which an answer does not arrive as it should.
///
/// Each ends the connection, since that is what such servers and networks do.
///
/// ```
/// use device_flow_testserver::{Endpoint, Fault, Options, Script};
///
/// let options = Options::new()
///     .script(Endpoint::DeviceAuthorization, Script::new().fault(Fault::Close))
///     .code(Script::new().fault(Fault::Truncate { at: 10 }).fault(Fault::Endless));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Closes the connection instead of answering.
    Close,
    /// Resets the connection (TCP RST) instead of answering.
    Reset,
    /// Says nothing for this long, then closes; ends early when the client hangs up.
    Hang(Duration),
    /// Announces the whole body, sends its first `at` bytes, closes.
    Truncate {
        /// How many bytes of the body are sent.
        at: usize,
    },
    /// Announces no length, so that the end of the connection is the end of the body; sends the whole answer and closes
    /// properly, which a client has to take.
    UntilClosed,
    /// Announces no length, sends the first `at` bytes of the body, and resets the connection (TCP RST).
    CutByReset {
        /// How many bytes of the body are sent.
        at: usize,
    },
    /// Announces no length, sends the first `at` bytes of the body, and closes the connection below TLS, without
    /// `close_notify`. Without TLS nothing tells this from a complete answer.
    CutBelowTls {
        /// How many bytes of the body are sent.
        at: usize,
    },
    /// Sends the head at once and the body byte by byte.
    Drip {
        /// The pause before each byte.
        every: Duration,
    },
    /// Sends status line, headers and body byte by byte.
    DripAll {
        /// The pause before each byte.
        every: Duration,
    },
    /// Pads the body with spaces to this many bytes, announced with `content-length`. A client that read it all would
    /// find a good answer, so only its limit can stop it.
    Oversize {
        /// The length of the body.
        bytes: u64,
    },
    /// Pads the body with spaces for ever, in chunks, until the client hangs up.
    Endless,
    /// Answers well, keeps the connection open for `idle`, and closes it although the client may reuse it. With a zero
    /// duration, the end of the connection arrives with the answer.
    CloseAfterAnswer {
        /// How long the connection stays open.
        idle: Duration,
    },
    /// Writes these bytes instead of an answer, then closes.
    Raw(Vec<u8>),
    /// Writes `start` instead of an answer, then `again` for ever, until the client hangs up: a head, interim answers or
    /// trailers without an end. With nothing to write again, it says nothing more.
    Flood {
        /// What is written once.
        start: Vec<u8>,
        /// What is repeated.
        again: Vec<u8>,
        /// The pause before each repetition.
        every: Duration,
    },
}

impl Fault {
    pub(crate) const fn needs_answer(&self) -> bool {
        !matches!(self, Self::Close | Self::Reset | Self::Hang(_) | Self::Raw(_) | Self::Flood { .. })
    }

    /// How many bytes were written out for it.
    #[cfg(feature = "program")]
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Raw(bytes) => bytes.len(),
            Self::Flood { start, again, .. } => start.len().saturating_add(again.len()),
            _ => 0,
        }
    }
}

/// The server's side of a connection, with or without TLS.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// A fault that was chosen for a request, with the answer it spoils.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) fault: Fault,
    pub(crate) answer: Answer,
}

impl Delivery {
    /// Commits the fault and gives the connection up. A client that hangs up meanwhile is no error of ours.
    pub(crate) async fn commit(self, mut socket: impl Socket) -> io::Result<()> {
        let Self { fault, answer } = self;
        let length = answer.body.len();
        match fault {
            Fault::Close => socket.shutdown().await,
            Fault::Reset => reset(&socket),
            Fault::Hang(duration) => {
                hang(&mut socket, duration).await;
                Ok(())
            }
            Fault::Truncate { at } => {
                let sent = answer.body.get(..at).unwrap_or(&answer.body);
                socket.write_all(&head(&answer, &length_line(length))).await?;
                socket.write_all(sent).await?;
                // No shutdown: under TLS it would say that the truncated answer is complete.
                socket.flush().await
            }
            Fault::UntilClosed => {
                begin(&mut socket, &answer, length).await?;
                socket.shutdown().await
            }
            Fault::CutByReset { at } => {
                begin(&mut socket, &answer, at).await?;
                // The client shall see what was sent; a reset may overtake it.
                sleep(BEFORE_RESET).await;
                reset(&socket)
            }
            // No shutdown: it would say that the answer is complete.
            Fault::CutBelowTls { at } => begin(&mut socket, &answer, at).await,
            Fault::Drip { every } => {
                socket.write_all(&head(&answer, &length_line(length))).await?;
                drip(&mut socket, &answer.body, every).await
            }
            Fault::DripAll { every } => {
                drip(&mut socket, &head(&answer, &length_line(length)), every).await?;
                drip(&mut socket, &answer.body, every).await
            }
            Fault::Oversize { bytes } => oversize(&mut socket, &answer, bytes).await,
            Fault::Endless => endless(&mut socket, &answer).await,
            Fault::CloseAfterAnswer { idle } => {
                socket.write_all(&head(&answer, &length_line(length))).await?;
                socket.write_all(&answer.body).await?;
                socket.flush().await?;
                hang(&mut socket, idle).await;
                socket.shutdown().await
            }
            Fault::Raw(bytes) => {
                socket.write_all(&bytes).await?;
                socket.shutdown().await
            }
            Fault::Flood { start, again, every } => {
                socket.write_all(&start).await?;
                flood(&mut socket, &again, every).await
            }
        }
    }
}

const PADDING: &[u8] = &[b' '; 4096];
const BEFORE_RESET: Duration = Duration::from_millis(30);

/// Lets the end of the connection be a reset.
fn reset(socket: &impl Socket) -> io::Result<()> {
    socket2::SockRef::from(socket.tcp()).set_linger(Some(Duration::ZERO))
}

/// Sends the head without a length, and the first `at` bytes of the body.
async fn begin(socket: &mut impl Socket, answer: &Answer, at: usize) -> io::Result<()> {
    socket.write_all(&head(answer, "connection: close\r\n")).await?;
    let sent = answer.body.get(..at).unwrap_or(&answer.body);
    socket.write_all(sent).await?;
    socket.flush().await
}

fn length_line(length: usize) -> String {
    format!("content-length: {length}\r\n")
}

fn head(answer: &Answer, framing: &str) -> Vec<u8> {
    let mut head = answer.head();
    head.extend_from_slice(framing.as_bytes());
    head.extend_from_slice(b"\r\n");
    head
}

/// Waits for `duration`, or until the client hangs up; what the client sends meanwhile is read and forgotten.
async fn hang(socket: &mut impl Socket, duration: Duration) {
    let client_is_gone = async {
        let mut ignored = [0; 1024];
        while !matches!(socket.read(&mut ignored).await, Ok(0) | Err(_)) {}
    };
    // Either end of the wait is the one that was asked for.
    let _ = timeout(duration, client_is_gone).await;
}

async fn drip(socket: &mut impl Socket, bytes: &[u8], every: Duration) -> io::Result<()> {
    for byte in bytes {
        sleep(every).await;
        socket.write_all(&[*byte]).await?;
        socket.flush().await?;
    }
    socket.flush().await
}

async fn oversize(socket: &mut impl Socket, answer: &Answer, bytes: u64) -> io::Result<()> {
    socket.write_all(&head(answer, &format!("content-length: {bytes}\r\n"))).await?;
    socket.write_all(&answer.body).await?;
    let mut left = bytes.saturating_sub(answer.body.len() as u64);
    while left > 0 {
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(PADDING.len());
        socket.write_all(PADDING.get(..size).unwrap_or(PADDING)).await?;
        left = left.saturating_sub(size as u64);
    }
    socket.flush().await
}

async fn endless(socket: &mut impl Socket, answer: &Answer) -> io::Result<()> {
    socket.write_all(&head(answer, "transfer-encoding: chunked\r\n")).await?;
    chunk(socket, &answer.body).await?;
    loop {
        chunk(socket, PADDING).await?;
        // Lets other connections speak when this client reads faster than we write.
        tokio::task::yield_now().await;
    }
}

async fn flood(socket: &mut impl Socket, bytes: &[u8], every: Duration) -> io::Result<()> {
    if bytes.is_empty() {
        // Writing nothing would never tell that the client is gone.
        socket.flush().await?;
        hang(socket, Duration::MAX).await;
        return Ok(());
    }
    loop {
        if every.is_zero() {
            // Lets other connections speak when this client reads faster than we write.
            tokio::task::yield_now().await;
        } else {
            socket.flush().await?;
            sleep(every).await;
        }
        socket.write_all(bytes).await?;
    }
}

async fn chunk(socket: &mut impl Socket, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    socket.write_all(format!("{:x}\r\n", bytes.len()).as_bytes()).await?;
    socket.write_all(bytes).await?;
    socket.write_all(b"\r\n").await
}
