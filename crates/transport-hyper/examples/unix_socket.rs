//! Connects in a way of its own: to a broker that listens on a socket of the file system and speaks with the server.
//!
//! ```sh
//! cargo run --example unix_socket
//! ```
//!
//! [`ClientBuilder::connector`](transport_hyper::ClientBuilder::connector) takes any other way.

#![expect(clippy::print_stdout, reason = "an example")]

#[cfg(unix)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use device_flow_core::Config;
    use device_flow_testserver::{Approval, Options, Server};
    use std::time::Duration;
    use transport_hyper::Client;

    let options = Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(1));
    let server = Server::start(options)?;
    let path = std::env::temp_dir().join(format!("broker-{}.socket", std::process::id()));
    tokio::spawn(broker(tokio::net::UnixListener::bind(&path)?, server.addr()));

    let client = Client::builder().unix_socket(&path).build()?;
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());
    let pending = client.start(config).await?;
    println!("Visit {} and enter {}", pending.prompt().verification_uri(), pending.prompt().user_code());
    pending.wait().await?;
    println!("Signed in by way of {}", path.display());
    std::fs::remove_file(path)?;
    Ok(())
}

/// Passes on what comes.
#[cfg(unix)]
async fn broker(listener: tokio::net::UnixListener, server: std::net::SocketAddr) -> std::io::Result<()> {
    loop {
        let (mut client, _) = listener.accept().await?;
        let mut server = tokio::net::TcpStream::connect(server).await?;
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
    }
}

#[cfg(not(unix))]
fn main() {
    println!("There are no such sockets here");
}
