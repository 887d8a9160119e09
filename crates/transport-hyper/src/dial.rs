//! Connectors of the caller's own.

use core::error::Error;
use core::future::poll_fn;
use device_flow_transport::asynchronous::{Dial, Stream};
use http::Uri;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tower_service::Service;

/// The way by a connector of any type.
pub(crate) fn by<C>(connector: C) -> Dial
where
    C: Service<Uri, Response: Read + Write + Send + Unpin + 'static, Future: Send> + Clone + Send + Sync + 'static,
    C::Error: Into<Box<dyn Error + Send + Sync>>,
{
    Arc::new(move |destination| {
        let mut connector = connector.clone();
        Box::pin(async move {
            poll_fn(|context| connector.poll_ready(context)).await.map_err(Into::into)?;
            let stream = connector.call(destination).await.map_err(Into::into)?;
            Ok(Box::new(TokioIo::new(stream)) as Stream)
        })
    })
}
