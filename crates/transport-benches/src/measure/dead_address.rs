//! What it costs that the first of a host's two addresses is dead (RFC 8305): nothing comes back from there.
//!
//! In a mount namespace of its own the client sees another list of hosts, where `localhost` has an IPv6 address and an
//! IPv4 address. That needs `unshare` and a kernel that lets one have namespaces.

use super::for_each_contender;
use crate::processes::{self, Behaviour, Server};
use crate::table::{Aim, Row};
use std::io::Write as _;
use transport_benches::{Contender, Job, Keeping, Library};

/// Whoever has no prompt and no tokens after so many seconds is not waited for.
const LONGEST: &str = "25";

const HOSTS: &[u8] = b"::1 localhost\n127.0.0.1 localhost\n";

pub fn ureq() -> Vec<Row> {
    row(Library::Ureq)
}

pub fn hyper() -> Vec<Row> {
    row(Library::Hyper)
}

fn row(library: Library) -> Vec<Row> {
    let figures = for_each_contender(|contender| {
        // Without anybody on the first address it is refused at once.
        let refused = seconds_to_prompt(library, contender, false)?;
        Ok(seconds_to_prompt(library, contender, true)? - refused)
    });
    let title = format!("{}, first address dead: seconds more to the prompt", library.name());
    vec![Row::new(&title, figures, vec![Aim::AtMost(0.5)])]
}

fn seconds_to_prompt(library: Library, contender: Contender, is_first_address_dead: bool) -> Result<f64, String> {
    let server = Server::start(Behaviour { is_first_address_dead, ..Behaviour::QUICK });
    let mut hosts = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    hosts.write_all(HOSTS).map_err(|error| error.to_string())?;
    let script = format!("mount --bind {} /etc/hosts && exec \"$@\"", hosts.path().display());
    let watcher = ["timeout", LONGEST, "unshare", "--map-root-user", "--mount", "sh", "-c", &script, "sh"];
    let address = server.address("localhost");
    let job = Job { library, contender, keeping: Keeping::Kept, sign_ins: 1, at_once: 1, address };
    let finished = processes::run(&watcher, &job)?;
    Ok(finished.first_prompt as f64 / 1e9)
}
