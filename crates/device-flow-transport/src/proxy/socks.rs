//! What is said to a SOCKS proxy: versions 4 and 4a, and version 5 (RFC 1928) with name and password (RFC 1929).

use super::address::{Protocol, ProxyAddress};
use device_flow_core::ProxyCause;
use std::net::{IpAddr, SocketAddr};
use zeroize::Zeroizing;

/// A negotiation with a SOCKS proxy, step by step and without IO.
#[derive(Debug)]
pub struct Socks<'a> {
    proxy: &'a ProxyAddress,
    host: &'a str,
    port: u16,
    address: Option<SocketAddr>,
    stage: Stage,
}

/// What to do next: send these words, then read as many bytes as announced and hand them to [`Socks::next`].
#[derive(Debug, PartialEq, Eq)]
pub struct SocksStep {
    /// What to send; may be empty.
    pub words: Zeroizing<Vec<u8>>,
    /// How many bytes to read then, not one less and not one more.
    pub answer_length: usize,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Beginning,
    /// Version 4 was told where to connect to.
    Asked4,
    /// Version 5 was told how the client can prove who it is.
    Offered,
    /// Version 5 was told name and password.
    Introduced,
    /// Version 5 was told where to connect to.
    Asked5,
    /// The end of the answer is being read.
    Ending,
}

const GRANTED_4: u8 = 90;
const NO_AUTHENTICATION: u8 = 0;
const PASSWORD: u8 = 2;

impl<'a> Socks<'a> {
    /// A negotiation about a connection to this host and port. `address` is where the client has found the host; without one
    /// the proxy looks it up.
    pub const fn new(proxy: &'a ProxyAddress, host: &'a str, port: u16, address: Option<SocketAddr>) -> Self {
        Self { proxy, host, port, address, stage: Stage::Beginning }
    }

    /// What comes after this answer of the proxy's, an empty one at first; `None` when the connection is made.
    ///
    /// # Errors
    ///
    /// [`ProxyCause::SocksRefused`] when the proxy does not make it.
    pub fn next(&mut self, answer: &[u8]) -> Result<Option<SocksStep>, ProxyCause> {
        let (stage, words, answer_length) = match (self.stage, answer) {
            (Stage::Beginning, []) if self.is_version_4() => (Stage::Asked4, self.request_4(), 8),
            (Stage::Asked4, [0, GRANTED_4, ..]) | (Stage::Ending, _) => return Ok(None),
            (Stage::Beginning, []) => (Stage::Offered, Some(self.offer()), 2),
            (Stage::Offered, [5, PASSWORD]) if self.proxy.credentials().is_some() => {
                (Stage::Introduced, self.introduction(), 2)
            }
            (Stage::Offered, [5, NO_AUTHENTICATION]) | (Stage::Introduced, [1, 0]) => {
                (Stage::Asked5, self.request_5(), 5)
            }
            // The address from which the proxy connects is of no interest, but of different length.
            (Stage::Asked5, [5, 0, 0, 1, _]) => (Stage::Ending, Some(Vec::new()), 3 + 2),
            (Stage::Asked5, [5, 0, 0, 3, length]) => {
                (Stage::Ending, Some(Vec::new()), usize::from(*length).saturating_add(2))
            }
            (Stage::Asked5, [5, 0, 0, 4, _]) => (Stage::Ending, Some(Vec::new()), 15 + 2),
            _ => return Err(ProxyCause::SocksRefused),
        };
        self.stage = stage;
        // What does not fit into the protocol would be refused as well.
        let words = Zeroizing::new(words.ok_or(ProxyCause::SocksRefused)?);
        Ok(Some(SocksStep { words, answer_length }))
    }

    fn is_version_4(&self) -> bool {
        matches!(self.proxy.protocol(), Protocol::Socks4 | Protocol::Socks4a)
    }

    fn request_4(&self) -> Option<Vec<u8>> {
        let port = self.port.to_be_bytes();
        let (name, _) = self.proxy.credentials().unwrap_or_default();
        let name = without_zero(name)?;
        match self.address {
            Some(SocketAddr::V4(it)) => Some([&[4, 1], &port[..], &it.ip().octets(), name, &[0]].concat()),
            None if self.proxy.protocol() == Protocol::Socks4a => {
                // An address that cannot be one announces a name.
                Some([&[4, 1], &port[..], &[0, 0, 0, 1], name, &[0], without_zero(self.host)?, &[0]].concat())
            }
            _ => None,
        }
    }

    fn offer(&self) -> Vec<u8> {
        match self.proxy.credentials() {
            Some(_) => vec![5, 2, NO_AUTHENTICATION, PASSWORD],
            None => vec![5, 1, NO_AUTHENTICATION],
        }
    }

