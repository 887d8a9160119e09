//! Why a proxy did not pass a request on.

use core::fmt;

/// Why a proxy did not pass a request on. Holds none of the proxy's own words, which may repeat a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProxyCause {
    /// No connection to the proxy came about.
    NoConnection,
    /// The proxy does not answer in HTTP, or not completely.
    NotHttp,
    /// The proxy answered with an HTTP status other than 200. One in the four hundreds lasts (RFC 9110 section 15.5).
    Refused {
        /// The HTTP status code: 407 asks for a name and a password, 403 is about the destination.
        status: u16,
        /// How the proxy would have a client prove who it is.
        schemes: ProxySchemes,
    },
    /// A SOCKS proxy refused.
    SocksRefused,
}

impl ProxyCause {
    /// A stable name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoConnection => "no_connection",
            Self::NotHttp => "not_http",
            Self::Refused { .. } => "refused",
            Self::SocksRefused => "socks_refused",
        }
    }

    /// Whether the proxy will say the same again: the fault is the client's.
    pub(crate) const fn is_lasting(self) -> bool {
        matches!(self, Self::Refused { status: 400..500, .. })
    }

    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Refused { status, schemes } => u16s_to_u32(schemes.0, status),
            _ => 0,
        }
    }

    pub(crate) fn restored(name: &str, number: u32) -> Option<Self> {
        let [a, b, c, d] = number.to_be_bytes();
        Some(match name {
            "no_connection" => Self::NoConnection,
            "not_http" => Self::NotHttp,
            "refused" => Self::Refused {
                status: u16::from_be_bytes([c, d]),
                schemes: ProxySchemes(u16::from_be_bytes([a, b]) & ProxySchemes::ALL),
            },
            "socks_refused" => Self::SocksRefused,
            _ => return None,
        })
    }
}

const fn u16s_to_u32(high: u16, low: u16) -> u32 {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    u32::from_be_bytes([a, b, c, d])
}

impl fmt::Display for ProxyCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnection => f.write_str("no connection to the proxy"),
            Self::NotHttp => f.write_str("the proxy does not answer in HTTP"),
            Self::SocksRefused => f.write_str("the SOCKS proxy refused the connection"),
            Self::Refused { status, schemes } => {
                write!(f, "the proxy answered with HTTP status {status}")?;
                let mut names = schemes.names();
                if let Some(first) = names.next().filter(|_| *status == 407) {
                    write!(f, " and offers {first}")?;
                    return names.try_for_each(|it| write!(f, ", {it}"));
                }
                Ok(())
            }
        }
    }
}

/// The schemes in use (RFC 9110 section 11.1). Another one is not named: it could be any text.
const SCHEMES: [&str; 7] = ["Basic", "Bearer", "Digest", "Kerberos", "Negotiate", "NTLM", "SCRAM-SHA-256"];

/// The authentication schemes that a proxy offers, of those that are in use. Collected from names, without regard to case.
///
/// ```
/// use device_flow_core::ProxySchemes;
///
/// let schemes: ProxySchemes = ["digest", "BASIC"].into_iter().collect();
/// assert!(schemes.names().eq(["Basic", "Digest"]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ProxySchemes(u16);

impl ProxySchemes {
    const ALL: u16 = (1 << SCHEMES.len()) - 1;

    /// Their names in the usual spelling, in alphabetical order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0_u32..).zip(SCHEMES).filter(move |(index, _)| self.0 & bit(*index) != 0).map(|(_, name)| name)
    }
}

impl<'a> FromIterator<&'a str> for ProxySchemes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let index = |name: &str| (0_u32..).zip(SCHEMES).find(|(_, it)| it.eq_ignore_ascii_case(name));
        let known = names.into_iter().filter_map(index);
        Self(known.fold(0, |bits, (index, _)| bits | bit(index)))
    }
}

const fn bit(index: u32) -> u16 {
    1_u16.wrapping_shl(index)
}
