//! A bound on nesting, checked without recursion before anybody recurses.

/// The deepest nesting that is taken.
const MAX_DEPTH: usize = 32;

/// Whether valid JSON text nests deeper than 32 levels.
pub(super) fn is_too_deep(json: &str) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn t8_thirty_two_levels_pass_and_one_more_does_not() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(!is_too_deep(&nested(MAX_DEPTH)));
        assert!(is_too_deep(&nested(MAX_DEPTH + 1)));
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert!(!is_too_deep(&format!(r#"["{}\"{}\\", "{}"]"#, "[".repeat(40), "{".repeat(40), "[".repeat(40))));
        assert!(is_too_deep(&format!(r#"["\\", {}{}]"#, "[".repeat(32), "]".repeat(32))));
    }

    #[test]
    fn neighbours_do_not_add_up() {
        assert!(!is_too_deep(&format!("[{}[]]", "[],".repeat(100))));
    }
}
