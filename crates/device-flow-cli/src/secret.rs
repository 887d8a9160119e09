//! The client secret, and the way it is used.

use std::env;
use std::path::Path;

use device_flow_core::{ClientAuthentication, SecretString};

use crate::args::{Authentication, ClientArguments};
use crate::error::Error;
use crate::file;
use crate::notice::Teller;

/// Where a secret may be without being an argument.
pub(crate) const VARIABLE: &str = "DEVICE_FLOW_CLIENT_SECRET";
const OPTION: &str = "--client-secret-file";

/// Decides how the client authenticates. A file that is named goes before the environment.
pub(crate) fn authentication(arguments: &ClientArguments, teller: &Teller) -> Result<ClientAuthentication, Error> {
    let file = arguments.client_secret_file.as_deref();
    if arguments.auth == Some(Authentication::None) {
        return match file {
            Some(_) => Err(Error::UnusedSecret),
            None => Ok(ClientAuthentication::None),
        };
    }
    let secret = match file {
        Some(path) => Some(from_file(path, teller)?),
        None => from_environment()?,
    };
    match (arguments.auth, secret) {
        (None | Some(Authentication::None), None) => Ok(ClientAuthentication::None),
        (Some(method), None) => Err(Error::MissingSecret { method }),
        (method, Some(secret)) => Ok(by(method, secret)),
    }
}

fn by(method: Option<Authentication>, secret: SecretString) -> ClientAuthentication {
    match method {
        Some(Authentication::BasicRaw) => ClientAuthentication::SecretBasicRaw(secret),
        Some(Authentication::Post) => ClientAuthentication::SecretPost(secret),
        // RFC 6749 section 2.3.1: the method that every server has to support.
        Some(Authentication::Basic | Authentication::None) | None => ClientAuthentication::SecretBasic(secret),
    }
}

fn from_file(path: &Path, teller: &Teller) -> Result<SecretString, Error> {
    if is_open_to_everybody(path) {
        teller.warn(format!("everybody on this machine can read {}", path.display()));
    }
    let content = file::read(OPTION, path)?;
    read(content, OPTION)?.ok_or(Error::EmptySecret)
}

fn from_environment() -> Result<Option<SecretString>, Error> {
    match env::var_os(VARIABLE) {
        // A variable that is empty is one that is not set: shells have no easy way to unset one for a single command.
        Some(value) => read(value.into_encoded_bytes(), VARIABLE),
        None => Ok(None),
    }
}

/// One line break at the end is the editor's; everything else is the secret's.
fn read(content: Vec<u8>, place: &'static str) -> Result<Option<SecretString>, Error> {
    let mut text = String::from_utf8(content).map_err(|_| Error::SecretNotText { place })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok((!text.is_empty()).then(|| SecretString::from(text)))
}

/// Whether others than owner and group may read the file. Pipes and the like have rights that say nothing.
#[cfg(unix)]
fn is_open_to_everybody(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file);
    metadata.is_some_and(|it| it.permissions().mode() & 0o004 != 0)
}

/// Rights are lists elsewhere, which the standard library does not show.
#[cfg(not(unix))]
fn is_open_to_everybody(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(content: &str) -> Option<String> {
        let secret = read(content.as_bytes().to_vec(), OPTION).unwrap();
        secret.map(|it| it.expose().to_owned())
    }

    #[test]
    fn one_line_break_at_the_end_does_not_count() {
        assert_eq!(secret("s3cret\n").as_deref(), Some("s3cret"));
        assert_eq!(secret("s3cret\r\n").as_deref(), Some("s3cret"));
        assert_eq!(secret(" s3 cret\n\n").as_deref(), Some(" s3 cret\n"));
        assert_eq!(secret("s3cret\r").as_deref(), Some("s3cret\r"));
    }

    #[test]
    fn an_empty_secret_is_none() {
        assert_eq!(secret(""), None);
        assert_eq!(secret("\n"), None);
    }

    #[test]
    fn k7_a_secret_that_is_no_text_is_not_repeated() {
        let error = read(b"hunter\xff".to_vec(), OPTION).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
    }
}
