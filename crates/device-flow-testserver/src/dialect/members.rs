//! Members of an answer that are called something else, left out, or added.

use serde_json::{Map, Value};

/// How the members of an answer differ from those of the RFC.
///
/// ```
/// use device_flow_testserver::Members;
///
/// let members = Members::new()
///     .rename("verification_uri", "verification_url")
///     .omit("verification_uri_complete")
///     .set("message", "Open {verification_uri} and enter {user_code}.");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    renamed: Vec<(String, String)>,
    omitted: Vec<String>,
    set: Vec<(String, Value)>,
}

impl Members {
    /// Creates members that differ in nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls the RFC's member `name` something else.
    pub fn rename(mut self, name: &str, other: &str) -> Self {
        self.renamed.push((name.to_owned(), other.to_owned()));
        self
    }

    /// Leaves a member out.
    pub fn omit(mut self, name: &str) -> Self {
        self.omitted.push(name.to_owned());
        self
    }

    /// Adds a member, in the place of one of the same name. See [`Dialect`](crate::Dialect) for what strings can stand
    /// for.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn apply(&self, standard: Map<String, Value>) -> Map<String, Value> {
        let set = self.set.iter().filter_map(|(name, value)| Some((name.clone(), filled(value, &standard)?)));
        let set: Vec<_> = set.collect();
        let mut members = standard;
        members.retain(|name, _| !self.omitted.contains(name));
        for (name, other) in &self.renamed {
            if let Some(value) = members.remove(name) {
                members.insert(other.clone(), value);
            }
        }
        members.extend(set);
        members
    }
}

/// Puts values in the place of `{name}`; `None` when the template is the name of a value that there is not.
pub(super) fn filled(template: &Value, values: &Map<String, Value>) -> Option<Value> {
    Some(match template {
        Value::String(text) => match sole_name(text) {
            Some(name) => values.get(name)?.clone(),
            None => filled_text(text, values),
        },
        Value::Array(items) => items.iter().filter_map(|item| filled(item, values)).collect(),
        Value::Object(members) => {
            let members = members.iter().filter_map(|(name, value)| Some((name.clone(), filled(value, values)?)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    })
}

/// The name in `{name}`.
fn sole_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some(name)
}

fn filled_text(text: &str, values: &Map<String, Value>) -> Value {
    let mut result = text.to_owned();
    for (name, value) in values {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        result = result.replace(&format!("{{{name}}}"), &value);
    }
    Value::String(result)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_renamed_left_out_and_filled_in() {
        let standard =
            json!({ "user_code": "AB-CD", "verification_uri": "https://as", "interval": 5, "expires_in": 9 });
        let members = Members::new()
            .rename("verification_uri", "url")
            .omit("expires_in")
            .set("message", "{user_code} at {verification_uri}, {unknown}")
            .set("wait", "{interval}")
            .set("nothing", "{unknown}")
            .set("nested", json!([{ "a": "{user_code}" }]));
        let expected = json!({
            "user_code": "AB-CD", "url": "https://as", "interval": 5, "message": "AB-CD at https://as, {unknown}",
            "wait": 5, "nested": [{ "a": "AB-CD" }],
        });
        assert_eq!(Value::Object(members.apply(standard.as_object().unwrap().clone())), expected);
    }
}
