//! The addresses of a host, in the order in which to try them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The addresses of a host that need no look-up, as it stands in a URI: an address, an IPv6 address in brackets, or a name that
/// means this machine wherever it is looked up (RFC 6761 section 6.3).
///
/// ```
/// use device_flow_transport::known_addresses;
///
/// assert_eq!(known_addresses("[::1]", 80), Some(vec!["[::1]:80".parse()?]));
/// assert_eq!(known_addresses("as.example", 80), None);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub fn known_addresses(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some(vec![SocketAddr::new(ip, port)]);
    }
    let name = bare.strip_suffix('.').unwrap_or(bare);
    let last = name.rsplit('.').next().unwrap_or(name);
    let loopback = || vec![(Ipv6Addr::LOCALHOST, port).into(), (Ipv4Addr::LOCALHOST, port).into()];
    last.eq_ignore_ascii_case("localhost").then(loopback)
}

/// One of each family in turn, beginning with that of the first, so that a family without a way out costs one attempt (RFC
/// 8305 section 4).
pub fn in_turns(found: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first = |it: &&SocketAddr| found.first().is_some_and(|first| first.is_ipv4() == it.is_ipv4());
    let mut first = found.iter().filter(is_first);
    let mut other = found.iter().filter(|it| !is_first(it));
    let turns = found.iter().flat_map(|_| [first.next(), other.next()]);
    turns.flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let order = |addresses: &[&str]| {
            let found: Vec<_> = addresses.iter().map(|it| format!("{it}:1").parse().unwrap()).collect();
            in_turns(&found).iter().map(|it| it.ip().to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(order(&["[a::1]", "[a::2]", "[a::3]", "1.0.0.1", "1.0.0.2"]), "a::1 1.0.0.1 a::2 1.0.0.2 a::3");
        assert_eq!(order(&["1.0.0.1", "[a::1]", "[a::2]"]), "1.0.0.1 a::1 a::2");
        assert_eq!(order(&[]), "");
    }

    #[test]
    fn names_of_this_machine_need_no_look_up() {
        for name in ["localhost", "LOCALHOST.", "as.localhost"] {
            let known = known_addresses(name, 80).unwrap();
            assert!(known.len() == 2 && known.iter().all(|it| it.ip().is_loopback()), "{name}");
        }
        for name in ["localhost.example", "xlocalhost", "", "1.2.3"] {
            assert_eq!(known_addresses(name, 80), None, "{name}");
        }
        assert_eq!(known_addresses("9.9.9.9", 53).unwrap(), ["9.9.9.9:53".parse().unwrap()]);
    }
}
