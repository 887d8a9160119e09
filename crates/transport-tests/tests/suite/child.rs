//! The suite in a process of its own, because an environment belongs to a process.

use crate::bench::config_at;
use device_flow_transport::Proxy;
use std::env;
use std::ffi::OsStr;
use std::process::{Command, ExitCode};
use transport_tests::{Hyper, Settings, Transport, Ureq};

const TRANSPORT: &str = "SUITE_CHILD_TRANSPORT";
const BASES: &str = "SUITE_CHILD_BASES";
const ROOTS: &str = "SUITE_CHILD_ROOTS";
const PROXY: &str = "SUITE_CHILD_PROXY";

/// What every child's environment is freed from.
const VARIABLES: [&str; 10] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A client in a process of its own.
pub(crate) struct Child {
    command: Command,
}

impl Child {
    pub(crate) fn new<T: Transport>() -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.env(TRANSPORT, T::NAME);
        for name in VARIABLES {
            command.env_remove(name);
        }
        Self { command }
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn roots(self, pem: &str) -> Self {
        self.variable(ROOTS, pem)
    }

    pub(crate) fn without_proxy(self) -> Self {
        self.variable(PROXY, "none")
    }

    /// Lets the client make one exchange with each of these servers; tells what came of each, such as `Ok(200)` or
    /// `Err(tls)`. When no client can be made, there is one line that says why.
    pub(crate) fn exchange(mut self, bases: &[&str]) -> Vec<String> {
        let output = self.command.env(BASES, bases.join(" ")).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        assert!(!errors.contains("panicked"), "{errors}");
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(str::to_owned).collect()
    }
}

/// Does a child's work if this process is one.
pub(crate) fn run_if_asked() -> Option<ExitCode> {
    let transport = env::var(TRANSPORT).ok()?;
    match transport.as_str() {
        Ureq::NAME => run::<Ureq>(),
        Hyper::NAME => run::<Hyper>(),
        other => panic!("no transport is called {other}"),
    }
    Some(ExitCode::SUCCESS)
}

fn run<T: Transport>() {
    let client = T::build(&Settings {
        roots: env::var(ROOTS).into_iter().collect(),
        proxy: match env::var(PROXY) {
            Ok(_) => Proxy::None,
            Err(_) => Proxy::Environment,
        },
        ..Settings::default()
    });
    let client = match client {
        Ok(client) => client,
        Err(error) => return println!("{error}"),
    };
    for base in env::var(BASES).unwrap().split(' ') {
        let result = client.exchange(config_at(base).allow_http(true));
        match result {
            Ok((status, _)) => println!("Ok({status})"),
            Err(failure) => println!("Err({})", failure.as_str()),
        }
    }
}
