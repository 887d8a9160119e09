//! Filling variables into addresses, so that a value changes nothing but its own place.

use crate::shape::{canonical_host, is_host, is_segment};
use crate::{Profile, ProfileError, ProfileVariable, VariableKind};
use alloc::borrow::{Cow, ToOwned as _};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use url::form_urlencoded;

/// A profile's variables with their values, all checked.
pub(crate) struct Filled<'p> {
    profile: &'p str,
    values: Vec<(&'p str, Cow<'p, str>)>,
    /// In the form that a query takes; `None` where no client is known.
    client_id: Option<String>,
}

impl<'p> Filled<'p> {
    /// Takes the values that were given, and the defaults of the others.
    pub(crate) fn new(
        profile: &'p Profile,
        given: &[(&str, &'p str)],
        client_id: Option<&str>,
    ) -> Result<Self, ProfileError> {
        let known = profile.variables();
        let unknown = given.iter().find(|(name, _)| known.iter().all(|it| it.name() != *name));
        if let Some((name, _)) = unknown {
            return Err(ProfileError::Unknown {
                profile: profile.name().to_owned(),
                name: (*name).to_owned(),
                known: known.to_vec(),
            });
        }
        let values = known.iter().map(|variable| Ok((variable.name(), value(profile.name(), variable, given)?)));
        Ok(Self {
            profile: profile.name(),
            values: values.collect::<Result<_, _>>()?,
            client_id: client_id.map(|it| form_urlencoded::byte_serialize(it.as_bytes()).collect()),
        })
    }

    /// The address of a template.
    pub(crate) fn expand(&self, template: &str) -> Result<String, ProfileError> {
        self.try_expand(template)
            .ok_or_else(|| ProfileError::Template { profile: self.profile.to_owned(), template: template.to_owned() })
    }

    /// The same for a template that may be absent.
    pub(crate) fn expand_any(&self, template: Option<&str>) -> Result<Option<String>, ProfileError> {
        template.map(|it| self.expand(it)).transpose()
    }

    /// The address; `None` where a variable is unknown, or a brace without its like.
    fn try_expand(&self, template: &str) -> Option<String> {
        let mut address = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}')?;
            push_literal(&mut address, before)?;
            address.push_str(self.get(name)?);
            rest = after;
        }
        push_literal(&mut address, rest)?;
        Some(address)
    }

    fn get(&self, name: &str) -> Option<&str> {
        if name == "client_id" {
            return self.client_id.as_deref();
        }
        let found = self.values.iter().find(|(it, _)| *it == name);
        found.map(|(_, value)| &**value)
    }
}

/// The value of one variable: as given, else its default.
fn value<'p>(
    profile: &str,
    variable: &'p ProfileVariable,
    given: &[(&str, &'p str)],
) -> Result<Cow<'p, str>, ProfileError> {
    let profile = || profile.to_owned();
    let variable_of_error = || Box::new(variable.clone());
    let mut values = given.iter().filter(|(name, _)| *name == variable.name());
    let value = match (values.next(), variable.default()) {
        (Some((_, value)), _) => *value,
        (None, Some(default)) => default,
        (None, None) => {
            return Err(ProfileError::Missing { profile: profile(), variable: variable_of_error() });
        }
    };
    if values.next().is_some() {
        return Err(ProfileError::Repeated { profile: profile(), variable: variable_of_error() });
    }
    match variable.kind() {
        VariableKind::Host if is_host(value) => Ok(canonical_host(value)),
        VariableKind::Segment if is_segment(value) => Ok(Cow::Borrowed(value)),
        _ => Err(ProfileError::Malformed { profile: profile(), variable: variable_of_error() }),
    }
}

fn push_literal(address: &mut String, text: &str) -> Option<()> {
    address.push_str(text);
    (!text.contains('}')).then_some(())
}
