//! How sign-ins and sessions are written down: a flat JSON object with a format version, described by one table each, by
//! which it is written, read and shown.

use super::members::{for_each, text};
use super::number::Number;
use super::object::Object;
use super::value::{Text, Value};
use crate::secret::{Packed, SecretString};
use crate::stored::{Stored, StoredFormError, Table};

impl<const T: usize, const N: usize> Stored<T, N> {
    pub(crate) fn to_json(&self, table: &Table<T, N>) -> SecretString {
        let mut object = Object::new();
        object.number("version", u64::from(table.version));
        for (member, text) in table.texts.iter().zip(self.texts.all()) {
            object.text(member.name, text);
        }
        for (name, number) in table.numbers.iter().zip(self.numbers) {
            if let Some(number) = number {
                object.number(name, number);
            }
        }
        object.end()
    }

    /// Reads the stored form. What is not in the table may be what a later version of the same format knows.
    pub(crate) fn from_json(json: &str, table: &Table<T, N>) -> Result<Self, StoredFormError> {
        let json = text(json.as_bytes());
        if !json.starts_with('{') {
            return Err(StoredFormError::Damaged);
        }
        let mut version = None;
        let mut texts: [Option<Text<'_>>; T] = [const { None }; T];
        let mut numbers = [None; N];
        // Whoever wrote it wrote the members in the table's order, so each is looked for behind the one before.
        let (mut next_text, mut next_number) = (0, 0);
        let mut is_damaged = false;
        for_each(&json, &mut |name, value| {
            if !value.is_number() {
                if let Some(at) = position(&table.texts, next_text, |it| it.name == name) {
                    next_text = at.saturating_add(1);
                    if let Some(slot) = texts.get_mut(at) {
                        *slot = value.text();
                    }
                }
            } else if let Some(at) = position(&table.numbers, next_number, |it| *it == name) {
                next_number = at.saturating_add(1);
                let number = whole(value).and_then(|it| u64::try_from(it).ok());
                is_damaged |= number.is_none();
                if let Some(slot) = numbers.get_mut(at) {
                    *slot = number;
                }
            } else if name == "version" {
                version = whole(value);
            }
        })
        .map_err(|_| StoredFormError::Damaged)?;
        table.check_version(version)?;
        if is_damaged {
            return Err(StoredFormError::Damaged);
        }
        Ok(Self { texts: Packed::new(texts.each_ref().map(Option::as_deref)), numbers })
    }
}

/// The place of an element, which is probably this one or soon behind it.
fn position<T>(all: &[T], probably: usize, is_it: impl Fn(&T) -> bool) -> Option<usize> {
    let behind = all.get(probably..)?.iter().position(&is_it);
    let behind = behind.map(|it| it.wrapping_add(probably));
    behind.or_else(|| all.iter().position(&is_it))
}

fn whole(value: Value<'_>) -> Option<i64> {
    value.number().map(Number::floor)
}
