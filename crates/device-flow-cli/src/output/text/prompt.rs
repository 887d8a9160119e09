//! What to show to the person who signs in.

use std::fmt;

use device_flow_core::Prompt;

use super::STRONG;
use super::duration::life;

/// The code first, and each address alone on a line, so that all can be copied and none is broken.
pub(super) struct PromptText<'a>(pub(super) &'a Prompt);

impl fmt::Display for PromptText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(prompt) = self;
        let code = prompt.user_code();
        let address = prompt.verification_uri();
        writeln!(f, "\nYour code is\n\n    {STRONG}{code}{STRONG:#}\n")?;
        writeln!(f, "To sign in, enter it at\n\n    {STRONG}{address}{STRONG:#}\n")?;
        if let Some(complete) = prompt.verification_uri_complete() {
            writeln!(f, "or open the address that has it already:\n\n    {complete}\n")?;
        }
        if let Some(message) = prompt.message() {
            writeln!(f, "The server says: {message}")?;
        }
        if let Some(expires_in) = prompt.expires_in() {
            writeln!(f, "The code is good for {}.", life(expires_in))?;
        }
        // RFC 8628 section 5.4.
        writeln!(f, "Go on only if you started this yourself. Whoever sends you a code or an address to")?;
        writeln!(f, "approve wants to be signed in as you.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_flow_core::{Config, DeviceFlow, Event, Input, Machine as _, Output, Response, Timestamp};

    fn text(answer: &str) -> String {
        let config = Config::new("tv", "https://as.example/da", "https://as.example/token");
        let mut flow = DeviceFlow::new(config).unwrap();
        let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else {
            panic!("no request");
        };
        let id = request.id();
        let response = Response::new(200, answer.as_bytes());
        flow.handle_input(Timestamp::ZERO, Input::Response(id, response)).unwrap();
        let Output::Event(Event::Prompt(prompt)) = flow.poll_output(Timestamp::ZERO) else {
            panic!("no prompt");
        };
        let text = PromptText(&prompt).to_string();
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn the_code_comes_first_and_addresses_have_lines_of_their_own() {
        let text = text(
            r#"{"device_code":"x","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device",
                "verification_uri_complete":"https://as.example/device?user_code=WDJB-MJHT","expires_in":1800,
                "message":"Hello"}"#,
        );
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let place = |wanted: &str| lines.iter().position(|it| *it == wanted).unwrap();
        assert!(place("WDJB-MJHT") < place("https://as.example/device"));
        assert!(place("https://as.example/device") < place("https://as.example/device?user_code=WDJB-MJHT"));
        place("The server says: Hello");
        place("The code is good for 30 minutes.");
        assert!(text.contains("only if you started this yourself"), "{text}");
    }

    #[test]
    fn what_the_server_does_not_tell_is_left_out() {
        let text =
            text(r#"{"device_code":"x","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device"}"#);
        for word in ["good for", "says", "or open"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}
