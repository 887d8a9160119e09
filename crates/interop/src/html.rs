//! The forms of a page: all that the harness reads of HTML.

use html5gum::{HtmlString, StartTag, Token, Tokenizer};

/// A form as a browser would submit it.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// The `id`, empty when there is none.
    pub id: String,
    /// Where it goes, relative to the page.
    pub action: String,
    /// Whether it is sent as a body (`post`) rather than as a query.
    pub is_post: bool,
    /// The fields, buttons left out, with the values the page gave them.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// Whether a field has this name.
    pub fn has_field(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Gives a field a value as typing, or pressing a named button, does.
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Lists the forms of a page in the page's order.
pub fn forms(page: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut is_inside = false;
    let Ok(tokens) = Tokenizer::new(page).collect::<Result<Vec<_>, _>>();
    for token in tokens {
        match token {
            Token::StartTag(tag) if tag_is(&tag.name, "form") => {
                is_inside = true;
                forms.push(Form {
                    id: attribute(&tag, "id").unwrap_or_default(),
                    action: attribute(&tag, "action").unwrap_or_default(),
                    is_post: attribute(&tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
                    fields: Vec::new(),
                });
            }
            Token::EndTag(tag) if tag_is(&tag.name, "form") => is_inside = false,
            Token::StartTag(tag) if is_inside && tag_is(&tag.name, "input") => {
                if let (Some(form), Some(field)) = (forms.last_mut(), field(&tag)) {
                    form.fields.push(field);
                }
            }
            _ => {}
        }
    }
    forms
}

/// An input that is submitted without being touched: no button, no box that waits for a tick.
fn field(tag: &StartTag<()>) -> Option<(String, String)> {
    let kind = attribute(tag, "type").unwrap_or_default();
    let is_sent = match kind.as_str() {
        "submit" | "button" | "image" | "reset" => false,
        "checkbox" | "radio" => attribute(tag, "checked").is_some(),
        _ => true,
    };
    let name = attribute(tag, "name").filter(|_| is_sent)?;
    Some((name, attribute(tag, "value").unwrap_or_default()))
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

fn tag_is(tag: &HtmlString, name: &str) -> bool {
    tag.as_slice() == name.as_bytes()
}
