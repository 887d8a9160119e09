//! The targets, one a file.

pub mod device_authorization_response;
pub mod discovery_document;
pub mod error_response;
pub mod flow;
pub mod id_token;
pub mod pending_flow;
pub mod retry_after;
pub mod revocation_answer;
pub mod session;
pub mod sign_in;
pub mod token_response;

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets by name.
pub const ALL: [Target; 11] = [
    ("device_authorization_response", device_authorization_response::run),
    ("discovery_document", discovery_document::run),
    ("error_response", error_response::run),
    ("flow", flow::run),
    ("id_token", id_token::run),
    ("pending_flow", pending_flow::run),
    ("retry_after", retry_after::run),
    ("revocation_answer", revocation_answer::run),
    ("session", session::run),
    ("sign_in", sign_in::run),
    ("token_response", token_response::run),
];
