//! A future that drives may be dropped anywhere: the machine goes on with the next one, never early, and signs in.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::{INTERVAL, client, flow, is_authorized, polls, server, until_polled};
use device_flow_core::{
    Config, DeviceFlow, Event, Input, Machine, Misuse, Output, RetryReason, Timestamp, TransportFailure,
};
use device_flow_testserver::{Endpoint, Fault, Script};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use transport_hyper::{Client, Remote};

const HANG: Fault = Fault::Hang(Duration::from_secs(60));

#[tokio::test]
async fn dropped_while_it_sleeps_it_polls_no_sooner_and_no_more_often_p1() {
    let server = server(Script::new().pending(1).approve());
    let (client, mut flow) = (client(), Watched::new(flow(&server)));
    let mut slow_downs = 0;
    let drops = drive_with_many_drops(&client, &mut flow, |event| {
        slow_downs += u32::from(matches!(event, Event::SlowedDown { .. }));
    })
    .await;
    assert!(is_authorized(&flow.flow));
    assert!(drops > 2, "{drops}");
    assert_eq!(slow_downs, 0, "the server found a poll too early");
    let polls = polls(&server);
    assert_eq!(polls.len(), 2);
    assert!(polls[1] - polls[0] >= INTERVAL);
}

#[tokio::test]
async fn dropped_with_a_poll_in_flight_it_polls_again_after_the_interval_p4() {
    // The request's own time limit, half a minute, is not waited for.
    let server = server(Script::new().fault(HANG).approve());
    let (client, mut flow) = (client(), Watched::new(flow(&server)));
    tokio::select! {
        () = client.drive(&mut flow, |_| {}) => panic!("the server answers nothing"),
        () = until_polled(&server, 1) => {}
    }

    let mut retries = Vec::new();
    let drops = drive_with_many_drops(&client, &mut flow, |event| {
        if let Event::Retrying { reason, .. } = event {
            retries.push(reason);
        }
    })
    .await;
    assert!(is_authorized(&flow.flow));
    assert!(drops > 2, "{drops}");
    assert_eq!(retries, [RetryReason::Transport(TransportFailure::Closed)]);
    let polls = polls(&server);
    assert_eq!(polls.len(), 2, "one was lost, one brought the tokens");
    let waited = polls[1] - polls[0];
    assert!(waited >= INTERVAL && waited < 10 * INTERVAL, "{waited:?}");
}

#[tokio::test]
async fn dropped_with_polls_in_flight_again_and_again_it_backs_off_p4() {
    let server = server(Script::new().fault(HANG).fault(HANG).approve());
    let (client, mut flow) = (client(), flow(&server));
    for times in 1..=2 {
        tokio::select! {
            () = client.drive(&mut flow, |_| {}) => panic!("the server answers nothing"),
            () = until_polled(&server, times) => {}
        }
    }
    client.drive(&mut flow, |_| {}).await;
    assert!(is_authorized(&flow));
    let polls = polls(&server);
    assert_eq!(polls.len(), 3);
    assert!(polls[1] - polls[0] >= INTERVAL);
    assert!(polls[2] - polls[1] >= 2 * INTERVAL);
}

/// Drives to the end and drops the future whenever it has slept for a little, as a caller's own select would. Says how
/// often.
async fn drive_with_many_drops(client: &Client, flow: &mut Watched, mut on_event: impl FnMut(Event)) -> u32 {
    let mut drops = 0;
    loop {
        let is_asleep = Arc::clone(&flow.is_asleep);
        tokio::select! {
            () = client.drive(flow, &mut on_event) => return drops,
            () = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                common::until(|| is_asleep.load(Ordering::Relaxed)).await;
            } => drops += 1,
        }
    }
}

/// A flow that tells whether its driver sleeps or has a request in flight.
struct Watched {
    flow: DeviceFlow,
    is_asleep: Arc<AtomicBool>,
}

impl Watched {
    fn new(flow: DeviceFlow) -> Self {
        let is_asleep = Arc::default();
        Self { flow, is_asleep }
    }
}

