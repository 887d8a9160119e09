//! Which proxy a request goes through, by curl's rules.

mod reply;

pub(crate) use reply::{Refusal, Reply};

use crate::error::ClientError;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use percent_encoding::percent_decode_str;
use std::ffi::OsString;
use std::fmt;

/// Which proxy requests go through.
///
/// An address is `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`, with a name and a
/// password if the proxy asks for them; without a scheme it is `http`. Everything goes through a tunnel (`CONNECT`),
/// plain `http` too. `Debug` does not show the address.
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

/// The proxies that a client knows.
#[derive(Debug)]
pub(crate) struct Proxies(Matcher);

/// How to reach one proxy.
pub(crate) struct Route {
    pub(crate) protocol: Protocol,
    /// Always with a port. The scheme tells whether there is TLS on the way to the proxy.
    pub(crate) address: Uri,
    /// For HTTP.
    pub(crate) authorization: Option<HeaderValue>,
    /// For SOCKS: name and password.
    pub(crate) credentials: Option<(String, String)>,
}

/// What a proxy speaks. Without an `h` or an `a`, names are looked up here and not by the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Https,
    Socks4,
    Socks4a,
    Socks5,
    Socks5h,
}

impl Protocol {
    fn of(proxy: &Uri) -> Option<Self> {
        Some(match proxy.scheme_str()? {
            "http" => Self::Http,
            "https" => Self::Https,
            "socks4" => Self::Socks4,
            "socks4a" => Self::Socks4a,
            "socks5" => Self::Socks5,
            "socks5h" => Self::Socks5h,
            _ => return None,
        })
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks4 | Self::Socks4a | Self::Socks5 | Self::Socks5h => 1080,
        }
    }
}

impl Proxies {
    pub(crate) fn new(setting: &Proxy) -> Result<Self, ClientError> {
        match setting {
            Proxy::Environment => Self::from_environment(std::env::var_os),
            Proxy::None => Ok(Self(Matcher::builder().build())),
            Proxy::Url(url) => {
                let url = checked(url, "the settings")?;
                Ok(Self(Matcher::builder().all(url).build()))
            }
        }
    }

