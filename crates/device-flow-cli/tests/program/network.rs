//! TLS, client certificates and proxies.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;

use device_flow_testserver::{Approval, Options, Server, ServerCertificate, Tls};
use tempfile::TempDir;

use crate::bench::{Program, Run, options, over_both, start};

fn quick(tls: Tls) -> Options {
    options().approval(Approval::AfterPolls(0)).tls(tls)
}

struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn login(server: &Server, transport: &str) -> Program {
    Program::bare_login(transport).json().option("--issuer", server.issuer())
}

/// TLS failed for this reason, and this is what to do about it.
fn is_untrusted(run: &Run, cause: &str, advice: &str) {
    let failed = run.ended("failed", 6);
    assert_eq!(failed["kind"], "network");
    assert_eq!(failed["error"], "tls");
    assert_eq!(failed["cause"], cause);
    let description = failed["description"].as_str().unwrap();
    assert!(description.contains("the TLS handshake failed: "), "{run:?}");
    assert!(run.stderr.contains(advice), "{run:?}");
}

#[test]
fn an_own_authority_is_trusted_when_named() {
    over_both(|transport| {
        let server = start(quick(Tls::new()));
        let files = Files::new();
        let ca = files.write("ca.pem", server.ca_pem().unwrap());
        login(&server, transport).option("--ca-cert", ca).run().ended("authorized", 0);
        is_untrusted(&login(&server, transport).run(), "unknown_authority", "--ca-cert");
    });
}

#[test]
fn a_stranger_is_not_trusted() {
    over_both(|transport| {
        let files = Files::new();
        for (certificate, cause, advice) in [
            (ServerCertificate::WrongName, "wrong_name", "use the name"),
            (ServerCertificate::Expired, "expired", "clock"),
        ] {
            let server = start(quick(Tls::new().certificate(certificate)));
            let ca = files.write("ca.pem", server.ca_pem().unwrap());
            is_untrusted(&login(&server, transport).option("--ca-cert", ca).run(), cause, advice);
        }
        let server = start(quick(Tls::new()));
        let stranger = start(quick(Tls::new()));
        let ca = files.write("stranger.pem", stranger.ca_pem().unwrap());
        is_untrusted(&login(&server, transport).option("--ca-cert", ca).run(), "unknown_authority", "--ca-cert");
        assert!(server.requests().is_empty());
    });
}

#[test]
fn plain_http_where_tls_was_expected_is_told_as_that() {
    over_both(|transport| {
        let server = start(options());
        let address = server.issuer().replace("http://", "https://");
        let run = Program::bare_login(transport).json().option("--issuer", address).run();
        is_untrusted(&run, "not_tls", "http://");
    });
}

#[test]
fn a_client_certificate_is_shown_to_who_asks() {
    over_both(|transport| {
        let server = start(quick(Tls::new().require_client_certificate()));
        let files = Files::new();
        let ca = files.write("ca.pem", server.ca_pem().unwrap());
        let cert = files.write("cert.pem", server.client_cert_pem().unwrap());
        let key = files.write("key.pem", server.client_key_pem().unwrap());
        let program = || login(&server, transport).option("--ca-cert", &ca);
        program().option("--cert", &cert).option("--key", &key).run().ended("authorized", 0);
        is_untrusted(&program().run(), "client_certificate_required", "--cert and --key");
    });
}

#[test]
fn files_that_are_of_no_use_are_a_usage_error() {
    let server = start(quick(Tls::new()));
    let other = start(quick(Tls::new()));
    let files = Files::new();
    let nonsense = files.write("nonsense.pem", "not a certificate\n");
    let damaged = files.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let cert = files.write("cert.pem", server.client_cert_pem().unwrap());
    let other_key = files.write("key.pem", other.client_key_pem().unwrap());
    let missing = files.folder.path().join("missing.pem");
    over_both(|transport| {
        let mut programs = Vec::new();
        for bad in [&nonsense, &damaged, &missing] {
            programs.push(login(&server, transport).option("--ca-cert", bad));
            programs.push(login(&server, transport).option("--cert", bad).option("--key", &other_key));
            programs.push(login(&server, transport).option("--cert", &cert).option("--key", bad));
        }
        // Each is good, and they do not belong together.
        programs.push(login(&server, transport).option("--cert", &cert).option("--key", &other_key));
        for program in programs {
            let failed = program.run().ended("failed", 2);
            assert_eq!(failed["kind"], "config");
        }
    });
    assert!(server.requests().is_empty());
}

/// A proxy that notes what it is asked first, and hangs up.
fn proxy() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line).unwrap();
        line
    });
    (address, asked)
}

#[test]
fn the_proxies_of_the_environment_are_used() {
    over_both(|transport| {
        let server = start(quick(Tls::new()));
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
            let (address, asked) = proxy();
            let running = login(&server, transport).variable(variable, address).start();
            let asked = asked.join().unwrap();
            assert!(asked.starts_with(&format!("CONNECT {} HTTP/1.1", server.addr())), "{variable}: {asked}");
            drop(running);
        }
        assert!(server.requests().is_empty());
    });
}

#[test]
fn hosts_that_need_no_proxy_get_none() {
    over_both(|transport| {
        let server = start(options().approval(Approval::AfterPolls(0)));
        login(&server, transport)
            .variable("http_proxy", "http://127.0.0.1:1")
            .variable("NO_PROXY", "127.0.0.1")
            .run()
            .ended("authorized", 0);
    });
}

#[test]
fn a_proxy_that_cannot_be_one_is_a_usage_error() {
    over_both(|transport| {
        let server = start(quick(Tls::new()));
        let run = login(&server, transport).variable("HTTPS_PROXY", "http://user:hunter2@[not an address").run();
        let failed = run.ended("failed", 2);
        assert_eq!(failed["kind"], "config");
        assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{run:?}");
    });
}

#[cfg(unix)]
#[test]
fn a_proxy_variable_that_is_not_text_is_a_usage_error() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    over_both(|transport| {
        let server = start(options().approval(Approval::AfterPolls(0)));
        for variable in ["HTTPS_PROXY", "all_proxy", "NO_PROXY"] {
            let value = OsStr::from_bytes(b"http://user:hunter2\xff@127.0.0.1:1");
            let run = login(&server, transport).variable(variable, value).run();
            let failed = run.ended("failed", 2);
            assert_eq!(failed["kind"], "config");
            let description = failed["description"].as_str().unwrap();
            assert!(description.contains(variable), "{run:?}");
            let said = format!("{run:?}");
            assert!(!said.contains("hunter2"), "{said}");
        }
        assert!(server.requests().is_empty());
    });
}

#[test]
fn a_proxy_that_wants_a_password_says_how() {
    over_both(|transport| {
        let server = start(quick(Tls::new()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://user:hunter2@{}", listener.local_addr().unwrap());
        let refusing = thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&socket).lines();
            while lines.next().is_some_and(|it| !it.unwrap().is_empty()) {}
            let answer = "HTTP/1.1 407 No\r\nproxy-authenticate: Negotiate, NTLM\r\n\r\n";
            (&socket).write_all(answer.as_bytes()).unwrap();
        });
        let run = login(&server, transport).variable("HTTPS_PROXY", address).run();
        refusing.join().unwrap();
        let failed = run.ended("failed", 6);
        assert_eq!(failed["error"], "proxy");
        let description = failed["description"].as_str().unwrap();
        let reason = "HTTP status 407 and offers Negotiate, NTLM";
        assert!(description.contains(reason), "{run:?}");
        assert!(run.stderr.contains("password"), "{run:?}");
        assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
    });
}
