//! Real authorization servers, the real `device-flow` program, and a person with a browser.
//!
//! The suite in `tests/interop` signs in against servers that nobody here wrote, with the program, and with the machines
//! themselves where there is more to show than a sign-in. This library is its harness, one module a part: [`install`]
//! fetches the servers, [`server`] runs them, [`certificate`] gives one of them TLS, [`program`] runs `device-flow`,
//! [`person`] approves or denies on the server's own pages with the small [`browser`].
//!
//! What a part cannot do is an [`Error`]; what the machine lacks is an [`Unavailable`](install::Unavailable), which
//! a developer's run skips and CI does not.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::print_stderr,
    reason = "a harness of this repository's own tests: it tells its progress, its errors are text that a test \
              reports, a JSON value without a member is null, and a deadline is far from the end of time"
)]

pub mod browser;
pub mod certificate;
pub mod html;
pub mod install;
pub mod person;
mod process;
pub mod program;
pub mod server;

/// Whatever went wrong, told to the person who runs the tests.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What every part of the harness returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
