//! User codes: how they look and how they are compared (RFC 8628 §6.1).

use std::io;

use crate::random;

/// The shape of user codes: letters of an alphabet, in groups of four joined by a dash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserCodeShape {
    pub(crate) alphabet: String,
    pub(crate) length: usize,
}

impl Default for UserCodeShape {
    /// Eight letters of the base-20 alphabet of RFC 8628 §6.1: 34.5 bits, no vowels, hence no words.
    fn default() -> Self {
        Self { alphabet: "BCDFGHJKLMNPQRSTVWXZ".to_owned(), length: 8 }
    }
}

impl UserCodeShape {
    pub(crate) fn check(&self) -> io::Result<()> {
        let folded = normalized(&self.alphabet);
        let mut distinct: Vec<char> = folded.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < 2 || distinct.len() != self.alphabet.len() {
            let message =
                "a user code alphabet needs two or more ASCII letters or digits that differ without regard to case";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if !(4..=32).contains(&self.length) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a user code has 4 to 32 letters"));
        }
        Ok(())
    }

    /// Makes a new code, such as `WDJB-MJHT`.
    pub(crate) fn draw(&self) -> Result<String, getrandom::Error> {
        let letters = random::letters(self.alphabet.as_bytes(), self.length)?;
        let groups: Vec<_> = letters.chunks(4).map(String::from_utf8_lossy).collect();
        Ok(groups.join("-"))
    }
}

/// What is compared: letters and digits in upper case, without the dashes and spaces people add or leave out.
pub(crate) fn normalized(user_code: &str) -> String {
    user_code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_looks_like_the_one_in_the_rfc() {
        let code = UserCodeShape::default().draw().unwrap();
        assert_eq!(code.len(), 9);
        assert_eq!(code.as_bytes()[4], b'-');
        assert!(code.bytes().all(|byte| byte == b'-' || b"BCDFGHJKLMNPQRSTVWXZ".contains(&byte)));
    }

    #[test]
    fn case_dashes_and_spaces_do_not_matter() {
        assert_eq!(normalized(" wdjb mjht\n"), normalized("WDJB-MJHT"));
        assert_ne!(normalized("WDJB-MJHX"), normalized("WDJB-MJHT"));
    }

    #[test]
    fn an_alphabet_with_ambiguous_letters_is_refused() {
        for alphabet in ["", "a", "aA", "ab-", "äb"] {
            let shape = UserCodeShape { alphabet: alphabet.to_owned(), length: 8 };
            assert!(shape.check().is_err(), "{alphabet:?}");
        }
        assert!(UserCodeShape::default().check().is_ok());
    }
}
