//! Tests a sign-in of fifteen minutes in a millisecond: tokio's time is paused, and jumps ahead whenever all there is to do is
//! to wait. A socket would be waited for in real time, so the connection is one in memory.
//!
//! ```sh
//! cargo run --example fifteen_minutes
//! ```

#![expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::print_stdout, reason = "an example")]

use device_flow_core::{Config, Event};
use http::Uri;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::error::Error;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::Instant;
use tower_service::Service;
use transport_hyper::{Client, TokioClock};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let really_begun = std::time::Instant::now();
    let begun = Instant::now();
    let client = Client::builder()
        .clock(Arc::new(TokioClock::new()))
        .connector(InMemory { approved_at: begun + Duration::from_secs(14 * 60) })
        .build()?;

    let config = Config::new("tv", "http://as.example/device", "http://as.example/token").allow_http(true);
    let pending = client.start(config).await?;
    let mut polls = 1;
    pending.wait_with(|event| polls += u32::from(matches!(event, Event::Pending { .. }))).await?;

    println!("{polls} polls in {:?}, which took {:?}", begun.elapsed(), really_begun.elapsed());
    Ok(())
}

/// Connects to a server in this process: every connection has a task that answers what comes over it.
#[derive(Clone)]
struct InMemory {
    approved_at: Instant,
}

impl Service<Uri> for InMemory {
    type Response = TokioIo<DuplexStream>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (client, server) = duplex(4096);
        tokio::spawn(serve(server, self.approved_at));
        ready(Ok(TokioIo::new(client)))
    }
}

/// The server: whatever comes in one piece is a request.
async fn serve(mut client: DuplexStream, approved_at: Instant) {
    let mut request = [0; 4096];
    while let Ok(length @ 1..) = client.read(&mut request).await {
        let (status, body) = if request[..length].starts_with(b"POST /device ") {
            ("200 OK", CODES)
        } else if Instant::now() < approved_at {
            ("400 Bad Request", r#"{"error":"authorization_pending"}"#)
        } else {
            ("200 OK", r#"{"access_token":"secret","token_type":"Bearer"}"#)
        };
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if client.write_all((head + body).as_bytes()).await.is_err() {
            return;
        }
    }
}

const CODES: &str = r#"{"device_code":"secret","user_code":"WDJB-MJHT","verification_uri":"https://as.example/","expires_in":900,"interval":5}"#;
