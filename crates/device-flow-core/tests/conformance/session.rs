//! Keeping tokens fresh: rows K1 to K4.

mod cancelling;
mod granting;
mod losing;
mod refusal;
mod schedule;
mod storing;
mod trouble;
