//! How steps, scripts, dialects and times are written in the TOML of a script file and in the JSON of the control API.

mod answer;
mod dialect;
mod fault;
mod script;
mod step;
mod time;

pub(crate) use dialect::DialectNotation;
pub(crate) use script::ScriptNotation;
pub(crate) use step::Steps;
pub use step::UnknownStep;
pub(crate) use time::Time;

#[cfg(test)]
mod tests;
