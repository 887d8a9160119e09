//! A sign-in in the terminal, with the time that is left.
//!
//! ```sh
//! cargo run --example blocking_countdown
//! ```
//!
//! Here the server is a simulated one, which approves at the third poll. A real program has its own configuration.

#![expect(clippy::arithmetic_side_effects, reason = "an example")]

use device_flow_core::{Config, Event, Prompt};
use device_flow_testserver::{Approval, Options, Server};
use std::error::Error;
use std::io::{Write as _, stderr};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use transport_ureq::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start(Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(2)))?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());

    let pending = Client::new()?.start(config)?;
    let prompt = pending.prompt().clone();
    writeln!(stderr(), "Visit {} and enter {}", prompt.verification_uri(), prompt.user_code())?;

    // Waiting blocks, so the seconds are counted on a thread of their own, until the other end of the channel is dropped.
    let (ended, has_ended) = channel();
    let counting = thread::spawn(move || count_down(&prompt, &has_ended));
    let tokens = pending.wait_with(|event| {
        if let Event::Retrying { reason, .. } = event {
            let _ = writeln!(stderr(), "\rThe server is in trouble ({reason}); trying again");
        }
    });
    drop(ended);
    let _ = counting.join();
    writeln!(stderr(), "\rSigned in; the token is good for {:?}", tokens?.expires_in())?;
    Ok(())
}

fn count_down(prompt: &Prompt, has_ended: &Receiver<()>) {
    let end = Instant::now() + prompt.expires_in().unwrap_or_default();
    loop {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        let _ = write!(stderr(), "\rThe code is good for {}:{:02} ", left / 60, left % 60);
        if has_ended.recv_timeout(Duration::from_secs(1)) != Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            return;
        }
    }
}
