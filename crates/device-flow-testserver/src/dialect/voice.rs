//! Puts answers into a dialect.

use serde_json::{Map, Value};

use super::members::{Members, filled};
use super::{Dialect, ErrorWords};
use crate::answer::Answer;
use crate::oauth_error::OAuthError;
use crate::options::Options;
use crate::transcript::Request;

/// The dialect, for the answer to one request.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    dialect: &'a Dialect,
    is_form: bool,
}

impl<'a> Voice<'a> {
    pub(crate) fn new(options: &'a Options, request: &Request) -> Self {
        let dialect = &options.dialect;
        let is_json_wanted = request.header("accept").is_some_and(|accept| accept.contains("json"));
        Self { dialect, is_form: dialect.are_answers_forms && !is_json_wanted }
    }

    /// The device authorization response (RFC 8628 §3.2).
    pub(crate) fn device_authorization(self, standard: Map<String, Value>) -> Answer {
        self.members(&self.dialect.device_answer, standard)
    }

    /// The token response (RFC 6749 §5.1).
    pub(crate) fn tokens(self, mut standard: Map<String, Value>) -> Answer {
        if let Some(scope) = standard.get("scope").and_then(Value::as_str) {
            let scope = if self.dialect.is_scope_list {
                scope.split(' ').filter(|it| !it.is_empty()).collect()
            } else {
                Value::from(scope.replace(' ', &self.dialect.scope_separator))
            };
            standard.insert("scope".to_owned(), scope);
        }
        self.members(&self.dialect.token_answer, standard)
    }

    /// An error (RFC 6749 §5.2, RFC 8628 §3.5).
    pub(crate) fn error(self, error: OAuthError) -> Answer {
        let dialect = self.dialect;
        let ordinary = ErrorWords::new();
        let words = dialect.errors.iter().find(|(code, _)| code == error.code).map_or(&ordinary, |(_, words)| words);
        let mut members = error.members();
        if let Some(code) = &words.code {
            members.insert("error".to_owned(), code.as_str().into());
        }
        let mut answer = error.into_answer();
        if let Some(status) = words.status.or(dialect.error_status) {
            answer.status = status;
        }
        let Some(template) = words.body.as_ref().or(dialect.error_body.as_ref()) else {
            return self.written(answer, members);
        };
        let mut values = members;
        values.insert("status".to_owned(), answer.status.into());
        match filled(template, &values).unwrap_or_default() {
            Value::Object(members) => self.written(answer, members),
            Value::Null => typed(answer, None).body(Vec::new()),
            Value::String(text) if text.is_empty() => typed(answer, None).body(Vec::new()),
            Value::String(text) => typed(answer, Some("text/plain; charset=utf-8")).body(text),
            other => answer.body(other.to_string()),
        }
    }

    fn members(self, members: &Members, standard: Map<String, Value>) -> Answer {
        let mut members = members.apply(standard);
        if self.dialect.are_numbers_strings {
            for value in members.values_mut().filter(|value| value.is_number()) {
                *value = Value::String(value.to_string());
            }
        }
        self.written(Answer::value(200, &Value::Null), members)
    }

    fn written(self, mut answer: Answer, members: Map<String, Value>) -> Answer {
        let content_type = if self.is_form {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let pairs: Vec<_> = members.iter().map(|(name, value)| (name, text(value))).collect();
            // Pairs of texts can always be written.
            answer.body = serde_urlencoded::to_string(pairs).unwrap_or_default().into_bytes();
            Some("application/x-www-form-urlencoded; charset=utf-8")
        } else {
            answer.body = Value::Object(members).to_string().into_bytes();
            self.dialect.content_type.as_deref()
        };
        if content_type.is_some() { typed(answer, content_type) } else { answer }
    }
}

/// Replaces the content type.
fn typed(mut answer: Answer, content_type: Option<&str>) -> Answer {
    answer.headers.retain(|(name, _)| name != "content-type");
    match content_type {
        Some(content_type) => answer.header("content-type", content_type),
        None => answer,
    }
}
