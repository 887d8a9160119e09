//! Sends requests with an agent of ureq's that the program has anyway, with its proxies, its trust and its middleware.
//!
//! ```sh
//! cargo run --example blocking_own_agent
//! ```

#![expect(clippy::print_stdout, reason = "an example")]

use device_flow_core::Config;
use device_flow_testserver::{Approval, Options, Server};
use std::time::Duration;
use transport_ureq::Client;
use transport_ureq::ureq::http::{Request, Response};
use transport_ureq::ureq::middleware::MiddlewareNext;
use transport_ureq::ureq::{self, Agent, Body, SendBody};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start(Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(1)))?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());

    let agent =
        Agent::config_builder().timeout_connect(Some(Duration::from_secs(3))).middleware(log).build().new_agent();
    let client = Client::builder().agent(agent).build()?;
    let pending = client.start(config)?;
    println!("Visit {} and enter {}", pending.prompt().verification_uri(), pending.prompt().user_code());
    pending.wait()?;
    println!("Signed in");
    Ok(())
}

/// Bodies are secrets, so only the rest is fit to be logged.
fn log(request: Request<SendBody<'_>>, next: MiddlewareNext<'_>) -> Result<Response<Body>, ureq::Error> {
    let line = format!("{} {}", request.method(), request.uri());
    let response = next.handle(request)?;
    println!("{line}: {}", response.status());
    Ok(response)
}
