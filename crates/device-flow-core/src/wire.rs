//! What stands on the wire: the only place that knows JSON and form encoding.
//!
//! Reading is lenient where servers are known to differ and nothing is at stake (content types, numbers as strings,
//! aliases), and strict where something is (tokens, addresses, sizes).

mod answer;
mod claims;
mod claims_answer;
mod depth;
mod device_authorization;
mod error;
mod extra;
pub(crate) mod form;
mod http_date;
mod members;
mod metadata;
mod number;
mod object;
mod registration;
mod retry_after;
mod scan;
mod stored;
mod token;
mod value;

pub(crate) use answer::Answer;
pub use claims::Claims;
pub(crate) use claims_answer::{read_claims, read_registration, read_revocation};
pub(crate) use device_authorization::read_codes;
pub(crate) use extra::member;
pub(crate) use metadata::{Expected, read_metadata};
pub use registration::ClientMetadata;
pub(crate) use retry_after::retry_after;
pub(crate) use token::read_tokens;
