//! A request that outlives the machine's loan, for loops that move it to a thread or a queue.

use crate::request::{Method, Request, RequestId};
use crate::secret::SecretString;
use crate::stage::Stage;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

/// A [`Request`] that owns its parts. Its header values and its body are wiped when it is dropped, and `Debug` shows
/// neither.
///
/// ```
/// use device_flow_core::{Config, DeviceFlow, Machine, Output, Timestamp};
///
/// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
/// let mut flow = DeviceFlow::new(config)?;
/// let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else { panic!() };
/// let request = request.to_owned_request();
/// let worker = std::thread::spawn(move || request.url().to_owned());
/// assert_eq!(worker.join().unwrap(), "https://as.example/device_authorization");
/// # Ok::<(), device_flow_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct OwnedRequest {
    id: RequestId,
    stage: Stage,
    method: Method,
    url: Box<str>,
    headers: Vec<(String, SecretString)>,
    body: SecretString,
    max_body: usize,
    timeout: Duration,
}

impl Request<'_> {
    /// The request, detached from the machine.
    pub fn to_owned_request(&self) -> OwnedRequest {
        OwnedRequest {
            id: self.id,
            stage: self.stage,
            method: self.method,
            url: Box::from(self.url),
            headers: self.headers().map(|(name, value)| (name.to_owned(), SecretString::from(value))).collect(),
            body: SecretString::from(self.body),
            max_body: self.max_body,
            timeout: self.timeout,
        }
    }
}

impl OwnedRequest {
    /// The id under which the answer or the failure is reported.
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// The step of the protocol this request belongs to.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// The HTTP method.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The absolute URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Header names in lower case with their values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// The body, empty for `GET`. It carries secrets.
    pub fn body(&self) -> &[u8] {
        self.body.expose().as_bytes()
    }

    /// The largest answer to accept, in bytes of body.
    pub const fn max_body(&self) -> usize {
        self.max_body
    }

    /// How long the whole exchange may take, connecting included.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl fmt::Debug for OwnedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRequest")
            .field("id", &self.id)
            .field("stage", &self.stage)
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
