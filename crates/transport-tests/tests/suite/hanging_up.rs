//! A server hears at once that nobody waits for its answer any more.

use crate::bench::{FOR_EVER, client, config_at};
use device_flow_core::DeviceFlow;
use device_flow_transport::Remote;
use std::io::Read as _;
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use transport_tests::Transport;

/// A tenth of a second, and some more on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(400);

/// A server that reads one request, answers nothing, and tells how long the client stayed after `meanwhile`.
fn patient(meanwhile: impl FnOnce() + Send + 'static) -> (String, JoinHandle<Duration>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.set_read_timeout(Some(FOR_EVER)).unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"client_id=television") {
            let mut more = [0; 1024];
            let length = client.read(&mut more).unwrap();
            request.extend_from_slice(&more[..length]);
        }
        meanwhile();
        let begun = Instant::now();
        // An end or a reset, but no more bytes.
        assert_eq!(client.read(&mut [0]).unwrap_or_default(), 0);
        begun.elapsed()
    });
    (base, server)
}

pub(crate) fn a_cancelled_request_is_hung_up_on_at_once<T: Transport>() {
    let remote = Remote::new();
    let far = remote.clone();
    let (base, server) = patient(move || far.cancel());
    let mut flow = DeviceFlow::new(config_at(&base)).unwrap();
    client::<T>().drive(&mut flow, &remote, &mut |_| {});
    let stayed = server.join().unwrap();
    assert!(stayed < AT_ONCE, "{stayed:?}");
}

pub(crate) fn a_request_that_is_given_up_is_hung_up_on_at_once<T: Transport>() {
    const TIMEOUT: Duration = Duration::from_secs(1);
    let (base, server) = patient(|| {});
    let remote = Remote::new();
    let far = remote.clone();
    let config = config_at(&base).request_timeout(TIMEOUT);
    let mut flow = DeviceFlow::new(config).unwrap();
    // The first thing that is told is the trouble.
    client::<T>().drive(&mut flow, &remote, &mut |_| far.cancel());
    let stayed = server.join().unwrap();
    assert!(stayed < TIMEOUT + AT_ONCE && stayed > TIMEOUT / 2, "{stayed:?}");
}
