//! A server in memory, for tests in virtual time.

use core::future::{Ready, ready};
use core::task::{Context, Poll};
use http::Uri;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::Instant;
use tower_service::Service;

/// Connects to itself. Approves after a while; closes connections that were idle for too long.
#[derive(Clone, Debug)]
pub(crate) struct InMemory {
    pub(crate) interval: u64,
    pub(crate) approved_at: Instant,
    pub(crate) patience: Duration,
    pub(crate) headers: &'static str,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) polls: Arc<AtomicUsize>,
}

impl InMemory {
    /// A server that approves after so long, and never closes.
    pub(crate) fn approving_after(minutes: u64, interval: u64) -> Self {
        Self {
            interval,
            approved_at: Instant::now() + Duration::from_secs(minutes * 60),
            patience: Duration::from_secs(3_600),
            headers: "",
            connections: Arc::default(),
            polls: Arc::default(),
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn polls(&self) -> usize {
        self.polls.load(Ordering::Relaxed)
    }

    async fn serve(self, mut client: DuplexStream) {
        let mut request = [0; 4096];
        while let Ok(Ok(length @ 1..)) = tokio::time::timeout(self.patience, client.read(&mut request)).await {
            let (status, body) = self.answer(&request[..length]);
            let head = format!("HTTP/1.1 {status}\r\n{}content-length: {}\r\n\r\n", self.headers, body.len());
            if client.write_all((head + &body).as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &[u8]) -> (&'static str, String) {
        if request.starts_with(b"POST /device ") {
            let interval = self.interval;
            let codes =
                r#"{"device_code":"d","user_code":"U","verification_uri":"https://as.example/","expires_in":1800"#;
            return ("200 OK", format!(r#"{codes},"interval":{interval}}}"#));
        }
        self.polls.fetch_add(1, Ordering::Relaxed);
        if Instant::now() < self.approved_at {
            return ("400 Bad Request", r#"{"error":"authorization_pending"}"#.to_owned());
        }
        ("200 OK", r#"{"access_token":"t","token_type":"Bearer"}"#.to_owned())
    }
}

impl Service<Uri> for InMemory {
    type Response = TokioIo<DuplexStream>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let (client, server) = duplex(4096);
        tokio::spawn(self.clone().serve(server));
        ready(Ok(TokioIo::new(client)))
    }
}
