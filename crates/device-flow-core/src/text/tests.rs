use super::*;
use proptest::prelude::*;

#[test]
fn d8_escape_sequences_lose_their_escape() {
    assert_eq!(clean("Visit \u{1b}[31mevil\u{1b}[0m", 100).as_deref(), Some("Visit [31mevil[0m"));
    assert_eq!(clean("a\u{9b}2Jb\u{7f}c\u{0}", 100).as_deref(), Some("a2Jbc"));
}

#[test]
fn d8_direction_overrides_and_invisible_characters_go() {
    assert_eq!(clean("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{e0041}f", 100).as_deref(), Some("abcdef"));
}

#[test]
fn line_breaks_become_one_space() {
    assert_eq!(clean(" one\r\n\ttwo\u{2028}three \n", 100).as_deref(), Some("one two three"));
    assert_eq!(clean("one\u{85}two", 100).as_deref(), Some("one two"));
}

#[test]
fn two_gaps_are_as_bad_as_one() {
    assert!(!is_clean("a  b"));
    assert!(!is_clean("a  b  c"));
    assert!(is_clean("a b c"));
}

#[test]
fn nothing_visible_is_nothing() {
    assert_eq!(clean(" \u{1b}\n\u{200b}", 100), None);
    assert_eq!(clean("", 100), None);
}

#[test]
fn long_text_is_cut_between_characters() {
    assert_eq!(clean(&"ü".repeat(50), 10), Some("ü".repeat(10).into()));
    assert_eq!(clean("ab cd", 3).as_deref(), Some("ab"));
    assert_eq!(clean("ab cd", 4).as_deref(), Some("ab c"));
}

proptest! {
    #[test]
    fn clean_text_is_left_as_it_is(text in "[ -~]{0,12}|[ a-z]{0,6}") {
        let words: alloc::vec::Vec<&str> = text.split_ascii_whitespace().collect();
        let expected = words.join(" ");
        let cleaned = clean(&text, 100);
        prop_assert_eq!(cleaned.as_deref().unwrap_or_default(), expected.as_str());
        prop_assert_eq!(is_clean(&text), text == expected && !text.is_empty());
    }
}

#[test]
fn other_scripts_stay_as_they_are() {
    let text = "サインインするには、 https://microsoft.com/devicelogin を開き";
    assert_eq!(clean(text, 100).as_deref(), Some(text));
}

#[test]
fn a6_only_what_draws_is_kept() {
    for (text, kept) in [
        ("\u{2800}\u{2800}", None),
        ("\u{3164}\u{115f}\u{ffa0}", None),
        ("A\u{e000}B\u{f0000}", Some("AB")),
        ("A\u{16fe4}B", Some("AB")),
        ("A\u{fffc}\u{1d159}B", Some("AB")),
        ("A\u{378}B\u{fdd0}\u{ffff}", Some("AB")),
        ("A\u{fe0f}\u{e0100}B", Some("AB")),
        ("\u{301}A", Some("A")),
        ("A \u{301}B", Some("A B")),
        ("1\u{20e3}", Some("1\u{20e3}")),
        ("เข้าสู่ระบบ", Some("เข้าสู่ระบบ")),
        ("हिन्दी", Some("हिन्दी")),
        ("אבג-123 €5 ✓", Some("אבג-123 €5 ✓")),
    ] {
        assert_eq!(clean(text, 100).as_deref(), kept, "{}", text.escape_unicode());
    }
}

#[test]
fn a6_marks_are_capped() {
    let flood = |marks: usize| alloc::format!("A{}B", "\u{301}".repeat(marks));
    assert_eq!(clean(&flood(MAX_MARKS), 1_000), Some(flood(MAX_MARKS).into()));
    assert_eq!(clean(&flood(120), 1_000), Some(flood(MAX_MARKS).into()));
}
