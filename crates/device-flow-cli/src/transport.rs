//! The choice between the two transports, behind one face.

use device_flow_core::{Machine, Timestamp};

use crate::args::TransportName;
use crate::error::Error;

/// How to connect.
#[derive(Default)]
pub(crate) struct Settings {
    /// Authorities to trust beside the system's, as PEM.
    pub(crate) root_certificates: Option<Vec<u8>>,
    /// The client's certificate chain and its key, as PEM.
    pub(crate) client_certificate: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether the proxies of the environment are left aside.
    pub(crate) is_direct: bool,
}

/// What drives a machine.
pub(crate) enum Transport {
    Ureq(transport_ureq::Client),
    Hyper(Box<Asynchronous>),
}

/// The async client with the runtime it needs.
pub(crate) struct Asynchronous {
    client: transport_hyper::Client,
    runtime: Option<tokio::runtime::Runtime>,
}

macro_rules! build {
    ($transport:ident, $settings:expr) => {{
        let settings: &Settings = $settings;
        let mut builder = $transport::Client::builder().user_agent(concat!("device-flow/", env!("CARGO_PKG_VERSION")));
        if let Some(roots) = &settings.root_certificates {
            builder = builder.root_certificates_pem(roots);
        }
        if let Some((chain, key)) = &settings.client_certificate {
            builder = builder.client_certificate_pem(chain, key);
        }
        if settings.is_direct {
            builder = builder.proxy($transport::Proxy::None);
        }
        builder.build().map_err(|error| Error::Client(error.to_string()))?
    }};
}

impl Transport {
    /// Sets a transport up.
    pub(crate) fn new(name: TransportName, settings: &Settings) -> Result<Self, Error> {
        Ok(match name {
            TransportName::Ureq => Self::Ureq(build!(transport_ureq, settings)),
            TransportName::Hyper => Self::Hyper(Box::new(Asynchronous {
                client: build!(transport_hyper, settings),
                runtime: Some(tokio::runtime::Builder::new_current_thread().enable_all().build()?),
            })),
        })
    }

    /// Tells the time on the driver's clock.
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Ureq(client) => client.now(),
            Self::Hyper(it) => it.client.now(),
        }
    }

    /// Drives a machine to its end.
    pub(crate) fn drive<M>(&self, machine: &mut M, on_event: impl FnMut(M::Event) + Send)
    where
        M: Machine + Send,
        M::Event: Send,
    {
        match self {
            Self::Ureq(client) => client.drive(machine, on_event),
            Self::Hyper(it) => {
                if let Some(runtime) = &it.runtime {
                    runtime.block_on(it.client.drive(machine, on_event));
                }
            }
        }
    }
}

impl Drop for Asynchronous {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A name look-up that was given up may still be running, and nothing can wake it.
            runtime.shutdown_background();
        }
    }
}
