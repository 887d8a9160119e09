//! What can be set, and ways to the server that are the caller's own.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::{AT_ONCE, Silent, config, config_at, server};
use device_flow_core::{ConnectCause, Event, Failure, RetryReason, TlsCause, TransportFailure};
use device_flow_testserver::{Answer, Approval, Endpoint, Fault, Options, Script, Server, Step, Tls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore, crypto::ring::default_provider};
use std::sync::Arc;
use std::time::{Duration, Instant};
use transport_ureq::ureq::Agent;
use transport_ureq::{Client, ClientBuilder, ClientError, Error, Proxy, VirtualClock};

fn builder() -> ClientBuilder {
    Client::builder().proxy(Proxy::None)
}

fn start(builder: ClientBuilder, server: &Server) -> Result<(), Error> {
    builder.build()?.start(config(server)).map(drop)
}

fn failure(result: &Result<(), Error>) -> Option<TransportFailure> {
    match result {
        Err(Error::Failed(Failure::Network(error))) => Some(error.failure()),
        _ => None,
    }
}

fn secure() -> Server {
    let options = Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(0));
    Server::start(options.tls(Tls::new())).unwrap()
}

#[test]
fn authorities_that_were_added_are_trusted_alone() {
    let (server, other) = (secure(), secure());
    let trusting = |it: &Server| builder().only_added_roots().root_certificates_pem(it.ca_pem().unwrap().as_bytes());
    start(trusting(&server), &server).unwrap();
    let unknown = Some(TransportFailure::Tls(Some(TlsCause::UnknownAuthority)));
    assert_eq!(failure(&start(trusting(&other), &server)), unknown);
    assert_eq!(failure(&start(builder().only_added_roots(), &server)), unknown);
}

#[test]
fn tls_settings_of_the_callers_own_are_obeyed_and_http_stays_what_it_is() {
    let server = secure();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.ca_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let config =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let mut config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    start(builder().rustls_config(Arc::new(config)), &server).unwrap();
}

#[test]
fn headers_for_every_request_are_sent_and_replace_none_of_the_machines() {
    let server = server(Script::new().approve());
    start(builder().default_header("X-Tenant", "kitchen").default_header("accept", "x/y"), &server).unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.header("x-tenant"), Some("kitchen"));
    assert_eq!(request.header("accept"), Some("application/json"));
    for (name, value) in [("x tenant", "a"), ("x", "a\nb"), ("content-length", "5")] {
        let refused = builder().default_header(name, value).build().unwrap_err();
        assert_eq!(refused, ClientError::Header(name.to_owned()));
    }
}

#[test]
fn a_header_of_any_length_is_sent() {
    let server = server(Script::new().approve());
    let long = "x".repeat(30_000);
    start(builder().default_header("x-long", &long), &server).unwrap();
    assert_eq!(server.requests().remove(0).header("x-long"), Some(&*long));
}

