//! Files that the command line names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::Error;

/// More than any bundle of certificates or secret has; a device such as `/dev/zero` would never end.
const MAX_LENGTH: usize = 16 * 1024 * 1024;

/// Reads the file that `option` names, of at most `MAX_LENGTH` bytes.
pub(crate) fn read(option: &'static str, path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File { option, path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    read_limited(file).map_err(failed)
}

fn read_limited(file: impl io::Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = MAX_LENGTH.saturating_add(1) as u64;
    file.take(limit).read_to_end(&mut content)?;
    if content.len() > MAX_LENGTH {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16 MiB"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_an_error() {
        assert!(read_limited(io::repeat(0)).is_err());
        assert_eq!(read_limited(io::repeat(7).take(9)).unwrap(), [7; 9]);
    }

    #[test]
    fn an_error_names_option_and_file() {
        let error = read("--ca-cert", Path::new("/no/such\u{1b}file")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("--ca-cert") && text.contains("/no/such"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
