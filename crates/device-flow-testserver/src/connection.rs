//! One connection: hyper reads requests and writes answers; a fault takes the socket away from it.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, http};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};

use crate::answer::Answer;
use crate::endpoints;
use crate::fault::{Delivery, Socket};
use crate::form;
use crate::state::Shared;
use crate::transcript::Request;

/// The longest body and the longest head that are read.
const LONGEST_BODY: usize = 64 * 1024;
const LONGEST_HEAD: usize = 64 * 1024;

type FaultSlot = Arc<Mutex<Option<Delivery>>>;

/// Serves a connection until either side ends it.
pub(crate) async fn serve(shared: Arc<Shared>, number: u64, socket: impl Socket) {
    let slot = FaultSlot::default();
    let read_timeout = shared.options.read_timeout;
    let service = service_fn(|request| {
        let (shared, slot) = (Arc::clone(&shared), Arc::clone(&slot));
        Box::pin(async move { respond(&shared, number, request, &slot).await })
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
        Some(delivery) => delivery.commit(socket).await,
        None => socket.shutdown().await,
    };
}

/// Tells hyper to give the connection up without another word.
#[derive(Debug)]
struct SocketTaken;

impl fmt::Display for SocketTaken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection ends with a fault")
    }
}

impl std::error::Error for SocketTaken {}

async fn respond(
    shared: &Shared,
    connection: u64,
    request: http::Request<Incoming>,
    slot: &FaultSlot,
) -> Result<Response<Full<Bytes>>, SocketTaken> {
    let (head, body) = request.into_parts();
    let limited = Limited::new(body, LONGEST_BODY).collect();
    let body = match timeout(shared.options.read_timeout, limited).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return Ok(closing(413, "the body is too large\n"));
        }
        Ok(Err(_)) => return Ok(closing(400, "the body is malformed\n")),
        Err(_) => return Ok(closing(408, "the body took too long\n")),
    };
    let request = recorded(connection, &head, &body);
    shared.transcript.push(request.clone());
    let reply = endpoints::route(shared, &request);
    for event in &reply.events {
        shared.tell(event);
    }
    if !reply.late.is_zero() {
        sleep(reply.late).await;
    }
    match reply.fault {
        None => Ok(reply.answer.into_response()),
        Some(fault) => {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Delivery { fault, answer: reply.answer });
            Err(SocketTaken)
        }
    }
}

fn closing(status: u16, text: &str) -> Response<Full<Bytes>> {
    Answer::text(status, text).header("connection", "close").into_response()
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
