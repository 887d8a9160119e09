//! A sign-in in the terminal, with the time that is left.
//!
//! ```sh
//! cargo run --example countdown
//! ```
//!
//! Here the server is a simulated one, which approves at the third poll. A real program has its own configuration.

#![expect(clippy::arithmetic_side_effects, reason = "an example")]

use device_flow_core::{Config, Event, Prompt};
use device_flow_testserver::{Approval, Options, Server};
use std::convert::Infallible;
use std::error::Error;
use std::io::{Write as _, stderr};
use std::time::Duration;
use tokio::time::{Instant, interval};
use transport_hyper::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start(Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(2)))?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());

    let pending = Client::new()?.start(config).await?;
    let prompt = pending.prompt().clone();
    writeln!(stderr(), "Visit {} and enter {}", prompt.verification_uri(), prompt.user_code())?;

    let waiting = pending.wait_with(|event| {
        if let Event::Retrying { reason, .. } = event {
            let _ = writeln!(stderr(), "\rThe server is in trouble ({reason}); trying again");
        }
    });
    let tokens = tokio::select! {
        tokens = waiting => tokens?,
        never = count_down(&prompt) => match never {},
    };
    writeln!(stderr(), "\rSigned in; the token is good for {:?}", tokens.expires_in())?;
    Ok(())
}

/// Waiting ends by itself when the code does.
async fn count_down(prompt: &Prompt) -> Infallible {
    let end = Instant::now() + prompt.expires_in().unwrap_or_default();
    let mut second = interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        let _ = write!(stderr(), "\rThe code is good for {}:{:02} ", left / 60, left % 60);
    }
}
