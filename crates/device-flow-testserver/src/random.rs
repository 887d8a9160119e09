//! Randomness from the operating system.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits as text that fits URLs, headers and HTML attributes.
pub(crate) fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// `length` bytes of `alphabet`, each equally likely. `alphabet` holds 1 to 256 bytes.
pub(crate) fn letters(alphabet: &[u8], length: usize) -> Result<Vec<u8>, getrandom::Error> {
    let size = alphabet.len().clamp(1, 256);
    // Bytes above the largest multiple of the alphabet's size are thrown away, or its first letters would be likelier.
    let accepted = 256_usize.saturating_sub(256_usize.checked_rem(size).unwrap_or(0));
    let mut letters = Vec::with_capacity(length);
    while letters.len() < length {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let drawn = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < accepted);
        let drawn = drawn.filter_map(|byte| alphabet.get(byte.checked_rem(size)?).copied());
        letters.extend(drawn.take(length.saturating_sub(letters.len())));
        if alphabet.is_empty() {
            break;
        }
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_alphabet_is_drawn_and_no_other() {
        let mut drawn = letters(b"BCDFGHJKLMNPQRSTVWXZ", 4_000).unwrap();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn, b"BCDFGHJKLMNPQRSTVWXZ");
    }

    #[test]
    fn secrets_are_long_and_differ() {
        let (first, second) = (secret().unwrap(), secret().unwrap());
        assert_eq!(first.len(), 43);
        assert_ne!(first, second);
    }
}
