//! Values that have a form of their own.

use std::str::FromStr;

use device_flow_core::{SecretString, Stage};

/// `NAME=VALUE`, or `token:NAME=VALUE`: a parameter for the requests of one stage.
///
/// `Debug` does not show the value, which may be nobody's business.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) stage: Stage,
    pub(crate) name: String,
    pub(crate) value: SecretString,
}

impl FromStr for Parameter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (stage, pair) = match text.strip_prefix("token:") {
            Some(pair) => (Stage::Token, pair),
            None => (Stage::DeviceAuthorization, text),
        };
        match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { stage, name: name.to_owned(), value: value.into() }),
            _ => Err("a parameter is written NAME=VALUE"),
        }
    }
}

/// `NAME: VALUE`: a header.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: SecretString,
}

impl FromStr for Header {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.to_owned(), value: value.trim().into() }),
            _ => Err("a header is written 'NAME: VALUE'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_goes_with_the_device_authorization_request_unless_it_names_the_other() {
        let parameter: Parameter = "audience=https://api.example/?a=b".parse().unwrap();
        assert_eq!(parameter.stage, Stage::DeviceAuthorization);
        assert_eq!(parameter.name, "audience");
        assert_eq!(parameter.value.expose(), "https://api.example/?a=b");
        let parameter: Parameter = "token:code_verifier=abc".parse().unwrap();
        assert_eq!(parameter.stage, Stage::Token);
        assert_eq!(parameter.name, "code_verifier");
        let parameter: Parameter = "empty=".parse().unwrap();
        assert_eq!(parameter.value.expose(), "");
    }

    #[test]
    fn a_parameter_has_a_name_and_an_equals_sign() {
        for bad in ["", "=", "name", "=value", "token:=value", "token:"] {
            assert!(bad.parse::<Parameter>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_header_ends_its_name_at_the_first_colon() {
        let header: Header = "X-Origin:  http://a:1 ".parse().unwrap();
        assert_eq!(header.name, "X-Origin");
        assert_eq!(header.value.expose(), "http://a:1");
        for bad in ["", ":", ": value", "no-colon"] {
            assert!(bad.parse::<Header>().is_err(), "{bad}");
        }
    }

    #[test]
    fn k7_debug_shows_no_value() {
        let parameter: Parameter = "pin=1234".parse().unwrap();
        let header: Header = "x-api-key: 1234".parse().unwrap();
        assert!(!format!("{parameter:?}{header:?}").contains("1234"));
    }
}