    fn introduction(&self) -> Option<Vec<u8>> {
        let (name, password) = self.proxy.credentials()?;
        let length = |it: &str| u8::try_from(it.len()).ok();
        Some([&[1, length(name)?], name.as_bytes(), &[length(password)?], password.as_bytes()].concat())
    }

    fn request_5(&self) -> Option<Vec<u8>> {
        let port = self.port.to_be_bytes();
        let bare = self.host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(self.host);
        let ip = self.address.map(|it| it.ip()).or_else(|| bare.parse().ok());
        Some(match ip {
            Some(IpAddr::V4(ip)) => [&[5, 1, 0, 1], &ip.octets()[..], &port].concat(),
            Some(IpAddr::V6(ip)) => [&[5, 1, 0, 4], &ip.octets()[..], &port].concat(),
            None => [&[5, 1, 0, 3, u8::try_from(bare.len()).ok()?], bare.as_bytes(), &port].concat(),
        })
    }
}

fn without_zero(text: &str) -> Option<&[u8]> {
    Some(text.as_bytes()).filter(|it| !it.contains(&0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays the proxy's side; tells all that was said to it, or why that was in vain.
    fn negotiate(url: &str, address: Option<&str>, answers: &[&[u8]]) -> Result<Vec<u8>, ProxyCause> {
        let proxy = ProxyAddress::parse(url).unwrap();
        let mut socks = Socks::new(&proxy, "as.example", 443, address.map(|it| it.parse().unwrap()));
        let mut answers = answers.iter();
        let (mut answer, mut said): (&[u8], _) = (b"", Vec::new());
        while let Some(step) = socks.next(answer)? {
            said.extend_from_slice(&step.words);
            answer = answers.next().unwrap();
            assert_eq!(answer.len(), step.answer_length);
        }
        assert_eq!(answers.len(), 0);
        Ok(said)
    }

    const GRANTED_4: &[u8] = &[0, 90, 0, 0, 0, 0, 0, 0];
    const GRANTED_5: [&[u8]; 2] = [&[5, 0, 0, 1, 0], &[0; 5]];

    #[test]
    fn version_4_takes_an_address_and_4a_a_name() {
        let said = negotiate("socks4://me:x@p", Some("10.0.0.1:443"), &[GRANTED_4]).unwrap();
        assert_eq!(said, b"\x04\x01\x01\xbb\x0a\0\0\x01me\0");
        let said = negotiate("socks4a://p", None, &[GRANTED_4]).unwrap();
        assert_eq!(said, b"\x04\x01\x01\xbb\0\0\0\x01\0as.example\0");
        assert_eq!(negotiate("socks4://p", Some("[::1]:443"), &[]), Err(ProxyCause::SocksRefused));
        assert_eq!(
            negotiate("socks4://p", Some("10.0.0.1:443"), &[&[0, 91, 0, 0, 0, 0, 0, 0]]),
            Err(ProxyCause::SocksRefused)
        );
    }

    #[test]
    fn version_5_takes_either_and_a_password() {
        let said = negotiate("socks5h://p", None, &[&[5, 0], GRANTED_5[0], GRANTED_5[1]]).unwrap();
        assert_eq!(said, b"\x05\x01\0\x05\x01\0\x03\x0aas.example\x01\xbb");
        let answers: [&[u8]; 4] = [&[5, 2], &[1, 0], &[5, 0, 0, 3, 4], &[0; 6]];
        let said = negotiate("socks5://me:secret@p", Some("10.0.0.1:443"), &answers).unwrap();
        assert_eq!(said, b"\x05\x02\0\x02\x01\x02me\x06secret\x05\x01\0\x01\x0a\0\0\x01\x01\xbb");
        let answers: [&[u8]; 3] = [&[5, 0], &[5, 0, 0, 4, 0], &[0; 17]];
        let said = negotiate("socks5://p", Some("[::1]:443"), &answers).unwrap();
        assert_eq!(said[3..], [&b"\x05\x01\0\x04"[..], &[0; 15], b"\x01\x01\xbb"].concat());
    }

    #[test]
    fn what_a_proxy_refuses_is_refused() {
        let (refused_password, refused_request): ([&[u8]; 2], [&[u8]; 2]) =
            ([&[5, 2], &[1, 1]], [&[5, 0], &[5, 5, 0, 1, 0]]);
        for answers in [&[&[5, 255][..]][..], &[&[5, 2]], &[&[4, 0]], &refused_request] {
            assert_eq!(negotiate("socks5h://p", None, answers), Err(ProxyCause::SocksRefused));
        }
        assert_eq!(negotiate("socks5h://me:x@p", None, &refused_password), Err(ProxyCause::SocksRefused));
    }
}
