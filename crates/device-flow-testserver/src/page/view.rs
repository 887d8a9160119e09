//! What the page looks like. No scripts, nothing from other places, everything shown is escaped.

use std::fmt::Write as _;

use super::sessions::Session;
use crate::answer::Answer;
use crate::codes::Authorization;
use crate::random;
use crate::state::Shared;

const STYLE: &str = include_str!("style.css");

/// The most characters of a client's name, or of a scope, that are shown.
const LONGEST_NAME: usize = 120;
const MOST_SCOPES: usize = 20;

/// What the form for the code says above its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    None,
    /// The code came with the link.
    Compare,
    Wrong,
    /// The form token was missing or old.
    Stale,
    Locked {
        seconds: u64,
    },
}

/// The form for the code.
#[derive(Debug)]
pub(super) struct CodeForm<'a> {
    pub(super) form_token: &'a str,
    pub(super) user_code: &'a str,
    pub(super) notice: Notice,
}

pub(super) fn code_form(shared: &Shared, status: u16, form: &CodeForm<'_>) -> Answer {
    let notice = match form.notice {
        Notice::None => String::new(),
        Notice::Compare => {
            "<p class=\"notice\">Go on only if this is the code that your own device shows.</p>".to_owned()
        }
        Notice::Wrong => alert("No device waits with this code. Check it and try again; codes expire after a while."),
        Notice::Stale => alert("This form was too old. Please send it once more."),
        Notice::Locked { seconds } => {
            let unit = if seconds == 1 { "second" } else { "seconds" };
            alert(&format!("Too many wrong codes. Try again in {seconds} {unit}."))
        }
    };
    let body = format!(
        r#"<h1>Connect a device</h1>
<p>Enter the code that your device shows.</p>
{notice}
<form method="post" action="{path}/device">
<input type="hidden" name="form_token" value="{token}">
<label for="user_code">Code</label>
<input class="code" id="user_code" name="user_code" value="{code}" placeholder="{example}" maxlength="64" required autofocus autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false">
<button class="primary" type="submit">Continue</button>
</form>"#,
        path = escaped(&shared.place.path),
        token = escaped(form.form_token),
        code = shown(form.user_code, 64),
        example = example(shared),
    );
    document(status, "Connect a device", &body)
}

pub(super) fn confirm(shared: &Shared, session: &Session, code: &Authorization, name: &str) -> Answer {
    let mut scopes = String::new();
    let requested: Vec<_> =
        code.scope.iter().flat_map(|scope| scope.split(' ')).filter(|scope| !scope.is_empty()).collect();
    for scope in requested.iter().take(MOST_SCOPES) {
        // Writing into a string cannot fail.
        let _ = write!(scopes, "<li>{}</li>", shown(scope, LONGEST_NAME));
    }
    if let Some(more @ 1..) = requested.len().checked_sub(MOST_SCOPES) {
        let _ = write!(scopes, "<li>and {more} more</li>");
    }
    let access = if scopes.is_empty() {
        "<p>It asks for no particular access.</p>".to_owned()
    } else {
        format!("<p>It asks for access to:</p><ul class=\"scopes\">{scopes}</ul>")
    };
    let body = format!(
        r#"<h1>Approve this device?</h1>
<p><strong class="client">{name}</strong> wants to sign in with your account.</p>
{access}
<p>It shows this code:</p>
<p class="code" translate="no">{code}</p>
<p class="notice">If you did not start this yourself, or somebody sent you the code, deny it.</p>
<form method="post" action="{path}/device/decision">
<input type="hidden" name="form_token" value="{token}">
<input type="hidden" name="user_code" value="{code}">
<div class="choices">
<button class="primary" type="submit" name="decision" value="approve">Approve</button>
<button type="submit" name="decision" value="deny">Deny</button>
</div>
</form>"#,
        name = shown(name, LONGEST_NAME),
        path = escaped(&shared.place.path),
        token = escaped(&session.form_token),
        code = escaped(&code.user_code),
    );
    document(200, "Approve this device?", &body)
}

pub(super) fn approved(_: &Shared) -> Answer {
    let body = r#"<p class="mark good" aria-hidden="true">✓</p>
<h1>Device approved</h1>
<p>It will be signed in within a few seconds. You can close this window.</p>"#;
    document(200, "Device approved", body)
}

pub(super) fn denied(_: &Shared) -> Answer {
    let body = r#"<p class="mark bad" aria-hidden="true">✕</p>
<h1>Device denied</h1>
<p>It gets no access. You can close this window.</p>"#;
    document(200, "Device denied", body)
}

pub(super) fn message(shared: &Shared, status: u16, title: &str, text: &str) -> Answer {
    let (title_shown, text) = (escaped(title), escaped(text));
    let path = escaped(&shared.place.path);
    let body = format!("<h1>{title_shown}</h1>\n<p>{text}</p>\n<p><a href=\"{path}/device\">Enter a code</a></p>");
    document(status, title, &body)
}

fn alert(text: &str) -> String {
    format!("<p class=\"notice alert\" role=\"alert\">{}</p>", escaped(text))
}

/// An impossible code of the right shape would puzzle people, so it is the first letters of the alphabet.
fn example(shared: &Shared) -> String {
    let shape = &shared.options.user_code;
    let letters: Vec<char> = shape.alphabet.chars().cycle().take(shape.length).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    escaped(&groups.join("-"))
}

fn document(status: u16, title: &str, body: &str) -> Answer {
    let Ok(nonce) = random::secret() else {
        return Answer::text(500, "the system gave no randomness\n");
    };
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<style nonce="{nonce}">{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<footer>A test authorization server: no real account is behind it.</footer>
</body>
</html>
"#,
        title = escaped(title),
    );
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    Answer::html(status, html)
        .header("content-security-policy", &policy)
        .header("x-frame-options", "DENY")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .header("cross-origin-opener-policy", "same-origin")
        .header("cross-origin-resource-policy", "same-origin")
        .header("cache-control", "no-store")
}

/// Foreign text as it may be shown: no longer than `longest` characters, without characters that hide or reorder
/// others, escaped.
fn shown(text: &str, longest: usize) -> String {
    let mut characters = text.chars().map(|character| if is_deceptive(character) { '\u{fffd}' } else { character });
    let mut start: String = characters.by_ref().take(longest).collect();
    if characters.next().is_some() {
        start.push('…');
    }
    escaped(&start)
}

/// Controls, zero-width characters and bidirectional overrides.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Escapes text for element content and for quoted attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_can_neither_be_markup_nor_hide_what_it_says() {
        assert_eq!(shown("<b onclick='x'>\"&", 99), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;");
        assert_eq!(shown("a\u{202e}b\u{0}c\u{200b}", 99), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(shown("abcdef", 3), "abc…");
    }
}
