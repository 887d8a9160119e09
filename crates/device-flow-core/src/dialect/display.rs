//! A dialect in words.

use super::Dialect;
use core::fmt;

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = &Self::RFC_8628;
        let mut list = List { f, is_empty: true };
        if self.is_response_type_sent {
            list.item(format_args!("response_type=device_code"))?;
        }
        if self.grant_type != plain.grant_type {
            match &self.grant_type {
                Some(it) => list.item(format_args!("grant_type={it}"))?,
                None => list.item(format_args!("no grant_type"))?,
            }
        }
        if self.device_code_parameter != plain.device_code_parameter {
            list.item(format_args!("device code sent as {}", self.device_code_parameter))?;
        }
        if self.scope_parameter != plain.scope_parameter {
            list.item(format_args!("scopes sent as {}", self.scope_parameter))?;
        }
        if self.scope_separator != plain.scope_separator {
            list.item(format_args!("scopes joined by {:?}", self.scope_separator))?;
        }
        if self.is_user_code_sent {
            list.item(format_args!("user_code in polls"))?;
        }
        if self.is_scope_sent_with_polls {
            list.item(format_args!("{} in polls", self.scope_parameter))?;
        }
        if let Some(it) = &self.joined_credentials {
            list.item(format_args!("{}=id{}secret", it.parameter, it.separator))?;
        }
        for (foreign, ours) in &self.aliases {
            list.item(format_args!("{foreign} is {ours}"))?;
        }
        if self.error_object.is_some() {
            list.item(format_args!("errors as objects"))?;
        }
        if let Some(it) = &self.error_member {
            list.item(format_args!("error code in {it}"))?;
        }
        for (foreign, ours) in &self.codes {
            list.item(format_args!("{foreign} is {ours}"))?;
        }
        for (status, ours) in &self.statuses {
            list.item(format_args!("HTTP {status} is {ours}"))?;
        }
        if let Some(it) = &self.user_code_query {
            list.item(format_args!("?{it}= added to the verification URI"))?;
        }
        if list.is_empty {
            f.write_str("none")?;
        }
        Ok(())
    }
}

/// Items with commas between.
struct List<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    is_empty: bool,
}

impl List<'_, '_> {
    fn item(&mut self, item: fmt::Arguments<'_>) -> fmt::Result {
        if !self.is_empty {
            self.f.write_str(", ")?;
        }
        self.is_empty = false;
        self.f.write_fmt(item)
    }
}