#[test]
fn no_more_idle_connections_are_kept_than_allowed() {
    let server = server(Script::new().approve());
    let client = builder().max_idle_connections(0).build().unwrap();
    client.start(config(&server)).unwrap().wait().unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_connection_is_used_no_longer_than_the_server_says() {
    let answer = Answer::oauth_error("authorization_pending").header("keep-alive", "timeout=0");
    let server = server(Script::new().answer(answer).approve());
    builder().build().unwrap().start(config(&server)).unwrap().wait().unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn fifteen_minutes_pass_on_a_virtual_clock() {
    let options =
        Options::new().approval(Approval::Manual).slow_down_early_polls(false).expires_in(Duration::from_secs(900));
    let server = Server::start(options.every_code(Script::new().pending(150).approve())).unwrap();
    let (clock, begun) = (Arc::new(VirtualClock::new()), Instant::now());
    let client = builder().clock(clock).build().unwrap();
    let before = client.now();
    client.start(config(&server)).unwrap().wait().unwrap();
    let passed = client.now().saturating_duration_since(before);
    assert!(passed >= Duration::from_secs(151 * 5), "{passed:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn an_agent_of_the_callers_own_signs_in() {
    let server = server(Script::new().pending(1).approve());
    let agent = Agent::config_builder().proxy(None).user_agent("theirs").build().new_agent();
    let client = Client::builder().agent(agent).user_agent("ours").build().unwrap();
    client.start(config(&server)).unwrap().wait().unwrap();
    assert_eq!(server.connections(), 1);
    assert!(server.requests().iter().all(|it| it.header("user-agent") == Some("ours")));
}

#[test]
fn what_machines_rely_on_holds_with_an_agent_of_the_callers_own() {
    let agent = || Agent::config_builder().proxy(None).build().new_agent();
    let elsewhere = server(Script::new().approve());
    let redirect = Script::new().answer(Answer::redirect(307, &elsewhere.device_authorization_endpoint()));
    let options = Options::new().script(Endpoint::DeviceAuthorization, redirect);
    let server = Server::start(options).unwrap();
    let client = Client::builder().agent(agent()).build().unwrap();
    assert!(client.start(config(&server)).is_err());
    assert_eq!(elsewhere.requests().len(), 0);

    let silent = Silent::start();
    let limit = Duration::from_millis(200);
    let mut flow = device_flow_core::DeviceFlow::new(config_at(silent.address).request_timeout(limit)).unwrap();
    let (remote, begun) = (transport_ureq::Remote::new(), Instant::now());
    client.drive_with(&mut flow, &remote, |event| {
        if let Event::Retrying { reason, .. } = event {
            assert_eq!(reason, RetryReason::Transport(TransportFailure::Timeout));
            assert!(begun.elapsed() < limit + AT_ONCE);
            remote.cancel();
        }
    });
}

#[test]
fn half_a_token_is_none_with_an_agent_of_the_callers_own() {
    let form = Answer::new(200).header("content-type", "application/x-www-form-urlencoded");
    let form = form.body("token_type=bearer&access_token=granted");
    let json = Answer::json(200, r#"{"access_token":"granted","token_type":"Bearer"}"#);
    let half = Step::answer(form.clone()).fault(Fault::CutByReset { at: 35 });
    for whole in [Step::answer(form), Step::answer(json).fault(Fault::UntilClosed)] {
        let server = server(Script::new().step(half.clone()).step(whole));
        let agent = Agent::config_builder().proxy(None).build().new_agent();
        let client = builder().clock(Arc::new(VirtualClock::new())).agent(agent).build().unwrap();
        let mut reasons = Vec::new();
        let tokens = client.start(config(&server)).unwrap().wait_with(|event| {
            if let Event::Retrying { reason, .. } = event {
                reasons.push(reason);
            }
        });
        assert_eq!(tokens.unwrap().access_token().expose(), "granted");
        assert_eq!(reasons, [RetryReason::Transport(TransportFailure::Closed)]);
    }
}

#[test]
fn what_may_have_arrived_is_told_from_what_has_not_with_an_agent_of_the_callers_own() {
    let agent = Agent::config_builder().proxy(None).build().new_agent();
    let client = Client::builder().agent(agent).build().unwrap();
    let ask = |address| {
        let call = device_flow_core::Call::refresh(&config_at(address), "token").unwrap().retries(0);
        failure(&client.call(call).map(drop)).unwrap()
    };
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    assert_eq!(ask(nobody), TransportFailure::Connect(Some(ConnectCause::Refused)));
    let closing = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = closing.local_addr().unwrap();
    std::thread::spawn(move || std::io::Read::read(&mut closing.accept().unwrap().0, &mut [0; 4096]));
    assert_eq!(ask(address), TransportFailure::Closed);
}

#[cfg(unix)]
#[test]
fn a_socket_of_the_file_system_leads_to_the_server() {
    use std::net::TcpStream;
    use std::os::unix::net::UnixListener;
    use std::thread;

    let server = server(Script::new().approve());
    let path = std::env::temp_dir().join(format!("transport-ureq-{}", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let address = server.addr();
    let broker = thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(address).unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || std::io::copy(&mut from, &mut to).map(|_| to.shutdown(std::net::Shutdown::Both)));
        std::io::copy(&mut &server, &mut &client).unwrap();
    });
    let client = Client::builder().unix_socket(&path).build().unwrap();
    client.start(config(&server)).unwrap().wait().unwrap();
    drop(client);
    std::fs::remove_file(path).unwrap();
    broker.join().unwrap();
}
