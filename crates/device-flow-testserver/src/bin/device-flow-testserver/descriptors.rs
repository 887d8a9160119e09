//! How many files, and so connections, the process may have open.

/// Asks for as many as a test with many devices needs: the limit that shells hand on is 256 on some systems, and 1024 on
/// most. What the system does not allow is done without: idle connections then give way sooner.
#[cfg(unix)]
pub(crate) fn raise_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    const WANTED: u64 = 8192;
    let mut limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.map_or(WANTED, |most| most.min(WANTED));
    if limit.current.is_some_and(|now| now < allowed) {
        limit.current = Some(allowed);
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Here only memory limits them.
#[cfg(not(unix))]
pub(crate) fn raise_limit() {}
