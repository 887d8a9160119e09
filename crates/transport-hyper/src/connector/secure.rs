//! TLS on top of a connection.

use super::Stream;
use device_flow_core::TransportFailure;

/// The TLS settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Security {
    #[cfg(feature = "tls")]
    pub(crate) tls: device_flow_transport::Tls,
}

impl Security {
    /// Speaks TLS with `host`, an IPv6 address in brackets, over this connection.
    #[cfg(feature = "tls")]
    pub(crate) async fn secure(&self, stream: Stream, host: &str) -> Result<Stream, TransportFailure> {
        use hyper_util::rt::TokioIo;
        use tokio_rustls::TlsConnector;

        let unusable = TransportFailure::Tls(None);
        let config = self.tls.config().map_err(|_| unusable)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let name = rustls::pki_types::ServerName::try_from(host).map_err(|_| unusable)?;
        let stream = TlsConnector::from(config).connect(name, TokioIo::new(stream)).await;
        Ok(Box::new(TokioIo::new(stream.map_err(|it| super::connecting(&it))?)))
    }

    /// This crate was built without TLS.
    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "its counterpart waits for the server")]
    pub(crate) async fn secure(&self, _: Stream, _: &str) -> Result<Stream, TransportFailure> {
        Err(TransportFailure::Tls(None))
    }
}
