//! Connects to a broker that listens on a socket of the file system and speaks with the server.
//!
//! ```sh
//! cargo run --example blocking_unix_socket
//! ```

#![expect(clippy::print_stdout, reason = "an example")]

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use device_flow_core::Config;
    use device_flow_testserver::{Approval, Options, Server};
    use std::os::unix::net::UnixListener;
    use std::time::Duration;
    use transport_ureq::Client;

    let options = Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(1));
    let server = Server::start(options)?;
    let path = std::env::temp_dir().join(format!("broker-of-ureq-{}.socket", std::process::id()));
    let (listener, address) = (UnixListener::bind(&path)?, server.addr());
    std::thread::spawn(move || broker(&listener, address));

    let client = Client::builder().unix_socket(&path).build()?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());
    let pending = client.start(config)?;
    println!("Visit {} and enter {}", pending.prompt().verification_uri(), pending.prompt().user_code());
    pending.wait()?;
    println!("Signed in by way of {}", path.display());
    std::fs::remove_file(path)?;
    Ok(())
}

/// Passes on what comes.
#[cfg(unix)]
fn broker(listener: &std::os::unix::net::UnixListener, address: std::net::SocketAddr) -> std::io::Result<()> {
    loop {
        let (client, _) = listener.accept()?;
        let server = std::net::TcpStream::connect(address)?;
        let (mut asking, mut asked) = (client.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || std::io::copy(&mut asking, &mut asked));
        std::thread::spawn(move || std::io::copy(&mut &server, &mut &client));
    }
}

#[cfg(not(unix))]
fn main() {
    println!("There are no such sockets here");
}
