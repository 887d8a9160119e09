//! Hosts that are reached without a proxy: curl's reading of `NO_PROXY`.

use core::net::IpAddr;

/// The list of hosts, domains and networks to reach directly.
#[derive(Clone, Debug, Default)]
pub(super) struct Bypass {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    Everything,
    /// A host and all hosts below it.
    Domain(String),
    Network {
        address: IpAddr,
        prefix: u32,
    },
}

impl Bypass {
    /// Reads a list separated by commas or spaces. What cannot be read names no host.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split([',', ' ', '\t']).filter(|it| !it.is_empty());
        Self { entries: entries.filter_map(Entry::parse).collect() }
    }

    /// Whether `host`, as it stands in a URL, is on the list.
    pub(super) fn covers(&self, host: &str) -> bool {
        let host = bare(host);
        let address: Option<IpAddr> = host.parse().ok();
        self.entries.iter().any(|it| match it {
            Entry::Everything => true,
            Entry::Domain(domain) => address.is_none() && is_within(host, domain),
            Entry::Network { address: network, prefix } => {
                address.is_some_and(|it| is_in_network(it, *network, *prefix))
            }
        })
    }
}

impl Entry {
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Everything);
        }
        let (address, prefix) =
            entry.split_once('/').map_or((entry, None), |(address, prefix)| (address, Some(prefix)));
        if let Ok(address) = bare(address).parse::<IpAddr>() {
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.map_or(Some(longest), |it| it.parse().ok())?;
            return (prefix <= longest).then_some(Self::Network { address, prefix });
        }
        let domain = entry.trim_start_matches('.').trim_end_matches('.');
        (!domain.is_empty()).then(|| Self::Domain(domain.to_ascii_lowercase()))
    }
}

/// Without the brackets of an IPv6 address and the dot that ends an absolute name.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.')
}

fn is_within(host: &str, domain: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in_network(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    let (difference, length) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits() ^ b.to_bits()), 32_u32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits(), 128),
        _ => return false,
    };
    // The bits beyond the prefix may differ.
    let rest = length.saturating_sub(prefix);
    difference.checked_shr(rest).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_itself_and_what_is_below_it() {
        let it = Bypass::parse("example.com, .Internal");
        for host in ["example.com", "EXAMPLE.com", "a.example.com", "example.com.", "x.internal", "internal"] {
            assert!(it.covers(host), "{host}");
        }
        for host in ["notexample.com", "example.com.evil.example", "10.0.0.1"] {
            assert!(!it.covers(host), "{host}");
        }
    }

    #[test]
    fn addresses_and_networks_cover_addresses_only() {
        let it = Bypass::parse("127.0.0.1 10.0.0.0/8,[::1],fe80::/10,0.1/99,192.168.0.0/33");
        for host in ["127.0.0.1", "10.255.0.1", "[::1]", "::1", "[fe80::9]"] {
            assert!(it.covers(host), "{host}");
        }
        for host in ["127.0.0.2", "11.0.0.1", "[::2]", "192.168.0.1", "x10.0.0.1"] {
            assert!(!it.covers(host), "{host}");
        }
        assert!(Bypass::parse("0.0.0.0/0").covers("9.9.9.9"));
    }

    #[test]
    fn a_star_covers_all_and_an_empty_list_nothing() {
        assert!(Bypass::parse("*").covers("anything.example"));
        assert!(!Bypass::parse(" ,, ").covers("anything.example"));
    }
}