impl Machine for Watched {
    type Event = Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Event> {
        let output = self.flow.poll_output(now);
        let is_asleep = matches!(output, Output::WaitUntil(_));
        self.is_asleep.store(is_asleep, Ordering::Relaxed);
        output
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        self.flow.handle_input(now, input)
    }

    fn is_done(&self) -> bool {
        self.flow.is_done()
    }
}

#[tokio::test]
async fn dropped_with_its_first_request_in_flight_it_asks_for_codes_again_d9() {
    let server = server(Script::new().approve());
    server.script(Endpoint::DeviceAuthorization, Script::new().fault(HANG));
    let client = client();
    let mut flow = flow(&server);
    tokio::select! {
        () = client.drive(&mut flow, |_| {}) => panic!("the server answers nothing"),
        () = common::until(|| !server.requests().is_empty()) => {}
    }
    client.drive(&mut flow, |_| {}).await;
    assert!(is_authorized(&flow));
    assert_eq!(server.requests_to("/device_authorization").len(), 2);
    assert_eq!(polls(&server).len(), 1);
}

#[tokio::test]
async fn a_future_that_is_never_polled_sends_nothing() {
    let server = server(Script::new().approve());
    let (client, mut flow) = (client(), flow(&server));
    drop(client.drive(&mut flow, |_| {}));
    drop(client.start(common::config(&server)));
    assert!(server.requests().is_empty());
    client.drive(&mut flow, |_| {}).await;
    assert!(is_authorized(&flow));
}

#[tokio::test]
async fn a_dropped_request_is_hung_up_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut flow = DeviceFlow::new(Config::new("tv", &url, &url)).unwrap();
    let client = client();
    let mut socket = tokio::select! {
        () = client.drive(&mut flow, |_| {}) => panic!("the server answers nothing"),
        socket = request_of(&listener) => socket,
    };
    assert_is_hung_up_on(&mut socket).await;
}

async fn request_of(listener: &TcpListener) -> TcpStream {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"client_id=tv") {
        socket.read_buf(&mut request).await.unwrap();
    }
    socket
}

#[tokio::test]
async fn nothing_is_spawned() {
    let server = server(Script::new().pending(1).approve());
    let client = client();
    let mut flow = flow(&server);
    let mut most = 0;
    let mut count = || most = alive_tasks().max(most);
    client.drive(&mut flow, |_| count()).await;
    assert!(is_authorized(&flow));
    assert_eq!(server.connections(), 1, "although the connection was kept");
    assert_eq!((most, alive_tasks()), (0, 0));
}

fn alive_tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn two_hundred_dropped_requests_leave_neither_tasks_nor_sockets() {
    const REQUESTS: usize = 200;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let client = client();
    let mut sockets = Vec::new();
    for _ in 0..REQUESTS {
        let mut flow = DeviceFlow::new(Config::new("tv", &url, &url)).unwrap();
        sockets.push(tokio::select! {
            () = client.drive(&mut flow, |_| {}) => panic!("the server answers nothing"),
            socket = request_of(&listener) => socket,
        });
    }
    for mut socket in sockets {
        assert_is_hung_up_on(&mut socket).await;
    }
    assert_eq!(alive_tasks(), 0);
}

#[tokio::test]
async fn a_cancelled_request_is_hung_up_on_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut flow = DeviceFlow::new(Config::new("tv", &url, &url)).unwrap();
    let (client, remote) = (client(), Remote::new());
    let server = async {
        let mut socket = request_of(&listener).await;
        remote.cancel();
        assert_is_hung_up_on(&mut socket).await;
    };
    tokio::join!(client.drive_with(&mut flow, &remote, |_| {}), server);
}

/// The end of the connection arrives at once.
async fn assert_is_hung_up_on(socket: &mut TcpStream) {
    let mut rest = Vec::new();
    let rest = tokio::time::timeout(Duration::from_millis(500), socket.read_to_end(&mut rest)).await;
    assert!(rest.is_ok(), "the client still waits for an answer that nobody wants");
}
