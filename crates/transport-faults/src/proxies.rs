//! The proxies that sign-ins go through: Debian's `tinyproxy` and `microsocks`, each a process of its own.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The proxies that all runs share.
#[derive(Debug)]
pub(crate) struct Proxies {
    pub(crate) tinyproxy: Process,
    pub(crate) socks: Process,
    with_password: Process,
    for_port_443: Process,
    socks_with_password: Process,
    _folder: TempDir,
}

/// A proxy that does not serve everybody, and how a client comes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guarded {
    /// An HTTP proxy with a password.
    Http { is_password_given: bool },
    /// An HTTP proxy that leads to port 443 alone.
    HttpForPort443,
    /// A SOCKS proxy with a password.
    Socks { is_password_given: bool },
}

const NAME: &str = "television";
const PASSWORD: &str = "pass-word";
/// Encoded more than need be.
const PASSWORD_IN_URL: &str = "%70ass%2dword";

impl Proxies {
    /// Starts all of them.
    pub(crate) fn start() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let tinyproxy = |name: &str, more: &str| Process::start(|port| tinyproxy(folder.path(), name, more, port));
        let socks = |more: &'static [&'static str]| Process::start(|port| Ok(microsocks(more, port)));
        Ok(Self {
            tinyproxy: tinyproxy("open", "")?,
            with_password: tinyproxy("password", &format!("BasicAuth {NAME} {PASSWORD}\n"))?,
            for_port_443: tinyproxy("port", "ConnectPort 443\n")?,
            socks: socks(&[])?,
            socks_with_password: socks(&["-u", NAME, "-P", PASSWORD])?,
            _folder: folder,
        })
    }

    /// The address of a guarded proxy as a client is given it.
    pub(crate) fn guarded(&self, guarded: Guarded) -> String {
        let credentials = |is_given| if is_given { format!("{NAME}:{PASSWORD_IN_URL}@") } else { String::new() };
        match guarded {
            Guarded::Http { is_password_given: is_given } => {
                format!("http://{}{}", credentials(is_given), self.with_password.address)
            }
            Guarded::HttpForPort443 => format!("http://{}", self.for_port_443.address),
            Guarded::Socks { is_password_given: is_given } => {
                format!("socks5h://{}{}", credentials(is_given), self.socks_with_password.address)
            }
        }
    }

    /// The versions, for the document.
    pub(crate) fn versions() -> String {
        let tinyproxy = Command::new("tinyproxy").arg("-v").output();
        let tinyproxy = tinyproxy.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned());
        format!("{} and microsocks", tinyproxy.unwrap_or_else(|_| "tinyproxy".to_owned()))
    }
}

/// A proxy's process, ended when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts a proxy on a free port. Somebody else may take that before the proxy does, so it is tried several times.
    fn start(command: impl Fn(u16) -> io::Result<Command>) -> io::Result<Self> {
        const ATTEMPTS: u32 = 5;
        for _ in 0..ATTEMPTS {
            let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            let mut command = command(address.port())?;
            let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            let mut process = Self { child, address };
            if process.listens()? {
                return Ok(process);
            }
        }
        Err(io::Error::other("it does not listen"))
    }

    fn listens(&mut self) -> io::Result<bool> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) && self.child.try_wait()?.is_none() {
            if TcpStream::connect(self.address).is_ok() {
                return Ok(self.child.try_wait()?.is_none());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either call fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tinyproxy(folder: &Path, name: &str, more: &str, port: u16) -> io::Result<Command> {
    let file = folder.join(format!("{name}.conf"));
    let settings = "Listen 127.0.0.1\nAllow 127.0.0.1\nTimeout 600\nMaxClients 1000\nLogLevel Critical\n";
    fs::write(&file, format!("Port {port}\n{settings}{more}"))?;
    let mut command = Command::new("tinyproxy");
    command.arg("-d").arg("-c").arg(file);
    Ok(command)
}

fn microsocks(more: &[&str], port: u16) -> Command {
    let mut command = Command::new("microsocks");
    command.args(["-i", "127.0.0.1", "-p", &port.to_string()]).args(more);
    command
}
