//! Secrets as types: no `Display`, no `Serialize`, a `Debug` that tells nothing, wiped when dropped.

mod packed;

pub(crate) use packed::Packed;

use alloc::string::String;
use core::fmt;
use zeroize::Zeroizing;

/// A secret that is owned: wiped when dropped, silent in `Debug`. `==` is for tests: it takes as long as the beginnings are
/// alike.
///
/// ```
/// use device_flow_core::SecretString;
///
/// let secret = SecretString::from("correct horse");
/// assert_eq!(format!("{secret:?}"), "SecretString([redacted])");
/// assert_eq!(secret.expose(), "correct horse");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// The secret itself. What is done with it from here on is the caller's care.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A string that starts empty and can grow to `capacity` bytes without leaving a copy behind.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(String::with_capacity(capacity)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends, and wipes the old buffer when a larger one is needed.
    pub(crate) fn push_str(&mut self, text: &str) {
        self.push_all([text]);
    }

    /// The same for several texts at once.
    #[inline]
    pub(crate) fn push_all<const N: usize>(&mut self, texts: [&str; N]) {
        let needed = texts.iter().fold(self.0.len(), |sum, it| sum.saturating_add(it.len()));
        if needed > self.0.capacity() {
            let mut grown = Zeroizing::new(String::with_capacity(needed.saturating_mul(2)));
            grown.push_str(&self.0);
            self.0 = grown;
        }
        for text in texts {
            self.0.push_str(text);
        }
    }
}

impl From<String> for SecretString {
    fn from(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }
}

impl From<&str> for SecretString {
    fn from(secret: &str) -> Self {
        Self(Zeroizing::new(String::from(secret)))
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString([redacted])")
    }
}

/// A secret that is lent: what [`SecretString`] is to `String`, this is to `&str`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretStr<'a>(&'a str);

impl<'a> SecretStr<'a> {
    pub(crate) const fn new(secret: &'a str) -> Self {
        Self(secret)
    }

    /// The secret itself. What is done with it from here on is the caller's care.
    pub const fn expose(self) -> &'a str {
        self.0
    }

    /// A copy that is owned and wiped when dropped.
    pub fn to_secret_string(self) -> SecretString {
        SecretString::from(self.0)
    }
}

impl fmt::Debug for SecretStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretStr([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    /// A buffer that `String` grows by itself is not wiped.
    #[test]
    fn k7_a_secret_that_grows_is_moved_by_its_owner_and_only_when_it_must_be() {
        let mut secret = SecretString::with_capacity(4);
        let room = secret.0.capacity();
        let full = "x".repeat(room);
        secret.push_str(&full);
        assert_eq!(secret.0.capacity(), room, "it was just enough");
        secret.push_all(["y", "z"]);
        assert!(secret.0.capacity() >= room.saturating_add(2).saturating_mul(2));
        assert_eq!(secret.expose(), full + "yz");
    }

    #[test]
    fn k7_secrets_are_silent() {
        let secret = SecretString::from("correct horse");
        assert_eq!(format!("{secret:?}"), "SecretString([redacted])");
        let lent = SecretStr::new(secret.expose());
        assert_eq!(format!("{lent:?}"), "SecretStr([redacted])");
        assert_eq!(lent.to_secret_string().expose(), "correct horse");
    }
}
