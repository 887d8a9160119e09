//! Dialects: a name, or a table with what differs from the one that is named.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::dialect::{Dialect, ErrorWords, Members};

/// A dialect as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DialectNotation(pub(crate) Dialect);

/// Every key but `name` is called as the method of [`Dialect`] that it stands for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<Name>,
    device_authorization_path: Option<String>,
    token_path: Option<String>,
    device_code_parameter: Option<String>,
    scope_parameter: Option<String>,
    scope_separator: Option<String>,
    grant_types: Option<Vec<String>>,
    response_type: Option<bool>,
    user_code_with_polls: Option<bool>,
    joined_credentials: Option<Joined>,
    device_answer: Option<MembersTable>,
    token_answer: Option<MembersTable>,
    scope_list: Option<bool>,
    numbers_as_strings: Option<bool>,
    form_answers: Option<bool>,
    content_type: Option<String>,
    error_status: Option<u16>,
    error_body: Option<Value>,
    #[serde(default)]
    errors: BTreeMap<String, ErrorTable>,
    slow_down_tells_interval: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Joined {
    parameter: String,
    separator: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MembersTable {
    #[serde(default)]
    rename: BTreeMap<String, String>,
    #[serde(default)]
    omit: Vec<String>,
    #[serde(default)]
    set: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorTable {
    status: Option<u16>,
    code: Option<String>,
    body: Option<Value>,
}

impl Table {
    fn read(self) -> Dialect {
        let mut dialect = self.name.map_or_else(Dialect::rfc8628, |Name(dialect)| dialect);
        replace(&mut dialect.device_authorization_path, self.device_authorization_path);
        replace(&mut dialect.token_path, self.token_path);
        replace(&mut dialect.device_code_parameter, self.device_code_parameter);
        replace(&mut dialect.scope_parameter, self.scope_parameter);
        replace(&mut dialect.grant_types, self.grant_types);
        replace(&mut dialect.is_response_type_needed, self.response_type);
        replace(&mut dialect.is_user_code_polled, self.user_code_with_polls);
        replace(&mut dialect.is_new_interval_told, self.slow_down_tells_interval);
        replace(&mut dialect.is_scope_list, self.scope_list);
        replace(&mut dialect.are_numbers_strings, self.numbers_as_strings);
        replace(&mut dialect.are_answers_forms, self.form_answers);
        if let Some(separator) = self.scope_separator {
            dialect = dialect.scope_separator(&separator);
        }
        if let Some(Joined { parameter, separator }) = self.joined_credentials {
            dialect = dialect.joined_credentials(&parameter, &separator);
        }
        if let Some(members) = self.device_answer {
            dialect.device_answer = members.onto(dialect.device_answer);
        }
        if let Some(members) = self.token_answer {
            dialect.token_answer = members.onto(dialect.token_answer);
        }
        if let Some(content_type) = self.content_type {
            dialect = dialect.content_type(&content_type);
        }
        if let Some(status) = self.error_status {
            dialect = dialect.error_status(status);
        }
        if let Some(body) = self.error_body {
            dialect = dialect.error_body(body);
        }
        self.errors.into_iter().fold(dialect, |dialect, (error, words)| dialect.error(&error, words.read()))
    }
}

fn replace<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}

impl MembersTable {
    fn onto(self, members: Members) -> Members {
        let members = self.rename.iter().fold(members, |members, (name, other)| members.rename(name, other));
        let members = self.omit.iter().fold(members, |members, name| members.omit(name));
        self.set.into_iter().fold(members, |members, (name, value)| members.set(&name, value))
    }
}

impl ErrorTable {
    fn read(self) -> ErrorWords {
        let mut words = ErrorWords::new();
        if let Some(status) = self.status {
            words = words.status(status);
        }
        if let Some(code) = self.code {
            words = words.code(&code);
        }
        if let Some(body) = self.body {
            words = words.body(body);
        }
        words
    }
}

/// The name of a dialect.
#[derive(Debug)]
struct Name(Dialect);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        named(&name).map(Name)
    }
}

fn named<E: Error>(name: &str) -> Result<Dialect, E> {
    Dialect::named(name).ok_or_else(|| {
        let known = Dialect::NAMES.join(", ");
        E::custom(format!("unknown dialect `{name}`; there are {known}"))
    })
}

impl<'de> Deserialize<'de> for DialectNotation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DialectVisitor)
    }
}

struct DialectVisitor;

impl<'de> Visitor<'de> for DialectVisitor {
    type Value = DialectNotation;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a dialect, or a table with what differs from the one that its `name` names")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<DialectNotation, E> {
        named(name).map(DialectNotation)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DialectNotation, A::Error> {
        Ok(DialectNotation(Table::deserialize(MapAccessDeserializer::new(map))?.read()))
    }
}
