//! A tunnel through a proxy that speaks HTTP (RFC 9110 section 9.3.6).

use crate::proxy::{Reply, Route};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io::{self, ErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use zeroize::Zeroizing;

/// Asks the proxy at the other end of `connection` for a tunnel to this host and port. What the proxy sends before the
/// client has said something is no part of the tunnel, and is passed over.
pub(crate) async fn open<T: Read + Write + Unpin>(
    connection: T,
    route: &Route,
    place: &str,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    let mut connection = TokioIo::new(connection);
    connection.write_all(&request(route, place)).await?;
    connection.flush().await?;
    let mut answer = Vec::new();
    loop {
        match Reply::read(&answer) {
            Reply::Granted => return Ok(connection.into_inner()),
            Reply::Refused(refusal) => return Err(refusal.into()),
            Reply::Partial => {}
        }
        if connection.read_buf(&mut answer).await? == 0 {
            let reason = "the proxy closed the connection without an answer";
            return Err(io::Error::new(ErrorKind::UnexpectedEof, reason).into());
        }
    }
}

fn request(route: &Route, place: &str) -> Zeroizing<Vec<u8>> {
    let head = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    let head = head.as_bytes();
    // Made in one piece: one that grows leaves copies of the password behind.
    Zeroizing::new(match &route.authorization {
        None => [head, b"\r\n"].concat(),
        Some(it) => {
            let authorization = it.as_bytes();
            [head, b"Proxy-Authorization: ", authorization, b"\r\n\r\n"].concat()
        }
    })
}
