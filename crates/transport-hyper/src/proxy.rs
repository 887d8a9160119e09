//! Which proxy a request goes through.

use crate::client_error::ClientError;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::fmt;

/// Which proxy to go through. Every request is tunnelled with `CONNECT`, to `http` addresses too.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// What the environment says, by curl's rules: `http_proxy` (in lower case only, because a CGI program's
    /// `HTTP_PROXY` comes from the network) for `http`, `https_proxy` for `https`, `all_proxy` for either, and
    /// `no_proxy` for hosts to reach without one. All but the first may be in upper case; lower case comes first. An empty
    /// variable counts as none.
    #[default]
    Environment,
    /// None, whatever the environment says.
    None,
    /// This one for every request: an `http` or `https` address, with user name and password if need be.
    Url(String),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::None => "None",
            // It may have a password in it.
            Self::Url(_) => "Url([redacted])",
        })
    }
}

/// The proxies of a client.
#[derive(Debug)]
pub(crate) struct Proxies(Matcher);

/// One proxy.
pub(crate) struct Route {
    pub(crate) uri: Uri,
    pub(crate) authorization: Option<HeaderValue>,
}

impl Proxies {
    pub(crate) fn new(proxy: &Proxy) -> Result<Self, ClientError> {
        match proxy {
            Proxy::Environment => Self::from_variables(|name| std::env::var(name).ok()),
            Proxy::None => Ok(Self(Matcher::builder().build())),
            Proxy::Url(url) => {
                let url = checked(url, "the settings")?;
                Ok(Self(Matcher::builder().all(url).build()))
            }
        }
    }

    /// curl's rules, as its manual has them under "environment".
    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ClientError> {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                let value = variable(name).filter(|it| !it.is_empty())?;
                Some((*name, value))
            })
        };
        let proxy = |names| match first(names) {
            Some((name, value)) => checked(&value, name).map(str::to_owned),
            None => Ok(String::new()),
        };
        let exceptions = first(&["no_proxy", "NO_PROXY"])
            .map(|(_, value)| value.replace(char::is_whitespace, ","))
            .unwrap_or_default();
        Ok(Self(
            Matcher::builder()
                .http(proxy(&["http_proxy"])?)
                .https(proxy(&["https_proxy", "HTTPS_PROXY"])?)
                .all(proxy(&["all_proxy", "ALL_PROXY"])?)
                .no(exceptions)
                .build(),
        ))
    }

    /// The proxy for this destination; `None` for a direct connection.
    pub(crate) fn route(&self, destination: &Uri) -> Option<Route> {
        let intercept = self.0.intercept(destination)?;
        Some(Route {
            uri: intercept.uri().clone(),
            authorization: intercept.basic_auth().cloned(),
        })
    }
}

/// The matcher passes over what it cannot read, and the request would go out without a proxy: so it is asked beforehand.
fn checked<'a>(url: &'a str, origin: &'static str) -> Result<&'a str, ClientError> {
    let probe = Uri::from_static("https://as.example/");
    let is_usable = |it: Intercept| matches!(it.uri().scheme_str(), Some("http" | "https"));
    let matcher = Matcher::builder().all(url.to_owned()).build();
    if matcher.intercept(&probe).is_some_and(is_usable) {
        Ok(url)
    } else {
        Err(ClientError::Proxy { origin })
    }
}
