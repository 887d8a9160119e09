//! Which proxy a request goes through, by curl's rules.

mod address;
mod bypass;
mod reply;
mod socks;

pub use address::{Protocol, ProxyAddress};
pub use reply::Reply;
pub use socks::{Socks, SocksStep};

use crate::destination::is_https;
use crate::error::ClientError;
use bypass::Bypass;
use core::fmt;
use device_flow_core::{ProxyCause, TransportFailure};
use http::header::PROXY_AUTHENTICATE;
use http::{HeaderMap, Uri};
use std::ffi::OsString;

/// Which proxy requests go through.
///
/// An address is `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`, with a name and a
/// password if the proxy asks for them; without a scheme it is `http`. Requests to `https` go through a tunnel (`CONNECT`),
/// those to plain `http` are handed to an HTTP proxy as they are. `Debug` does not show the address.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What the environment says, read when the client is built, as curl reads it: `https_proxy` or `HTTPS_PROXY` for
    /// `https`, `http_proxy` for `http` (in lower case only, because a CGI program's caller can set `HTTP_PROXY`),
    /// `all_proxy` or `ALL_PROXY` for what is left; `no_proxy` or `NO_PROXY` lists hosts, domains and networks to reach
    /// directly. Loopback is no exception unless listed. A variable that counts and cannot be read is an error, and never
    /// taken for one that is not there.
    #[default]
    Environment,
    /// None, whatever the environment says.
    None,
    /// This one, for everything.
    Url(String),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::None => "None",
            Self::Url(_) => "Url([redacted])",
        })
    }
}

/// The proxies that a client knows, by scheme.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<ProxyAddress>,
    https: Option<ProxyAddress>,
    bypass: Bypass,
}

impl Proxies {
    /// The proxies of a setting. Reads the environment if that says so.
    ///
    /// # Errors
    ///
    /// [`ClientError::Proxy`] or [`ClientError::NotUnicode`] for an address that cannot be used, by the name of its variable.
    pub fn new(setting: &Proxy) -> Result<Self, ClientError> {
        match setting {
            Proxy::Environment => Self::from_environment(std::env::var_os),
            Proxy::None => Ok(Self::default()),
            Proxy::Url(url) => {
                let proxy = address(url, "the settings")?;
                Ok(Self { http: Some(proxy.clone()), https: Some(proxy), bypass: Bypass::default() })
            }
        }
    }

    fn from_environment(variable: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, ClientError> {
        let first = |names: &[&'static str]| {
            let found = first_text(&variable, names)?;
            found.map(|(name, value)| address(&value, name)).transpose()
        };
        Ok(Self {
            http: first(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            bypass: first_text(&variable, &["no_proxy", "NO_PROXY"])?
                .map_or_else(Bypass::default, |(_, list)| Bypass::parse(&list)),
        })
    }

    /// The proxy on the way to this destination; `None` for a direct connection.
    pub fn route(&self, destination: &Uri) -> Option<&ProxyAddress> {
        let proxy = if is_https(destination) { &self.https } else { &self.http };
        let host = destination.host()?;
        proxy.as_ref().filter(|_| !self.bypass.covers(host))
    }
}

/// What a proxy said that answered a request with 407 in the server's stead (RFC 9110 section 15.5.8).
pub fn refused(headers: &HeaderMap) -> TransportFailure {
    let values = headers.get_all(PROXY_AUTHENTICATE).into_iter().filter_map(|it| it.to_str().ok());
    TransportFailure::Proxy(Some(ProxyCause::Refused { status: 407, schemes: reply::offered(values) }))
}

/// The first of these variables that says something. An empty one counts as none; one that cannot be read does not, or
/// requests would silently go around the proxy that it names.
fn first_text(
    variable: impl Fn(&'static str) -> Option<OsString>,
    names: &[&'static str],
) -> Result<Option<(&'static str, String)>, ClientError> {
    let found = names.iter().find_map(|&name| Some((name, variable(name).filter(|it| !it.is_empty())?)));
    let Some((name, value)) = found else {
        return Ok(None);
    };
    match value.into_string() {
        Ok(text) => Ok(Some((name, text))),
        Err(_) => Err(ClientError::NotUnicode { variable: name }),
    }
}

fn address(url: &str, origin: &'static str) -> Result<ProxyAddress, ClientError> {
    ProxyAddress::parse(url).ok_or(ClientError::Proxy { origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_environment(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
        .unwrap()
    }

    fn place(proxies: &Proxies, destination: &'static str) -> Option<String> {
        let proxy = proxies.route(&Uri::from_static(destination))?;
        Some(format!("{:?} {}", proxy.protocol(), proxy.place()))
    }

    #[test]
    fn each_scheme_has_its_variable_and_lower_case_comes_first() {
        let it = proxies(&[
            ("http_proxy", "plain:1"),
            ("https_proxy", "http://secure:2"),
            ("HTTPS_PROXY", "http://shouted:3"),
            ("ALL_PROXY", "http://rest:4"),
        ]);
        assert_eq!(place(&it, "http://as.example/").unwrap(), "Http plain:1");
        assert_eq!(place(&it, "https://as.example/").unwrap(), "Http secure:2");
    }

    #[test]
    fn a_cgi_callers_http_proxy_header_is_not_obeyed() {
        let it = proxies(&[("HTTP_PROXY", "http://evil:1")]);
        assert_eq!(place(&it, "http://as.example/"), None);
        assert_eq!(place(&it, "https://as.example/"), None);
    }

    #[test]
    fn what_is_left_goes_through_all_proxy_and_empty_counts_as_unset() {
        let it = proxies(&[("https_proxy", ""), ("ALL_PROXY", "socks5h://u:p%40@rest")]);
        for destination in ["http://as.example/", "https://as.example/"] {
            assert_eq!(place(&it, destination).unwrap(), "Socks5h rest:1080");
        }
        assert_eq!(it.https.unwrap().credentials(), Some(("u", "p@")));
    }

    #[test]
    fn no_proxy_leads_around_the_proxy() {
        let it =
            proxies(&[("https_proxy", "p:1"), ("NO_PROXY", "near.example .below.example,10.0.0.0/8, [::1] 127.0.0.1")]);
        for direct in [
            "https://near.example/",
            "https://NEAR.example./",
            "https://a.near.example:8443/",
            "https://x.below.example/",
            "https://10.1.2.3/",
            "https://[::1]:9/",
            "https://127.0.0.1:9/",
            "http://far.example/",
        ] {
            assert_eq!(place(&it, direct), None, "{direct}");
        }
        for proxied in ["https://far.example/", "https://notnear.example/", "https://11.0.0.1/"] {
            assert!(place(&it, proxied).is_some(), "{proxied}");
        }
    }

    #[test]
    fn a_bad_address_is_refused_by_the_name_of_its_variable_and_not_shown() {
        for bad in ["gopher://user:hunter2@proxy:1", "http://", "http://:1", "http:// hunter2", "p:99999", "p:x"] {
            let error = Proxies::from_environment(|name| (name == "HTTPS_PROXY").then(|| bad.into())).unwrap_err();
            assert_eq!(error, ClientError::Proxy { origin: "HTTPS_PROXY" }, "{bad}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        let setting = Proxy::Url("http://user:hunter2@proxy:1".to_owned());
        assert!(!format!("{setting:?} {:?}", Proxies::new(&setting)).contains("hunter2"));
    }
}
