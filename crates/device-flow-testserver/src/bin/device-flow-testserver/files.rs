//! The files that the program writes for who started it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use device_flow_testserver::{Control, Server};
use tempfile::{Builder, NamedTempFile};

use crate::arguments::Arguments;
use crate::ending::Failure;

/// The files that were written; dropping them removes the token, which is good for nothing any more.
pub(crate) struct Files {
    _token: Option<TokenFile>,
}

struct TokenFile {
    path: PathBuf,
    token: String,
}

impl Files {
    pub(crate) fn write(arguments: &Arguments, server: &Server, control: Option<&Control>) -> Result<Self, Failure> {
        if let Some(path) = &arguments.ca_file {
            let pem = server.ca_pem().ok_or(Failure::NoTls { option: "--ca-file" })?;
            write(path, pem, Readers::All)?;
        }
        if let Some(path) = &arguments.client_certificate_file {
            let pem = server.client_cert_pem().zip(server.client_key_pem());
            let (certificate, key) = pem.ok_or(Failure::NoTls { option: "--client-certificate-file" })?;
            write(path, &format!("{certificate}{key}"), Readers::Owner)?;
        }
        let token = match arguments.control_token_file.clone().zip(control) {
            None => None,
            Some((path, control)) => {
                write(&path, control.token(), Readers::Owner)?;
                Some(TokenFile { path, token: control.token().to_owned() })
            }
        };
        Ok(Self { _token: token })
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // A server that was started meanwhile may have put its own token there.
        let is_ours = is_file(&self.path) && fs::read_to_string(&self.path).is_ok_and(|text| text == self.token);
        if is_ours {
            // It may be gone already.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether this is a file, or a link to one.
fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

#[derive(Clone, Copy)]
enum Readers {
    All,
    Owner,
}

/// Writes a file that is whole as soon as it is there. A file that stood there is replaced, and a link to one is not
/// followed. Anything else stays: a terminal or a pipe, such as `/dev/stdout`, would be gone for everybody.
fn write(path: &Path, text: &str, readers: Readers) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(Failure::NoFile { path: path.to_owned() });
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = open(folder, readers).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    });
    written.map_err(|source| Failure::WriteFile { path: path.to_owned(), source })
}

#[cfg(unix)]
fn open(folder: &Path, readers: Readers) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = match readers {
        Readers::All => 0o644,
        Readers::Owner => 0o600,
    };
    Builder::new().permissions(fs::Permissions::from_mode(mode)).tempfile_in(folder)
}

/// Here the folder says who may read: that of a user's profile is the user's own.
#[cfg(not(unix))]
fn open(folder: &Path, _: Readers) -> std::io::Result<NamedTempFile> {
    Builder::new().tempfile_in(folder)
}
