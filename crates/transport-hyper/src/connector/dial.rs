//! Ways to connect that are the caller's own.

use super::Stream;
use core::error::Error;
use core::future::poll_fn;
use core::pin::Pin;
use http::Uri;
use hyper::rt::{Read, Write};
use std::sync::Arc;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;
type Dialling = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

/// A connector of any type.
pub(crate) type Dial = Arc<dyn Fn(Uri) -> Dialling + Send + Sync>;

pub(crate) fn by<C>(connector: C) -> Dial
where
    C: Service<Uri, Response: Read + Write + Send + Unpin + 'static, Error: Into<BoxError>, Future: Send>,
    C: Clone + Send + Sync + 'static,
{
    Arc::new(move |destination| {
        let mut connector = connector.clone();
        Box::pin(async move {
            poll_fn(|context| connector.poll_ready(context)).await.map_err(Into::into)?;
            let stream = connector.call(destination).await.map_err(Into::into)?;
            Ok(Box::new(stream) as Stream)
        })
    })
}

/// To a socket of the file system, whatever the destination.
#[cfg(unix)]
pub(crate) fn to_unix_socket(path: std::path::PathBuf) -> Dial {
    let path = Arc::<std::path::Path>::from(path);
    Arc::new(move |_| {
        let path = Arc::clone(&path);
        Box::pin(async move {
            let stream = tokio::net::UnixStream::connect(path).await?;
            Ok(Box::new(hyper_util::rt::TokioIo::new(stream)) as Stream)
        })
    })
}
