//! The order in which to try the addresses of a host.

use core::net::SocketAddr;

/// One of each family in turn, beginning with that of the first, so that a family without a way out costs one attempt (RFC
/// 8305 section 4).
pub(crate) fn in_turns(found: &[SocketAddr]) -> Vec<SocketAddr> {
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
}
