//! Answers that are written out: status, headers, body.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::answer::Answer;

/// The body, in one of the ways to write it.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) text: Option<String>,
    pub(super) json: Option<Value>,
    pub(super) base64: Option<String>,
}

impl Body {
    /// The bytes; `None` when nothing is written.
    pub(super) fn read(self) -> Result<Option<Vec<u8>>, String> {
        match (self.text, self.json, self.base64) {
            (None, None, None) => Ok(None),
            (Some(text), None, None) => Ok(Some(text.into_bytes())),
            (None, Some(json), None) => Ok(Some(json.to_string().into_bytes())),
            (None, None, Some(text)) => {
                STANDARD.decode(text).map(Some).map_err(|error| format!("`base64` is none: {error}"))
            }
            _ => Err("a step has one of `body`, `json` and `base64`".to_owned()),
        }
    }
}

/// Headers in the order in which they are written; a list stands for several of one name.
#[derive(Debug, Default)]
pub(super) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Makes an answer that HTTP can carry.
pub(super) fn answer(status: u16, headers: Headers, body: Body) -> Result<Answer, String> {
    if !(200..=999).contains(&status) {
        return Err(format!("the status {status} is none of a final answer: 200 to 999"));
    }
    let has_type = headers.0.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let mut answer = Answer::new(status);
    if body.json.is_some() && !has_type {
        answer = answer.header("content-type", "application/json");
    }
    answer = answer.body(body.read()?.unwrap_or_default());
    for (name, value) in headers.0 {
        let is_good = HeaderName::try_from(&name).is_ok() && HeaderValue::try_from(&value).is_ok();
        if !is_good {
            return Err(format!("HTTP cannot carry the header {name:?}; a fault `raw` can"));
        }
        answer = answer.header(&name, &value);
    }
    Ok(answer)
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("headers: names, each with a text or a list of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = Vec::new();
        while let Some((name, values)) = map.next_entry::<String, OneOrMore>()? {
            headers.extend(values.0.into_iter().map(|value| (name.clone(), value)));
        }
        Ok(Headers(headers))
    }
}

/// `"a"` or `["a", "b"]`.
#[derive(Debug)]
struct OneOrMore(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMoreVisitor)
    }
}

struct OneOrMoreVisitor;

impl<'de> Visitor<'de> for OneOrMoreVisitor {
    type Value = OneOrMore;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or a list of texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<OneOrMore, E> {
        Ok(OneOrMore(vec![text.to_owned()]))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMore, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(OneOrMore(values))
    }
}