    /// The matcher's own reading of the environment is not curl's: upper case comes first there, `HTTP_PROXY` counts, and
    /// an empty variable hides the next one.
    fn from_environment(variable: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, ClientError> {
        let first = |names: &[&'static str]| {
            let found = first_text(&variable, names)?;
            found.map_or(Ok(String::new()), |(name, value)| checked(&value, name))
        };
        let bypass = first_text(&variable, &["no_proxy", "NO_PROXY"])?;
        Ok(Self(
            Matcher::builder()
                .http(first(&["http_proxy", "all_proxy", "ALL_PROXY"])?)
                .https(first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?)
                .no(bypass.map_or_else(String::new, |(_, list)| bypass_list(&list)))
                .build(),
        ))
    }

    /// The proxy on the way to this destination; `None` for a direct connection.
    pub(crate) fn route(&self, destination: &Uri) -> Option<Route> {
        route(&self.0.intercept(&without_final_dot(destination)?)?)
    }
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

/// A proxy's address, found good. The matcher passes over what it cannot read, and the request would silently go out
/// without a proxy: so it is asked beforehand.
fn checked(url: &str, origin: &'static str) -> Result<String, ClientError> {
    let url = url.trim();
    let matcher = Matcher::builder().all(url.to_owned()).build();
    let probe = Uri::from_static("https://as.example/");
    let is_known = matcher.intercept(&probe).as_ref().and_then(route).is_some();
    let is_readable = url.parse::<Uri>().is_ok_and(|it| is_readable(&it));
    if is_known && is_readable { Ok(url.to_owned()) } else { Err(ClientError::Proxy { origin }) }
}

/// Whether the port can be one, and name and password are text: the matcher would take something else for them.
fn is_readable(proxy: &Uri) -> bool {
    let Some(authority) = proxy.authority() else {
        return false;
    };
    let text = authority.as_str();
    let (credentials, place) = text.rsplit_once('@').unwrap_or(("", text));
    let has_port = !matches!(place.strip_prefix(authority.host()), Some("" | ":"));
    let is_text = percent_decode_str(credentials).decode_utf8().is_ok();
    is_text && (!has_port || authority.port_u16().is_some())
}

fn route(intercept: &Intercept) -> Option<Route> {
    let proxy = intercept.uri();
    let protocol = Protocol::of(proxy)?;
    let scheme = match protocol {
        Protocol::Https => Scheme::HTTPS,
        _ => Scheme::HTTP,
    };
    let port = match proxy.port() {
        Some(port) => port.as_u16(),
        None => protocol.default_port(),
    };
    let host = proxy.host().filter(|it| !it.is_empty())?;
    Some(Route {
        protocol,
        address: address(scheme, host, port)?,
        authorization: intercept.basic_auth().cloned(),
        credentials: intercept.raw_auth().map(|(name, password)| (name.to_owned(), password.to_owned())),
    })
}

/// A URI that names a host and a port and no more.
pub(crate) fn address(scheme: Scheme, host: &str, port: u16) -> Option<Uri> {
    let authority = Authority::try_from(format!("{host}:{port}")).ok()?;
    Uri::builder().scheme(scheme).authority(authority).path_and_query("/").build().ok()
}

/// The list of hosts to reach directly, in the spelling that the matcher knows: commas between, no brackets around IPv6
/// addresses, no dots at the ends, and a star that means addresses too.
fn bypass_list(list: &str) -> String {
    let entries = list.split([',', ' ', '\t']);
    let entries: Vec<_> = entries
        .map(|it| match it.trim_matches(['[', ']', '.']) {
            "*" => "*,0.0.0.0/0,::/0",
            it => it,
        })
        .filter(|it| !it.is_empty())
        .collect();
    entries.join(",")
}

/// `as.example.` and `as.example` are one host.
fn without_final_dot(destination: &Uri) -> Option<Uri> {
    let host = destination.host()?.trim_end_matches('.');
    address(destination.scheme()?.clone(), host, 0)
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

    fn proxy_for(proxies: &Proxies, destination: &str) -> Option<String> {
        let route = proxies.route(&destination.parse().unwrap())?;
        Some(format!("{:?} {}", route.protocol, route.address))
    }

    #[test]
    fn each_scheme_has_its_variable_and_lower_case_comes_first() {
        let it = proxies(&[
            ("http_proxy", "plain:1"),
            ("https_proxy", "http://secure:2"),
            ("HTTPS_PROXY", "http://shouted:3"),
            ("ALL_PROXY", "http://rest:4"),
        ]);
        assert_eq!(proxy_for(&it, "http://as.example/").unwrap(), "Http http://plain:1/");
        assert_eq!(proxy_for(&it, "https://as.example/").unwrap(), "Http http://secure:2/");
    }

    #[test]
    fn a_cgi_callers_http_proxy_header_is_not_obeyed() {
        let it = proxies(&[("HTTP_PROXY", "http://evil:1")]);
        assert_eq!(proxy_for(&it, "http://as.example/"), None);
        assert_eq!(proxy_for(&it, "https://as.example/"), None);
    }

    #[test]
    fn what_is_left_goes_through_all_proxy_and_empty_counts_as_unset() {
        let it = proxies(&[("https_proxy", ""), ("ALL_PROXY", "socks5h://u:p%40@rest")]);
        for destination in ["http://as.example/", "https://as.example/"] {
            let route = it.route(&destination.parse().unwrap()).unwrap();
            assert_eq!(route.protocol, Protocol::Socks5h);
            assert_eq!(route.address, "http://rest:1080/");
            assert_eq!(route.credentials, Some(("u".to_owned(), "p@".to_owned())));
        }
    }

    #[test]
    fn a_proxy_without_a_port_has_the_one_of_its_protocol() {
        for (proxy, expected) in [
            ("p.example", "Http http://p.example:80/"),
            ("http://p.example", "Http http://p.example:80/"),
            ("https://p.example/", "Https https://p.example:443/"),
            ("https://[::1]:8443", "Https https://[::1]:8443/"),
            ("socks4a://p.example", "Socks4a http://p.example:1080/"),
        ] {
            let it = Proxies::new(&Proxy::Url(proxy.to_owned())).unwrap();
            assert_eq!(proxy_for(&it, "http://127.0.0.1:8080/").unwrap(), expected);
        }
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
            assert_eq!(proxy_for(&it, direct), None, "{direct}");
        }
        for proxied in ["https://far.example/", "https://notnear.example/", "https://11.0.0.1/"] {
            assert!(proxy_for(&it, proxied).is_some(), "{proxied}");
        }
        let it = proxies(&[("all_proxy", "p:1"), ("no_proxy", "*")]);
        for direct in ["https://far.example/", "http://9.9.9.9/", "http://[2::1]/"] {
            assert_eq!(proxy_for(&it, direct), None, "{direct}");
        }
    }

    #[test]
    fn a_bad_address_is_refused_by_the_name_of_its_variable_and_not_shown() {
        for bad in ["gopher://user:hunter2@proxy:1", "http://", "http://:1", "http:// hunter2"] {
            let error = Proxies::from_environment(|name| (name == "HTTPS_PROXY").then(|| bad.into())).unwrap_err();
            assert_eq!(error, ClientError::Proxy { origin: "HTTPS_PROXY" });
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        let setting = Proxy::Url("http://user:hunter2@proxy:1".to_owned());
        assert!(!format!("{setting:?} {:?}", Proxies::new(&setting)).contains("hunter2"));
    }
}
