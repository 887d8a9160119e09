//! Serves on an address until it is interrupted, and shows what the server does.
//!
//! ```text
//! cargo run -p device-flow-testserver --example serve -- 127.0.0.1:8628
//! ```

#![expect(clippy::print_stdout, reason = "showing what happens is what this program is for")]

use device_flow_testserver::{Approval, Options, Server};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8628".to_owned()).parse()?;
    let options = Options::new().listen(address).approval(Approval::Manual).observer(|event| println!("{event:?}"));
    let server = Server::start(options)?;
    println!("issuer {}", server.issuer());
    println!("approve at {}", server.verification_uri());
    loop {
        std::thread::park();
    }
}
