//! One connection: hyper reads requests and writes answers; a fault takes the socket away from it.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, http};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};

use crate::answer::Answer;
use crate::connections::{Seat, Worth};
use crate::endpoints;
use crate::fault::{Delivery, Socket};
use crate::form;
use crate::reply::Reply;
use crate::state::Shared;
use crate::transcript::Request;

/// The longest head that is read.
const LONGEST_HEAD: usize = 64 * 1024;

type FaultSlot = Arc<Mutex<Option<Delivery>>>;

/// What requests are for.
pub(crate) trait Service: Send + Sync + 'static {
    /// How long a request may take to arrive, and a connection may be idle.
    fn read_timeout(&self) -> Duration;

    /// The longest body that is read.
    fn longest_body(&self) -> usize {
        64 * 1024
    }

    /// Says what is wrong with a request that could not be read.
    fn trouble(&self, status: u16, text: &str) -> Answer {
        Answer::text(status, &format!("{text}\n"))
    }

    /// Refuses a request by its head, before any of its body is read.
    fn refusal(&self, _: &http::request::Parts) -> Option<Answer> {
        None
    }

    /// Answers a request.
    fn answer(&self, request: Request) -> Reply;
}

/// Serves a connection until either side ends it.
pub(crate) async fn serve<S: Service>(service: Arc<S>, number: u64, seat: Seat, socket: impl Socket) {
    let slot = FaultSlot::default();
    let read_timeout = service.read_timeout();
    let seat = Arc::new(seat);
    let service = service_fn(|request| {
        let (service, seat, slot) = (Arc::clone(&service), Arc::clone(&seat), Arc::clone(&slot));
        Box::pin(async move { respond(&*service, number, &seat, request, &slot).await })
            as Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, SocketTaken>> + Send>>
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(read_timeout)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(socket), service);
    // An error here is the client's hanging up or breaking HTTP, or a fault of ours; either ends the connection.
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let mut socket = connection.into_parts().io.into_inner();
    let delivery = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    // The client may be gone before the fault is done.
    let _ = match delivery {
        Some(delivery) if seat.is_kept_as(Worth::Spoilt) => delivery.commit(socket).await,
        _ => socket.shutdown().await,
    };
}

impl Service for Shared {
    fn read_timeout(&self) -> Duration {
        self.options.read_timeout
    }

    fn answer(&self, request: Request) -> Reply {
        self.transcript.push(request.clone());
        let reply = endpoints::route(self, &request);
        for event in &reply.events {
            self.tell(event);
        }
        reply
    }
}

/// Tells hyper to give the connection up without another word.
#[derive(Debug)]
struct SocketTaken;

impl fmt::Display for SocketTaken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection ends without another word")
    }
}

impl std::error::Error for SocketTaken {}

async fn respond<S: Service>(
    service: &S,
    connection: u64,
    seat: &Seat,
    request: http::Request<Incoming>,
    slot: &FaultSlot,
) -> Result<Response<Full<Bytes>>, SocketTaken> {
    let (head, body) = request.into_parts();
    if let Some(refusal) = service.refusal(&head) {
        return Ok(closing(refusal));
    }
    // It has sent something.
    kept(seat, Worth::Waiting)?;
    let limited = Limited::new(body, service.longest_body()).collect();
    let body = match timeout(service.read_timeout(), limited).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return Ok(closing(service.trouble(413, "the body is too large")));
        }
        Ok(Err(_)) => return Ok(closing(service.trouble(400, "the body is malformed"))),
        Err(_) => return Ok(closing(service.trouble(408, "the body took too long"))),
    };
    kept(seat, Worth::Answering)?;
    let reply = service.answer(recorded(connection, &head, &body));
    if !reply.late.is_zero() {
        sleep(reply.late).await;
    }
    match reply.fault {
        None => {
            kept(seat, Worth::Waiting)?;
            Ok(reply.answer.into_response())
        }
        Some(fault) => {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Delivery { fault, answer: reply.answer });
            Err(SocketTaken)
        }
    }
}

fn kept(seat: &Seat, worth: Worth) -> Result<(), SocketTaken> {
    if seat.is_kept_as(worth) { Ok(()) } else { Err(SocketTaken) }
}

fn closing(answer: Answer) -> Response<Full<Bytes>> {
    answer.header("connection", "close").into_response()
}

fn recorded(connection: u64, head: &http::request::Parts, body: &Bytes) -> Request {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let content_type = head.headers.get(http::header::CONTENT_TYPE).map(text);
    let parameters = if form::is_form(content_type.as_deref()) { form::pairs(body) } else { Vec::new() };
    Request {
        connection,
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: form::pairs(head.uri.query().unwrap_or_default().as_bytes()),
        headers,
        body: body.to_vec(),
        parameters,
        arrived: Instant::now(),
    }
}
