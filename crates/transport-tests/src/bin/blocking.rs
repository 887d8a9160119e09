//! The README's first example.

#![expect(clippy::print_stdout, reason = "it shows the prompt")]

use device_flow_core::Config;
use transport_ureq::Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = std::env::args().nth(1).ok_or("which issuer?")?;
    let client = Client::new()?;
    let config = Config::discovered("television", &client.discover(&issuer)?);
    let pending = client.start(config.scope("openid"))?;
    let prompt = pending.prompt();
    println!("Go to {} and enter {}", prompt.verification_uri(), prompt.user_code());
    let tokens = pending.wait()?;
    println!("Signed in for {:?}", tokens.expires_in());
    Ok(())
}
