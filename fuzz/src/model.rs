//! What RFC 8628, RFC 6749 and the documentation promise of each machine, in as few words as they allow.

pub mod flow;
pub mod session;
pub mod sign_in;
