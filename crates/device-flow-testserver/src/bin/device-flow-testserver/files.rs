//! The files that the program writes for who started it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use device_flow_testserver::{Control, Server};
use tempfile::{Builder, NamedTempFile};

use crate::arguments::Arguments;
use crate::ending::Failure;

/// What has to go at the end.
#[derive(Debug)]
pub(crate) struct Files {
    token: Option<PathBuf>,
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
        let token = arguments.control_token_file.clone().zip(control);
        if let Some((path, control)) = &token {
            write(path, control.token(), Readers::Owner)?;
        }
        Ok(Self { token: token.map(|(path, _)| path) })
    }

    /// Removes the token, which is good for nothing any more.
    pub(crate) fn remove(self) {
        if let Some(path) = self.token {
            // It may be gone already.
            let _ = fs::remove_file(path);
        }
    }
}

#[derive(Clone, Copy)]
enum Readers {
    All,
    Owner,
}

/// Writes a file that is whole as soon as it is there. What stood there is replaced, and a link is not followed.
fn write(path: &Path, text: &str, readers: Readers) -> Result<(), Failure> {
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
