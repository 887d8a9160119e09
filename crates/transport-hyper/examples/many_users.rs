//! A service in which many people sign in at the same time: one client, one task for each of them.
//!
//! ```sh
//! cargo run --example many_users
//! ```

#![expect(clippy::arithmetic_side_effects, clippy::print_stdout, reason = "an example")]

use device_flow_core::{Config, TokenResponse};
use device_flow_testserver::{Approval, Options, Server};
use std::error::Error;
use std::time::Duration;
use tokio::task::JoinSet;
use transport_hyper::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start(Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(1)))?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());

    // Clones share their connections. A sign-in that waits has none: 2 KiB are all that it takes.
    let client = Client::new()?;
    let mut sign_ins = JoinSet::new();
    for user in 0..100 {
        let (client, config) = (client.clone(), config.clone());
        sign_ins.spawn(async move { (user, sign_in(&client, config).await) });
    }

    let mut signed_in = 0;
    while let Some(ended) = sign_ins.join_next().await {
        match ended? {
            (_, Ok(_tokens)) => signed_in += 1,
            (user, Err(error)) => println!("user {user}: {error}"),
        }
    }
    println!("{signed_in} signed in over {} connections", server.connections());
    Ok(())
}

async fn sign_in(client: &Client, config: Config) -> Result<TokenResponse, transport_hyper::Error> {
    let pending = client.start(config).await?;
    show(pending.prompt().user_code());
    pending.wait().await
}

/// A real service would show it in the user's window.
fn show(_user_code: &str) {}
