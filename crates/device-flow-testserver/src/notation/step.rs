//! Steps: `"pending"`, `{ status = 502 }`, `{ answer = "approve", fault = "close" }`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::value::{Error as PlainError, MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::answer::{Body, Headers, answer};
use super::fault::{FaultName, Particulars};
use super::time::Time;
use crate::script::Step;

/// The most that one step can be repeated, and the most steps in a list.
const MOST: usize = 100_000;

/// How many bytes the answers of a list may have in all, with those that come several times written out.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A list of steps, with those that come several times written out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps(pub(crate) Vec<Step>);

/// One step, and how often it comes.
#[derive(Debug)]
pub(super) struct StepNotation {
    pub(super) step: Step,
    pub(super) times: usize,
}

/// What the server decides.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnswerName {
    Ordinary,
    Pending,
    SlowDown,
    Denied,
    Expired,
    Approve,
}

/// All keys of a step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    answer: Option<AnswerName>,
    interval: Option<u64>,
    status: Option<u16>,
    #[serde(default)]
    headers: Headers,
    body: Option<String>,
    json: Option<Value>,
    base64: Option<String>,
    fault: Option<FaultName>,
    at: Option<usize>,
    every: Option<Time>,
    #[serde(rename = "for")]
    duration: Option<Time>,
    bytes: Option<u64>,
    again: Option<String>,
    late: Option<Time>,
    times: Option<usize>,
}

impl Table {
    fn read(self) -> Result<StepNotation, String> {
        let times = self.times.unwrap_or(1);
        if !(1..=MOST).contains(&times) {
            return Err(format!("`times` is 1 to {MOST}"));
        }
        let late = self.late;
        let step = self.step()?;
        let step = late.map_or(step.clone(), |Time(delay)| step.late(delay));
        Ok(StepNotation { step, times })
    }

    fn step(self) -> Result<Step, String> {
        let Self { answer: name, interval, status, headers, fault, at, every, duration, bytes, again, .. } = self;
        if interval.is_some() && !matches!(name, Some(AnswerName::SlowDown)) {
            return Err("`interval` belongs to `answer = \"slow_down\"`".to_owned());
        }
        let mut body = Body { text: self.body, json: self.json, base64: self.base64 };
        let mut particulars = Particulars { at, every, duration, bytes, body: None, again };
        if let Some(raw @ (FaultName::Raw | FaultName::Flood)) = fault {
            if name.is_some() || status.is_some() {
                return Err(format!("the fault `{}` is instead of an answer", raw.name()));
            }
            particulars.body = std::mem::take(&mut body).read()?;
        }
        let decision = match (name, status) {
            (Some(_), Some(_)) => return Err("a step has `answer` or `status`, not both".to_owned()),
            (_, Some(status)) => Some(Step::answer(answer(status, headers, body)?)),
            _ if !headers.is_empty() || body.read()?.is_some() => {
                return Err("headers and body belong to a `status`".to_owned());
            }
            (Some(name), None) => Some(name.step(interval)),
            (None, None) => None,
        };
        match (decision, fault) {
            (None, None) => Err("a step needs `answer`, `status` or `fault`".to_owned()),
            (Some(step), None) => match particulars.left() {
                Some(key) => Err(format!("`{key}` belongs to a `fault`")),
                None => Ok(step),
            },
            (None, Some(name)) => Ok(Step::of_fault(name.fault(particulars)?)),
            (Some(step), Some(name)) => Ok(step.fault(name.fault(particulars)?)),
        }
    }
}

impl AnswerName {
    fn step(self, interval: Option<u64>) -> Step {
        match (self, interval) {
            (Self::Ordinary, _) => Step::ordinary(),
            (Self::Pending, _) => Step::pending(),
            (Self::SlowDown, None) => Step::slow_down(),
            (Self::SlowDown, Some(interval)) => Step::slow_down_to(interval),
            (Self::Denied, _) => Step::deny(),
            (Self::Expired, _) => Step::expire(),
            (Self::Approve, _) => Step::approve(),
        }
    }
}

impl<'de> Deserialize<'de> for StepNotation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = StepNotation;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .write_str("a step: a name such as \"pending\" or \"reset\", or a table with `answer`, `status` or `fault`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<StepNotation, E> {
        let word: StrDeserializer<'_, PlainError> = name.into_deserializer();
        if let Ok(answer) = AnswerName::deserialize(word) {
            return Ok(StepNotation { step: answer.step(None), times: 1 });
        }
        let Ok(fault) = FaultName::deserialize(word) else {
            let message = "ordinary, pending, slow_down, denied, expired, approve; close, reset, until_closed, endless; \
                           with more to say also hang, truncate, cut_by_reset, cut_below_tls, drip, drip_all, oversize, \
                           close_after_answer, raw, flood";
            return Err(E::custom(format!("unknown step `{name}`; there are {message}")));
        };
        let step = Step::of_fault(fault.fault(Particulars::default()).map_err(E::custom)?);
        Ok(StepNotation { step, times: 1 })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StepNotation, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(map))?.read().map_err(A::Error::custom)
    }
}

impl FromStr for Step {
    type Err = UnknownStep;

    /// Reads the name of a step that needs no more than that, as script files have them: `pending`, `slow_down`,
    /// `denied`, `expired`, `approve`, `ordinary`, or a fault such as `reset`.
    fn from_str(name: &str) -> Result<Self, UnknownStep> {
        let notation: Result<_, PlainError> = StepVisitor.visit_str(name);
        notation.map(|StepNotation { step, .. }| step).map_err(|error| UnknownStep(error.to_string()))
    }
}

/// Why a text names no step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownStep(String);

impl fmt::Display for UnknownStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for UnknownStep {}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(StepsVisitor)
    }
}

pub(super) struct StepsVisitor;

impl<'de> Visitor<'de> for StepsVisitor {
    type Value = Steps;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of steps")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Steps, A::Error> {
        let (mut steps, mut bytes) = (Vec::new(), 0_usize);
        while let Some(StepNotation { step, times }) = seq.next_element()? {
            if steps.len().saturating_add(times) > MOST {
                return Err(A::Error::custom(format!("more than {MOST} steps")));
            }
            bytes = bytes.saturating_add(step.size().saturating_mul(times));
            if bytes > MOST_BYTES {
                return Err(A::Error::custom(format!(
                    "the answers of the steps have more than {MOST_BYTES} bytes in all"
                )));
            }
            steps.extend(std::iter::repeat_n(step, times));
        }
        Ok(Steps(steps))
    }
}
