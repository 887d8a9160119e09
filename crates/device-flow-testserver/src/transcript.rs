//! The transcript: every request as it arrived.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many requests, and about how many bytes of them, are kept; the oldest give way.
const KEPT: usize = 4096;
const BYTES_KEPT: usize = 16 * 1024 * 1024;

/// A request that the server received.
///
/// Its `Debug` shows names only of what may be secret; the fields hold everything.
///
/// ```no_run
/// # let server = device_flow_testserver::Server::start(device_flow_testserver::Options::new())?;
/// let requests = server.requests();
/// let polls: Vec<_> = requests.iter().filter(|request| request.path == "/token").collect();
/// assert!(polls.iter().all(|poll| poll.parameter("client_id") == Some("television")));
/// assert!(polls.windows(2).all(|pair| (pair[1].arrived - pair[0].arrived).as_secs() >= 5));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Counts the connections from 1: equal numbers mean the connection was reused.
    pub connection: u64,
    /// The method, such as `POST`.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers in order, names in lower case, bytes that are not UTF-8 replaced.
    pub headers: Vec<(String, String)>,
    /// The body as sent.
    pub body: Vec<u8>,
    /// The body decoded as `application/x-www-form-urlencoded`, in order; empty for other content types.
    pub parameters: Vec<(String, String)>,
    /// When the whole request had arrived.
    pub arrived: Instant,
}

impl Request {
    /// Returns the first body parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        first(&self.parameters, name)
    }

    /// Returns the first header of this name, which is written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// About how many bytes the request takes up.
    fn size(&self) -> usize {
        let pairs = [&self.query, &self.headers, &self.parameters].into_iter().flatten();
        let texts = pairs.map(|(name, value)| name.len().saturating_add(value.len()));
        texts.fold(self.body.len(), usize::saturating_add)
    }

    /// What of the headers, the query and the parameters may be shown: names, and the values that are no secrets.
    #[cfg(feature = "program")]
    pub(crate) fn redacted(mut self) -> Self {
        for (pairs, shown) in [
            (&mut self.headers, &SHOWN_HEADERS[..]),
            (&mut self.query, &SHOWN_PARAMETERS[..]),
            (&mut self.parameters, &SHOWN_PARAMETERS[..]),
        ] {
            for (_, value) in pairs.iter_mut().filter(|(name, _)| !shown.contains(&name.as_str())) {
                "…".clone_into(value);
            }
        }
        self.body.clear();
        self
    }

    pub(crate) fn query_parameter(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }
}

/// Whose values are no secrets.
const SHOWN_HEADERS: [&str; 6] = ["accept", "connection", "content-length", "content-type", "host", "user-agent"];
const SHOWN_PARAMETERS: [&str; 5] = ["client_id", "code_challenge_method", "grant_type", "scope", "token_type_hint"];

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &Redacted(&self.headers, &SHOWN_HEADERS))
            .field("parameters", &Redacted(&self.parameters, &SHOWN_PARAMETERS))
            .field("arrived", &self.arrived)
            .finish_non_exhaustive()
    }
}

struct Redacted<'a>(&'a [(String, String)], &'a [&'a str]);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(pairs, shown) = self;
        let pairs = pairs.iter().map(|(name, value)| {
            let is_shown = shown.contains(&name.as_str());
            (name, if is_shown { value.as_str() } else { "…" })
        });
        formatter.debug_map().entries(pairs).finish()
    }
}

/// Keeps the requests and wakes who waits for them.
pub(crate) struct Transcript {
    #[cfg(feature = "program")]
    began: Instant,
    requests: Mutex<Kept>,
    arrived: Condvar,
}

#[derive(Default)]
struct Kept {
    requests: VecDeque<Request>,
    bytes: usize,
    total: usize,
}

impl Kept {
    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.requests.pop_front() {
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
    }
}

impl Default for Transcript {
    fn default() -> Self {
        Self {
            #[cfg(feature = "program")]
            began: Instant::now(),
            requests: Mutex::default(),
            arrived: Condvar::new(),
        }
    }
}

impl Transcript {
    /// When the server started.
    #[cfg(feature = "program")]
    pub(crate) const fn began(&self) -> Instant {
        self.began
    }

    /// How many requests have arrived, kept or not.
    #[cfg(feature = "program")]
    pub(crate) fn total(&self) -> usize {
        self.lock().total
    }

    pub(crate) fn push(&self, request: Request) {
        let mut kept = self.lock();
        kept.bytes = kept.bytes.saturating_add(request.size());
        kept.requests.push_back(request);
        while kept.requests.len() > KEPT || kept.bytes > BYTES_KEPT {
            kept.drop_oldest();
        }
        kept.total = kept.total.saturating_add(1);
        drop(kept);
        self.arrived.notify_all();
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        *kept = Kept::default();
    }

    /// Waits until `count` requests have arrived; says whether they did within `limit`.
    pub(crate) fn wait_for(&self, count: usize, limit: Duration) -> bool {
        let kept = self.lock();
        let waited = self.arrived.wait_timeout_while(kept, limit, |kept| kept.total < count);
        let (kept, _) = waited.unwrap_or_else(PoisonError::into_inner);
        kept.total >= count
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(parameters: &[(&str, &str)]) -> Request {
        Request {
            connection: 1,
            method: "POST".to_owned(),
            path: "/token".to_owned(),
            query: Vec::new(),
            headers: vec![("authorization".to_owned(), "Basic c2VjcmV0".to_owned())],
            body: b"client_secret=hunter2".to_vec(),
            parameters: parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            arrived: Instant::now(),
        }
    }

    #[test]
    fn debug_shows_the_client_but_no_secret() {
        let text = format!(
            "{:?}",
            request(&[
                ("client_id", "tv"),
                ("client_secret", "hunter2"),
                ("device_code", "abc"),
                ("code_verifier", "dBjftJeZ4CVP"),
                ("code_challenge_method", "S256"),
                ("token", "mF_9"),
            ])
        );
        assert!(text.contains("tv") && text.contains("S256"));
        for secret in ["hunter2", "abc", "dBjftJeZ4CVP", "mF_9", "c2VjcmV0"] {
            assert!(!text.contains(secret), "{text}");
        }
    }

    #[test]
    fn large_requests_give_way_sooner() {
        let transcript = Transcript::default();
        let mut large = request(&[]);
        large.body = vec![0; BYTES_KEPT / 4];
        for _ in 0..9 {
            transcript.push(large.clone());
        }
        assert_eq!(transcript.requests().len(), 3);
    }

    #[test]
    fn old_requests_give_way() {
        let transcript = Transcript::default();
        for _ in 0..KEPT + 5 {
            transcript.push(request(&[]));
        }
        assert_eq!(transcript.requests().len(), KEPT);
        assert!(transcript.wait_for(KEPT + 5, Duration::ZERO));
        assert!(!transcript.wait_for(KEPT + 6, Duration::ZERO));
    }
}
