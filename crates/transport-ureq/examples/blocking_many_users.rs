//! A service in which many people sign in at the same time: one client, one thread for each of them.
//!
//! ```sh
//! cargo run --example blocking_many_users
//! ```

#![expect(clippy::print_stdout, reason = "an example")]

use device_flow_core::{Config, TokenResponse};
use device_flow_testserver::{Approval, Options, Server};
use std::error::Error;
use std::thread;
use std::time::Duration;
use transport_ureq::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start(Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(1)))?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());

    // Clones share their connections. Each sign-in blocks a thread, and needs no other; for thousands of them at once, async
    // tasks are lighter.
    let client = Client::new()?;
    let sign_ins = (0..50).map(|user| {
        let (client, config) = (client.clone(), config.clone());
        (user, thread::spawn(move || sign_in(&client, config)))
    });

    for (user, thread) in sign_ins.collect::<Vec<_>>() {
        match thread.join() {
            Ok(Ok(_tokens)) => {}
            Ok(Err(error)) => println!("user {user}: {error}"),
            Err(_) => println!("user {user}: a bug"),
        }
    }
    println!("all are through, over {} connections", server.connections());
    Ok(())
}

fn sign_in(client: &Client, config: Config) -> Result<TokenResponse, transport_ureq::Error> {
    let pending = client.start(config)?;
    show(pending.prompt().user_code());
    pending.wait()
}

/// A real service would show it in the user's window.
fn show(_user_code: &str) {}
