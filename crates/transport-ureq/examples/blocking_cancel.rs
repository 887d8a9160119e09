//! Cancels a sign-in from another thread, as a handler of Ctrl-C or a window that is closed would.
//!
//! ```sh
//! cargo run --example blocking_cancel
//! ```

#![expect(clippy::print_stdout, reason = "an example")]

use device_flow_core::Config;
use device_flow_testserver::{Approval, Options, Server};
use std::thread;
use std::time::Duration;
use transport_ureq::{Client, Error};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start(Options::new().approval(Approval::Manual))?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());

    let pending = Client::new()?.start(config)?;
    println!("Visit {} and enter {}", pending.prompt().verification_uri(), pending.prompt().user_code());

    // It is good for any thread and for any time, also after the sign-in has ended.
    let remote = pending.remote();
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(2));
        remote.cancel();
    });

    match pending.wait() {
        Ok(_tokens) => println!("Signed in"),
        Err(Error::Cancelled) => println!("Never mind"),
        Err(error) => println!("No tokens: {error}"),
    }
    Ok(())
}
