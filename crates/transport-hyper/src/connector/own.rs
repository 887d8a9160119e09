//! Connectors of the caller's own.

use super::Stream;
use core::error::Error;
use core::future::poll_fn;
use core::pin::Pin;
use http::Uri;
use hyper::rt::{Read, Write};
use std::sync::Arc;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

/// A connector of any type. Clones share it.
#[derive(Clone)]
pub(crate) struct Own(Arc<dyn Connect>);

impl Own {
    pub(crate) fn new<C>(connector: C) -> Self
    where
        C: Service<Uri, Response: Read + Write + Send + Unpin + 'static, Error: Into<BoxError>, Future: Send>,
        C: Clone + Send + Sync + 'static,
    {
        Self(Arc::new(connector))
    }

    pub(crate) fn connect(&self, destination: Uri) -> Connecting {
        self.0.connect(destination)
    }
}

trait Connect: Send + Sync {
    fn connect(&self, destination: Uri) -> Connecting;
}

impl<C> Connect for C
where
    C: Service<Uri, Response: Read + Write + Send + Unpin + 'static, Error: Into<BoxError>, Future: Send>,
    C: Clone + Send + Sync + 'static,
{
    fn connect(&self, destination: Uri) -> Connecting {
        let mut connector = self.clone();
        Box::pin(async move {
            poll_fn(|context| connector.poll_ready(context)).await.map_err(Into::into)?;
            let stream = connector.call(destination).await.map_err(Into::into)?;
            Ok(Box::new(stream) as Stream)
        })
    }
}

/// Connects to a socket of the file system, whatever the destination.
#[cfg(unix)]
#[derive(Clone, Debug)]
pub(crate) struct UnixSocket(pub(crate) Arc<std::path::Path>);

#[cfg(unix)]
impl Service<Uri> for UnixSocket {
    type Response = hyper_util::rt::TokioIo<tokio::net::UnixStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut core::task::Context<'_>) -> core::task::Poll<Result<(), Self::Error>> {
        core::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path = Arc::clone(&self.0);
        Box::pin(async move { tokio::net::UnixStream::connect(path).await.map(hyper_util::rt::TokioIo::new) })
    }
}
