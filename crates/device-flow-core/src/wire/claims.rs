//! A JSON object whose members a caller reads by name: claims about a person, a token or a client.

use super::extra::member;
use super::members::{for_each, text};
use super::number::Number;
use super::value::Value;
use crate::secret::SecretString;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The members of a JSON object that says something about a person, a token or a client. `Debug` shows none: they are
/// personal, and some are secret.
///
/// ```
/// use device_flow_core::Claims;
///
/// let claims = Claims::from_json(r#"{"sub":"user-1","aud":["tv"],"exp":1767230000,"email_verified":true}"#).unwrap();
/// assert_eq!(claims.text("sub").as_deref(), Some("user-1"));
/// assert_eq!(claims.texts("aud"), Some(vec!["tv".to_owned()]));
/// assert_eq!(claims.seconds("exp"), Some(1_767_230_000));
/// assert_eq!(claims.flag("email_verified"), Some(true));
/// assert_eq!(claims.text("name"), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Claims(SecretString);

impl Claims {
    /// Reads a JSON object, nested at most 32 levels deep; `None` when it is none.
    pub fn from_json(json: &str) -> Option<Self> {
        let json = text(json.as_bytes());
        if !json.starts_with('{') {
            return None;
        }
        for_each(&json, &mut |_, _| {}).ok()?;
        Some(Self(SecretString::from(&*json)))
    }

    /// The whole object as JSON.
    pub fn json(&self) -> &str {
        self.0.expose()
    }

    /// One member: a string's content, or the JSON text of anything else.
    pub fn member(&self, name: &str) -> Option<SecretString> {
        member(self.0.expose(), name)
    }

    /// A member that is a string and not empty.
    pub fn text(&self, name: &str) -> Option<String> {
        self.find(name, |value| value.text().map(|it| String::from(&*it)))
    }

    /// The same, for what must leave no copy.
    pub(crate) fn secret(&self, name: &str) -> Option<SecretString> {
        self.find(name, |value| value.text().map(|it| SecretString::from(&*it)))
    }

    /// A member that is a string or an array of nothing but strings.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.find(name, |value| match value.strings() {
            Some(mut strings) => strings.try_fold(Vec::new(), |mut all, it| {
                all.push(String::from(&*it?));
                Some(all)
            }),
            None => value.text().map(|it| alloc::vec![String::from(&*it)]),
        })
    }

    /// A member that is a number, rounded towards zero, such as a moment in seconds since 1970.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        self.find(name, |value| value.number().map(Number::floor))
    }

    /// A member that is `true` or `false`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.find(name, |value| match value {
            Value::Json("true") => Some(true),
            Value::Json("false") => Some(false),
            _ => None,
        })
    }

    fn find<T>(&self, wanted: &str, read: impl Fn(Value<'_>) -> Option<T>) -> Option<T> {
        let mut found = None;
        for_each(self.0.expose(), &mut |name, value| {
            if name == wanted {
                found = read(value);
            }
        })
        .ok()?;
        found
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn members_are_read_by_name_and_kind() {
        let json = r#"{"yes":true,"no":false,"text":"true","number":1.9,"large":9007199254740993}"#;
        let claims = Claims::from_json(&format!(" {json}\n")).unwrap();
        assert_eq!(claims.json(), json);
        assert_eq!(claims.flag("yes"), Some(true));
        assert_eq!(claims.flag("no"), Some(false));
        assert_eq!(claims.flag("text"), None);
        assert_eq!(claims.flag("number"), None);
        assert_eq!(claims.seconds("number"), Some(1));
        assert_eq!(claims.seconds("large"), Some(9_007_199_254_740_993), "to the last digit");
        assert_eq!(claims.texts("text"), Some(alloc::vec!["true".into()]));
        assert_eq!(claims.texts("yes"), None);
    }

    #[test]
    fn k7_claims_are_nobodys_business() {
        let claims = Claims::from_json(r#"{"sub":"somebody"}"#).unwrap();
        assert_eq!(format!("{claims:?}"), "Claims([redacted])");
    }
}
