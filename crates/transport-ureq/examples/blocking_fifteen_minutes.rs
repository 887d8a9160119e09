//! Tests a sign-in of fifteen minutes in no time: the clock is a virtual one, whose hands move on whenever all there is to do is
//! to wait.
//!
//! ```sh
//! cargo run --example blocking_fifteen_minutes
//! ```

#![expect(clippy::arithmetic_side_effects, clippy::print_stdout, reason = "an example")]

use device_flow_core::{Config, Event};
use device_flow_testserver::{Approval, Options, Script, Server};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
use transport_ureq::{Client, VirtualClock};

fn main() -> Result<(), Box<dyn Error>> {
    // Somebody approves after 14 minutes. The server has a real clock, and must not mind what it sees.
    let options = Options::new().approval(Approval::Manual).expires_in(Duration::from_secs(900));
    let server = Server::start(options.slow_down_early_polls(false).code(Script::new().pending(140).approve()))?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());

    let begun = Instant::now();
    let client = Client::builder().clock(Arc::new(VirtualClock::new())).build()?;
    let pending = client.start(config)?;
    let mut polls = 1;
    pending.wait_with(|event| polls += u32::from(matches!(event, Event::Pending { .. })))?;

    let passed = Duration::from_millis(client.now().as_millis());
    println!("{polls} polls in {passed:?}, which took {:?}", begun.elapsed());
    Ok(())
}
