//! Faults by name, with what some of them need to know.

use std::time::Duration;

use serde::Deserialize;

use super::time::Time;
use crate::fault::Fault;

/// The name of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FaultName {
    Close,
    Reset,
    Hang,
    Truncate,
    UntilClosed,
    CutByReset,
    CutBelowTls,
    Drip,
    DripAll,
    Oversize,
    Endless,
    CloseAfterAnswer,
    Raw,
    Flood,
}

/// What stands beside the name, of all that can stand there.
#[derive(Debug, Default)]
pub(super) struct Particulars {
    pub(super) at: Option<usize>,
    pub(super) every: Option<Time>,
    pub(super) duration: Option<Time>,
    pub(super) bytes: Option<u64>,
    /// What a raw fault writes, and a flood at first.
    pub(super) body: Option<Vec<u8>>,
    /// What a flood repeats.
    pub(super) again: Option<String>,
}

impl FaultName {
    /// Makes the fault of exactly what it needs.
    pub(super) fn fault(self, mut given: Particulars) -> Result<Fault, String> {
        let fault = match self {
            Self::Close => Fault::Close,
            Self::Reset => Fault::Reset,
            Self::UntilClosed => Fault::UntilClosed,
            Self::Endless => Fault::Endless,
            Self::Hang => Fault::Hang(self.time(given.duration.take(), "for = \"10s\"")?),
            Self::CloseAfterAnswer => {
                Fault::CloseAfterAnswer { idle: self.time(given.duration.take(), "for = \"100ms\"")? }
            }
            Self::Truncate => Fault::Truncate { at: self.needed(given.at.take(), "at = 10")? },
            Self::CutByReset => Fault::CutByReset { at: self.needed(given.at.take(), "at = 10")? },
            Self::CutBelowTls => Fault::CutBelowTls { at: self.needed(given.at.take(), "at = 10")? },
            Self::Drip => Fault::Drip { every: self.time(given.every.take(), "every = \"5ms\"")? },
            Self::DripAll => Fault::DripAll { every: self.time(given.every.take(), "every = \"5ms\"")? },
            Self::Oversize => Fault::Oversize { bytes: self.needed(given.bytes.take(), "bytes = 2000000")? },
            Self::Flood => Fault::Flood {
                start: given.body.take().unwrap_or_default(),
                again: self
                    .needed(given.again.take(), "body = \"HTTP/1.1 200 OK\\r\\n\", again = \"a: b\\r\\n\"")?
                    .into_bytes(),
                every: given.every.take().map_or(Duration::ZERO, |Time(every)| every),
            },
            Self::Raw => Fault::Raw(self.needed(given.body.take(), "body = \"HTTP/1.1 200 OK\\r\\n\\r\\n\"")?),
        };
        match given.left() {
            None => Ok(fault),
            Some(key) => Err(format!("the fault `{}` has no `{key}`", self.name())),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Reset => "reset",
            Self::Hang => "hang",
            Self::Truncate => "truncate",
            Self::UntilClosed => "until_closed",
            Self::CutByReset => "cut_by_reset",
            Self::CutBelowTls => "cut_below_tls",
            Self::Drip => "drip",
            Self::DripAll => "drip_all",
            Self::Oversize => "oversize",
            Self::Endless => "endless",
            Self::CloseAfterAnswer => "close_after_answer",
            Self::Raw => "raw",
            Self::Flood => "flood",
        }
    }

    fn time(self, given: Option<Time>, example: &str) -> Result<Duration, String> {
        self.needed(given, example).map(|Time(duration)| duration)
    }

    fn needed<T>(self, given: Option<T>, example: &str) -> Result<T, String> {
        given.ok_or_else(|| {
            let name = self.name();
            format!("the fault `{name}` needs more: {{ fault = \"{name}\", {example} }}")
        })
    }
}

impl Particulars {
    /// A key that is there.
    pub(super) fn left(&self) -> Option<&'static str> {
        [
            ("at", self.at.is_some()),
            ("every", self.every.is_some()),
            ("for", self.duration.is_some()),
            ("bytes", self.bytes.is_some()),
            ("body", self.body.is_some()),
            ("again", self.again.is_some()),
        ]
        .into_iter()
        .find_map(|(key, is_there)| is_there.then_some(key))
    }
}
