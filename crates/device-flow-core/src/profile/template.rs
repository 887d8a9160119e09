//! Filling variables into addresses, so that a value changes nothing but its own place.

use super::{Profile, ProfileError, ProfileVariable, VariableKind};
use crate::secret::SecretString;
use crate::wire::form;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use url::Url;

/// The longest segment, in bytes: what file systems and tenants agree on.
const MAX_SEGMENT: usize = 255;

/// A profile's variables with their values, all checked.
pub(super) struct Filled<'v> {
    values: Vec<(&'static str, &'v str)>,
    /// In the form that a query takes.
    client_id: SecretString,
}

impl<'v> Filled<'v> {
    pub(super) fn new(
        profile: &Profile,
        given: &[(&str, &'v str)],
        client_id: &str,
    ) -> Result<Self, ProfileError> {
        let known = profile.variables;
        let unknown = given
            .iter()
            .find(|(name, _)| known.iter().all(|it| it.name != *name));
        if let Some((name, _)) = unknown {
            return Err(ProfileError::Unknown {
                profile: profile.name,
                name: (*name).to_owned(),
                known,
            });
        }
        let values = known
            .iter()
            .map(|variable| Ok((variable.name, value(profile.name, variable, given)?)));
        let mut encoded = SecretString::with_capacity(client_id.len());
        form::encode_into(&mut encoded, client_id);
        Ok(Self {
            values: values.collect::<Result<_, _>>()?,
            client_id: encoded,
        })
    }

    /// The address of a template.
    pub(super) fn expand(&self, template: &str) -> String {
        let mut address = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
            address.push_str(before);
            address.push_str(self.get(name));
            rest = after;
        }
        address.push_str(rest);
        address
    }

    fn get(&self, name: &str) -> &str {
        if name == "client_id" {
            return self.client_id.expose();
        }
        let found = self.values.iter().find(|(it, _)| *it == name);
        // The tables name no variable that they do not have; a test goes through them all.
        found.map(|(_, value)| *value).unwrap_or_default()
    }
}

/// The value of one variable: as given, else its default.
fn value<'v>(
    profile: &'static str,
    variable: &'static ProfileVariable,
    given: &[(&str, &'v str)],
) -> Result<&'v str, ProfileError> {
    let mut values = given.iter().filter(|(name, _)| *name == variable.name);
    let value = match (values.next(), variable.default) {
        (Some((_, value)), _) => *value,
        (None, Some(default)) => default,
        (None, None) => return Err(ProfileError::Missing { profile, variable }),
    };
    if values.next().is_some() {
        return Err(ProfileError::Repeated { profile, variable });
    }
    let is_good = match variable.kind {
        VariableKind::Host => is_host(value),
        VariableKind::Segment => is_segment(value),
    };
    if is_good {
        Ok(value)
    } else {
        Err(ProfileError::Malformed { profile, variable })
    }
}

/// RFC 3986 section 2.3, `unreserved`: what stands for itself everywhere in an address.
fn is_segment(value: &str) -> bool {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    value.len() <= MAX_SEGMENT
        && value.bytes().all(is_unreserved)
        // Dots alone would be resolved away, and nothing at all would join its neighbours.
        && value.bytes().any(|byte| byte != b'.')
}

fn is_host(value: &str) -> bool {
    let (host, port) = match value.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (value, None),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port != 0)
    };
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let is_plain = host.len() <= 253
        && host.bytes().all(is_name_byte)
        && host
            .split('.')
            .all(|label| !label.is_empty() && label.len() <= 63);
    // The parser has the last word: to it, a name such as `0x7f.1` is quite another address.
    let is_itself = || {
        Url::parse(&format!("https://{host}/"))
            .is_ok_and(|url| url.host_str() == Some(&host.to_ascii_lowercase()))
    };
    is_plain && port.is_none_or(is_port) && is_itself()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_one_segment() {
        for good in [
            "common",
            "9d3c0c5a-2f0f-44f3-9d0a",
            "contoso.onmicrosoft.com",
            "a_b~c",
            "..a",
        ] {
            assert!(is_segment(good), "{good}");
        }
        for bad in [
            "", ".", "..", "...", "a/b", "a\\b", "%2e%2e", "a%2fb", "a?b", "a#b", "a b", "a\nb",
            "a\0b", "a@b", "a:b", "{host}", "ä", "a;b",
        ] {
            assert!(!is_segment(bad), "{bad:?}");
        }
        assert!(is_segment(&"a".repeat(255)) && !is_segment(&"a".repeat(256)));
    }

    #[test]
    fn a_host_is_a_host_and_nothing_else() {
        for good in [
            "id.example",
            "ID.example",
            "localhost:8443",
            "192.0.2.1",
            "192.0.2.1:65535",
            "xn--bcher-kva.example",
            "a",
        ] {
            assert!(is_host(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a/b",
            "https://a",
            "u@a",
            "u:p@a",
            "a:",
            "a:0",
            "a:65536",
            "a:+1",
            "a:1:2",
            "[::1]",
            "a?b",
            "a#b",
            "a%2eb",
            "a b",
            "a\tb",
            "bücher.example",
            "0x7f.1",
            "127.1",
            "1",
            "xn--a.example",
            "a_b.example",
            "a\\b",
        ] {
            assert!(!is_host(bad), "{bad:?}");
        }
    }
}
