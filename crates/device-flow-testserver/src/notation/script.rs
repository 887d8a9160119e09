//! Scripts: a list of steps, or a table with what comes for ever after them.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::step::{StepNotation, Steps};
use crate::script::Script;

/// A script as it is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ScriptNotation(pub(crate) Script);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    steps: Steps,
    then: Option<StepNotation>,
}

impl<'de> Deserialize<'de> for ScriptNotation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScriptVisitor)
    }
}

struct ScriptVisitor;

impl<'de> Visitor<'de> for ScriptVisitor {
    type Value = ScriptNotation;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of steps, or a table with `steps` and `then`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ScriptNotation, A::Error> {
        let steps = Steps::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(ScriptNotation(script(steps)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ScriptNotation, A::Error> {
        let Table { steps, then } = Table::deserialize(MapAccessDeserializer::new(map))?;
        let script = script(steps);
        Ok(ScriptNotation(match then {
            Some(StepNotation { times: 2.., .. }) => {
                return Err(A::Error::custom("`then` comes for ever, and has no `times`"));
            }
            Some(StepNotation { step, .. }) => script.always(step),
            None => script,
        }))
    }
}

fn script(Steps(steps): Steps) -> Script {
    steps.into_iter().fold(Script::new(), Script::step)
}
