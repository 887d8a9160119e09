//! Where a proxy is, and how it wants to be spoken to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// What a proxy speaks. Without an `h` or an `a`, names are looked up here and not by the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 4.
    Socks4,
    /// SOCKS 4 with names.
    Socks4a,
    /// SOCKS 5 (RFC 1928).
    Socks5,
    /// SOCKS 5 with names.
    Socks5h,
}

impl Protocol {
    fn of(scheme: &str) -> Option<Self> {
        const SCHEMES: [(&str, Protocol); 6] = [
            ("http", Protocol::Http),
            ("https", Protocol::Https),
            ("socks4", Protocol::Socks4),
            ("socks4a", Protocol::Socks4a),
            ("socks5", Protocol::Socks5),
            ("socks5h", Protocol::Socks5h),
        ];
        SCHEMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(scheme)).map(|(_, protocol)| *protocol)
    }

    /// Whether it is asked for a tunnel with `CONNECT`.
    pub const fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks4 | Self::Socks4a | Self::Socks5 | Self::Socks5h => 1080,
        }
    }
}

/// A proxy. `Debug` shows neither name nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress {
    protocol: Protocol,
    host: String,
    port: u16,
    credentials: Option<(String, Zeroizing<String>)>,
}

impl ProxyAddress {
    /// Reads an address; `None` for one that cannot be used.
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.trim();
        let url =
            if url.contains("://") { Zeroizing::new(url.to_owned()) } else { Zeroizing::new(format!("http://{url}")) };
        let uri = Uri::try_from(url.as_str()).ok()?;
        let protocol = Protocol::of(uri.scheme_str()?)?;
        let authority = uri.authority()?;
        let text = authority.as_str();
        let (credentials, place) = text.rsplit_once('@').map_or((None, text), |(it, place)| (Some(it), place));
        let host = Some(authority.host()).filter(|it| !it.is_empty())?;
        let port = match place.strip_prefix(host)? {
            "" | ":" => protocol.default_port(),
            _ => authority.port_u16()?,
        };
        let credentials = match credentials {
            Some(credentials) => Some(read_credentials(credentials)?),
            None => None,
        };
        Some(Self { protocol, host: host.to_owned(), port, credentials })
    }

    /// What it speaks.
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Its host, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Host and port.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Name and password.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(name, password)| (name.as_str(), password.as_str()))
    }

    /// The value of `Proxy-Authorization`, marked as sensitive.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.basic()?).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The request for a tunnel to this host and port (RFC 9110 section 9.3.6).
    pub fn connect_request(&self, place: &str) -> Zeroizing<Vec<u8>> {
        let head = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
        let head = head.as_bytes();
        // Made in one piece: one that grows leaves copies of the password behind.
        Zeroizing::new(match self.basic() {
            None => [head, b"\r\n"].concat(),
            Some(basic) => [head, b"Proxy-Authorization: ", basic.as_bytes(), b"\r\n\r\n"].concat(),
        })
    }

    fn basic(&self) -> Option<Zeroizing<String>> {
        let (name, password) = self.credentials()?;
        let pair = Zeroizing::new([name, ":", password].concat());
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Some(Zeroizing::new(["Basic ", encoded.as_str()].concat()))
    }
}

/// Name and password, which have to be text.
fn read_credentials(text: &str) -> Option<(String, Zeroizing<String>)> {
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    let decode = |part| percent_decode_str(part).decode_utf8().ok();
    Some((decode(name)?.into_owned(), Zeroizing::new(decode(password)?.into_owned())))
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyAddress")
            .field("protocol", &self.protocol)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("has_credentials", &self.credentials.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_without_a_port_has_the_one_of_its_protocol() {
        for (url, expected) in [
            ("p.example", "Http p.example:80"),
            ("HTTP://p.example", "Http p.example:80"),
            ("https://p.example/", "Https p.example:443"),
            (" https://[::1]:8443 ", "Https [::1]:8443"),
            ("socks4a://p.example:", "Socks4a p.example:1080"),
        ] {
            let it = ProxyAddress::parse(url).unwrap();
            assert_eq!(format!("{:?} {}", it.protocol(), it.place()), expected);
        }
    }

    #[test]
    fn a_tunnel_is_asked_for_with_name_and_password_if_there_are_any() {
        let it = ProxyAddress::parse("http://us%3Aer@p.example").unwrap();
        assert_eq!(it.credentials(), Some(("us:er", "")));
        let it = ProxyAddress::parse("http://user:pass@p.example").unwrap();
        assert_eq!(
            *it.connect_request("as.example:443"),
            *b"CONNECT as.example:443 HTTP/1.1\r\nHost: as.example:443\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
        );
        assert!(it.authorization().unwrap().is_sensitive());
        let it = ProxyAddress::parse("p.example").unwrap();
        assert_eq!(*it.connect_request("a:1"), *b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
        assert_eq!(ProxyAddress::parse("http://%ff@p.example"), None);
    }
}
