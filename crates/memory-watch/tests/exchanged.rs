//! No copy of a secret stays in memory that a transport gives back: of requests, and of answers however they come.
//!
//! Over plain HTTP and on one thread, because TLS has buffers of its own and only this thread is watched.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use device_flow_core::{Call, Config};
use memory_watch::Watch;
use transport_ureq::{Client, Proxy};

const SECRET: &str = "S3CR3T-t0ken-abcdefgh";

#[global_allocator]
static WATCH: Watch = Watch::for_secret(SECRET.as_bytes());

const LENGTH: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 63\r\n\r\n\
    {\"access_token\":\"S3CR3T-t0ken-abcdefgh\",\"token_type\":\"Bearer\"}\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
    3f\r\n{\"access_token\":\"S3CR3T-t0ken-abcdefgh\",\"token_type\":\"Bearer\"}\n\r\n0\r\n\r\n";
const UNTIL_CLOSED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\
    {\"access_token\":\"S3CR3T-t0ken-abcdefgh\",\"token_type\":\"Bearer\"}\n";

/// A server that answers every connection so, with that much white space behind the answer's body, and closes it.
fn answering(answer: &'static str, spaces: usize) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            assert!(client.read(&mut [0; 4096]).unwrap() > 0);
            client.write_all(answer.as_bytes()).unwrap();
            client.write_all(&vec![b' '; spaces]).unwrap();
        }
    });
    address
}

/// How many blocks are given back with the secret in them while it is sent and comes back.
fn freed(address: SocketAddr, outcome: impl Fn(bool)) -> usize {
    let config = Config::new("tv", format!("http://{address}/device"), format!("http://{address}/token"));
    let config = config.request_timeout(Duration::from_secs(5));
    WATCH.count(|| {
        let client = Client::builder().proxy(Proxy::None).build().unwrap();
        let call = Call::refresh(&config, SECRET).unwrap().retries(0);
        outcome(client.call(call).is_ok());
    })
}

#[test]
fn nothing_of_an_exchange_is_left_behind() {
    let is_good = |is_good: bool| assert!(is_good);
    assert_eq!(freed(answering(LENGTH, 0), is_good), 0, "with a length");
    assert_eq!(freed(answering(CHUNKED, 0), is_good), 0, "in chunks");
    assert_eq!(freed(answering(UNTIL_CLOSED, 0), is_good), 0, "until closed");
    assert_eq!(freed(answering(UNTIL_CLOSED, 20_000), is_good), 0, "longer than any first guess");
    assert_eq!(freed(answering(UNTIL_CLOSED, 10_000_000), |is_good| assert!(!is_good)), 0, "too large");
    assert_eq!(freed(answering("SSH-2.0 S3CR3T-t0ken-abcdefgh\r\n\r\n", 0), |is_good| assert!(!is_good)), 0, "no HTTP");
}
