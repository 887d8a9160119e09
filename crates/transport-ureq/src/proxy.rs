//! Which proxy a request goes through, by curl's rules.

mod bypass;
mod gate;
mod reply;

pub(crate) use gate::Gate;
pub(crate) use reply::Refusal;

use crate::error::ClientError;
use bypass::Bypass;
use core::fmt;
use std::ffi::OsString;
use ureq::http::Uri;
use ureq::http::uri::Authority;

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

/// The proxies that a client knows, by scheme.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    pub(crate) http: Option<ureq::Proxy>,
    pub(crate) https: Option<ureq::Proxy>,
    bypass: Bypass,
}

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Direct,
    HttpProxy,
    HttpsProxy,
}

impl Proxies {
    pub(crate) fn new(setting: &Proxy) -> Result<Self, ClientError> {
        match setting {
            Proxy::Environment => Self::from_environment(std::env::var_os),
            Proxy::None => Ok(Self::default()),
            Proxy::Url(url) => {
                let proxy = parse(url, "the settings")?;
                Ok(Self { http: Some(proxy.clone()), https: Some(proxy), bypass: Bypass::default() })
            }
        }
    }

    fn from_environment(variable: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, ClientError> {
        let first = |names: &[&'static str]| {
            let found = first_text(&variable, names)?;
            found.map(|(name, value)| parse(&value, name)).transpose()
        };
        Ok(Self {
            http: first(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            bypass: first_text(&variable, &["no_proxy", "NO_PROXY"])?
                .map_or_else(Bypass::default, |(_, list)| Bypass::parse(&list)),
        })
    }

    pub(crate) fn route(&self, uri: &Uri) -> Route {
        let is_https = uri.scheme_str() == Some("https");
        let proxy = if is_https { &self.https } else { &self.http };
        let is_bypassed = uri.host().is_none_or(|host| self.bypass.covers(host));
        match proxy {
            Some(_) if !is_bypassed && is_https => Route::HttpsProxy,
            Some(_) if !is_bypassed => Route::HttpProxy,
            _ => Route::Direct,
        }
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

fn parse(url: &str, origin: &'static str) -> Result<ureq::Proxy, ClientError> {
    let proxy = ureq::Proxy::new(url.trim()).ok();
    let proxy = proxy.filter(|it| it.uri().authority().is_some_and(is_place));
    proxy.ok_or(ClientError::Proxy { origin })
}

/// Whether there is a host, and a port that can be one if there is any: ureq takes the usual port for one that cannot.
fn is_place(authority: &Authority) -> bool {
    let text = authority.as_str();
    let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
    let host = authority.host();
    let has_port = !matches!(place.strip_prefix(host), Some("" | ":"));
    !host.is_empty() && (!has_port || authority.port_u16().is_some())
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

    fn host(proxy: Option<&ureq::Proxy>) -> Option<&str> {
        proxy.map(ureq::Proxy::host)
    }

    #[test]
    fn each_scheme_has_its_variable_and_lower_case_comes_first() {
        let it = proxies(&[
            ("http_proxy", "plain:1"),
            ("https_proxy", "http://secure:2"),
            ("HTTPS_PROXY", "http://shouted:3"),
            ("ALL_PROXY", "http://rest:4"),
        ]);
        assert_eq!(host(it.http.as_ref()), Some("plain"));
        assert_eq!(host(it.https.as_ref()), Some("secure"));
    }

    #[test]
    fn a_cgi_callers_http_proxy_header_is_not_obeyed() {
        let it = proxies(&[("HTTP_PROXY", "http://evil:1")]);
        assert_eq!(host(it.http.as_ref()), None);
        assert_eq!(host(it.https.as_ref()), None);
    }

    #[test]
    fn what_is_left_goes_through_all_proxy_and_empty_counts_as_unset() {
        let it = proxies(&[("https_proxy", ""), ("ALL_PROXY", "socks5h://rest:4")]);
        assert_eq!(host(it.http.as_ref()), Some("rest"));
        assert_eq!(host(it.https.as_ref()), Some("rest"));
    }

    #[test]
    fn no_proxy_leads_around_the_proxy_by_scheme() {
        let it = proxies(&[("https_proxy", "p:1"), ("NO_PROXY", "near.example")]);
        let route = |uri: &'static str| it.route(&Uri::from_static(uri));
        assert_eq!(route("https://far.example/"), Route::HttpsProxy);
        assert_eq!(route("https://near.example/"), Route::Direct);
        assert_eq!(route("http://far.example/"), Route::Direct);
    }

    #[test]
    fn a_bad_address_is_refused_by_the_name_of_its_variable_and_not_shown() {
        let bad = "gopher://user:hunter2@proxy:1";
        let error = Proxies::from_environment(|name| (name == "HTTPS_PROXY").then(|| bad.into())).unwrap_err();
        assert_eq!(error, ClientError::Proxy { origin: "HTTPS_PROXY" });
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let setting = Proxy::Url("http://user:hunter2@proxy:1".to_owned());
        assert!(!format!("{setting:?} {:?}", Proxies::new(&setting)).contains("hunter2"));
    }
}
