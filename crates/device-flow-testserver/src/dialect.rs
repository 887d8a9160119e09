//! How providers depart from RFC 8628, as data.

mod members;
mod named;
mod voice;

use serde_json::Value;

pub use members::Members;
pub(crate) use voice::Voice;

/// How the device authorization and the token endpoint depart from RFC 8628: paths, names, and how errors look.
///
/// A value of this type describes a provider as the server sees it. There are some by [name](Self::named), and any other
/// is put together from what they are made of:
///
/// ```
/// use device_flow_testserver::{Dialect, ErrorWords, Members, Options};
/// use serde_json::json;
///
/// let github = Dialect::named("github").unwrap();
/// let acme = Dialect::rfc8628()
///     .device_code_parameter("code")
///     .device_answer(Members::new().rename("verification_uri", "url").omit("interval"))
///     .error_body(json!({ "reason": "{error}", "http": "{status}" }))
///     .error("authorization_pending", ErrorWords::new().status(202).code("not_yet"));
/// let options = Options::new().dialect(acme);
/// ```
///
/// In [`Members::set`] and [`error_body`](Self::error_body), `{name}` in a string stands for the member of that name in
/// the answer of the RFC, and `{status}` for the HTTP status; a string that is nothing else becomes the value itself, and is
/// left out where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub(crate) device_authorization_path: String,
    pub(crate) token_path: String,
    pub(crate) device_code_parameter: String,
    pub(crate) scope_parameter: String,
    pub(crate) scope_separator: String,
    pub(crate) grant_types: Vec<String>,
    pub(crate) is_response_type_needed: bool,
    pub(crate) is_user_code_polled: bool,
    pub(crate) joined_credentials: Option<(String, String)>,
    pub(crate) is_new_interval_told: bool,
    pub(crate) device_answer: Members,
    pub(crate) token_answer: Members,
    pub(crate) is_scope_list: bool,
    pub(crate) are_numbers_strings: bool,
    pub(crate) are_answers_forms: bool,
    content_type: Option<String>,
    error_status: Option<u16>,
    error_body: Option<Value>,
    errors: Vec<(String, ErrorWords)>,
}

impl Default for Dialect {
    /// RFC 8628 to the letter.
    fn default() -> Self {
        Self {
            device_authorization_path: "/device_authorization".to_owned(),
            token_path: "/token".to_owned(),
            device_code_parameter: "device_code".to_owned(),
            scope_parameter: "scope".to_owned(),
            scope_separator: " ".to_owned(),
            grant_types: vec!["urn:ietf:params:oauth:grant-type:device_code".to_owned()],
            is_response_type_needed: false,
            is_user_code_polled: false,
            joined_credentials: None,
            is_new_interval_told: false,
            device_answer: Members::new(),
            token_answer: Members::new(),
            is_scope_list: false,
            are_numbers_strings: false,
            are_answers_forms: false,
            content_type: None,
            error_status: None,
            error_body: None,
            errors: Vec::new(),
        }
    }
}

impl Dialect {
    /// The names that [`named`](Self::named) knows.
    pub const NAMES: [&'static str; 13] = named::NAMES;

    /// RFC 8628 to the letter.
    pub fn rfc8628() -> Self {
        Self::default()
    }

    /// What is known of a provider, such as `github`; `None` unless it is one of [`NAMES`](Self::NAMES).
    pub fn named(name: &str) -> Option<Self> {
        named::find(name)
    }
}

/// What requests look like.
impl Dialect {
    /// Sets where the two endpoints are, below the issuer's path; both begin with a slash. If they are the same, a
    /// request with `response_type` is one for a device code.
    pub fn paths(mut self, device_authorization: &str, token: &str) -> Self {
        device_authorization.clone_into(&mut self.device_authorization_path);
        token.clone_into(&mut self.token_path);
        self
    }

    /// Sets the parameter of polls that carries the device code.
    pub fn device_code_parameter(mut self, name: &str) -> Self {
        name.clone_into(&mut self.device_code_parameter);
        self
    }

    /// Sets the parameter that carries the scope.
    pub fn scope_parameter(mut self, name: &str) -> Self {
        name.clone_into(&mut self.scope_parameter);
        self
    }

    /// Sets what stands between scopes, in answers, and in requests beside the space; an empty text means the space.
    pub fn scope_separator(mut self, separator: &str) -> Self {
        let separator = if separator.is_empty() { " " } else { separator };
        separator.clone_into(&mut self.scope_separator);
        self
    }

    /// Sets the values of `grant_type` that mean a poll. Without any, a request that names no grant is a poll.
    pub fn grant_types(mut self, grant_types: &[&str]) -> Self {
        self.grant_types = grant_types.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    /// Demands `response_type=device_code` in the device authorization request.
    pub fn response_type(mut self) -> Self {
        self.is_response_type_needed = true;
        self
    }

    /// Demands the user code in polls, beside the device code.
    pub fn user_code_with_polls(mut self) -> Self {
        self.is_user_code_polled = true;
        self
    }

    /// Takes client id and secret from one parameter, with `separator` between them, as from
    /// [`Client::post`](crate::Client::post).
    pub fn joined_credentials(mut self, parameter: &str, separator: &str) -> Self {
        self.joined_credentials = Some((parameter.to_owned(), separator.to_owned()));
        self
    }
}

/// What answers look like.
impl Dialect {
    /// Sets how the members of the device authorization response differ.
    pub fn device_answer(mut self, members: Members) -> Self {
        self.device_answer = members;
        self
    }

    /// Sets how the members of the token response differ.
    pub fn token_answer(mut self, members: Members) -> Self {
        self.token_answer = members;
        self
    }

    /// Writes the scope of a token response as a list.
    pub fn scope_list(mut self) -> Self {
        self.is_scope_list = true;
        self
    }

    /// Writes numbers as strings.
    pub fn numbers_as_strings(mut self) -> Self {
        self.are_numbers_strings = true;
        self
    }

    /// Answers with forms, unless the request's `accept` header names JSON.
    pub fn form_answers(mut self) -> Self {
        self.are_answers_forms = true;
        self
    }

    /// Sets the content type of JSON answers.
    pub fn content_type(mut self, content_type: &str) -> Self {
        self.content_type = Some(content_type.to_owned());
        self
    }

    /// Sets the status of errors that have none of their own, in place of the RFC's.
    pub fn error_status(mut self, status: u16) -> Self {
        self.error_status = Some(status);
        self
    }

    /// Sets the body of errors that have none of their own; `null` and an empty text are an empty body, a text is a body
    /// of plain text. See [above](Self) for what strings can stand for.
    pub fn error_body(mut self, body: Value) -> Self {
        self.error_body = Some(body);
        self
    }

    /// Sets how one error of the RFC, such as `authorization_pending`, is put.
    pub fn error(mut self, error: &str, words: ErrorWords) -> Self {
        self.errors.retain(|(other, _)| other != error);
        self.errors.push((error.to_owned(), words));
        self
    }

    /// Tells the new interval with every `slow_down`.
    pub fn slow_down_tells_interval(mut self) -> Self {
        self.is_new_interval_told = true;
        self
    }
}

/// How a dialect puts one error. What is not set is as the dialect has it for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorWords {
    status: Option<u16>,
    code: Option<String>,
    body: Option<Value>,
}

impl ErrorWords {
    /// Creates words that differ in nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the HTTP status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets what the error is called.
    pub fn code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// Sets the body, as [`Dialect::error_body`] does for all.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}
