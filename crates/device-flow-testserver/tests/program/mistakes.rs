//! What is wrong is named, with the exit code that says whose mistake it is.

use std::net::TcpListener;

use crate::running::{file, run};

/// Standard error of a run that ends with this code and writes nothing to standard output.
fn failed(code: i32, arguments: &[&str]) -> String {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    stderr
}

#[test]
fn options_that_do_not_exist_or_make_no_sense_are_usage_errors() {
    for (arguments, named) in [
        (&["--lisen=1"][..], "--listen"),
        (&["--listen=nowhere"], "invalid socket address"),
        (&["--dialect=myspace"], "github"),
        (&["--interval=soon"], "--interval"),
        (&["--approval=later"], "manual, polls=N or after=TIME"),
        (&["--polls=pending,pendign"], "unknown step `pendign`"),
        (&["--polls=hang"], "needs more"),
        (&["--refresh-tokens=some"], "rotate"),
        (&["--tls-certificate=expired"], "--tls"),
        (&["--no-control", "--control-token-file=x"], "cannot be used with"),
        (&["--check"], "--script"),
        (&["extra"], "unexpected argument"),
        (&["--control=0.0.0.0:0"], "loopback only, and 0.0.0.0 is not there"),
        (&["--control=192.0.2.1:80"], "loopback only"),
        (&["--ca-file=/nowhere/ca.pem"], "--ca-file needs --tls"),
        (&["--client-certificate-file=/nowhere/client.pem"], "--client-certificate-file needs --tls"),
        (&["--client=a", "--client=a"], "the client \"a\" is registered twice"),
        (&["--issuer-path=tenant"], "starts with a slash"),
        (&["--issuer-path=/a b"], "characters of a path"),
        (&["--issuer-path=/a?b"], "characters of a path"),
        (&["--public-host=as.example/path"], "\"as.example/path\" is neither a name nor an address"),
        (&["--public-host="], "neither a name nor an address"),
        (&["--public-host=localhost:8080"], "it has no port"),
        (&["--public-host=::1"], "brackets around IPv6"),
        (&["--public-host=[localhost]"], "neither a name nor an address"),
    ] {
        let stderr = failed(2, arguments);
        assert!(stderr.contains(named), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("Custom {") && !stderr.contains("Os {"), "{stderr}");
    }
}

#[test]
fn a_mistake_in_a_script_file_is_told_with_file_line_and_column() {
    for (text, named) in [
        ("[codes]\nintervall = 5", "line 2, column 1: unknown field `intervall`"),
        ("[scripts]\nevery_code = [\"pending\", \"pendign\"]", "line 2, column 26: unknown step `pendign`"),
        ("not toml", "line 1, column"),
        ("[[clients]]\nid = \"a\"\n[[clients]]\nid = \"a\"", "registered twice"),
        ("[codes]\nalphabet = \"a\"", "alphabet"),
    ] {
        let (_folder, path) = file(text);
        let stderr = failed(2, &["--script", path.to_str().unwrap()]);
        assert!(stderr.contains(named), "{stderr}");
        if named.starts_with("line") {
            assert!(stderr.contains(path.to_str().unwrap()), "{stderr}");
        }
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn a_script_file_that_cannot_be_read_is_named() {
    let stderr = failed(2, &["--script", "/nowhere/script.toml"]);
    assert!(stderr.contains("cannot read /nowhere/script.toml"), "{stderr}");
    let (folder, path) = file(b"dialect = \"\xff\"");
    assert!(failed(2, &["--script", path.to_str().unwrap()]).contains("is not UTF-8"));
    failed(2, &["--script", folder.path().to_str().unwrap()]);
}

#[test]
fn what_the_machine_refuses_is_no_usage_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let stderr = failed(1, &["--listen", &address]);
    assert!(stderr.contains(&address) && stderr.contains("--listen"), "{stderr}");
    let stderr = failed(1, &["--control", &address]);
    assert!(stderr.contains(&address) && stderr.contains("--control"), "{stderr}");
    let stderr = failed(1, &["--control-token-file", "/nowhere/token"]);
    assert!(stderr.contains("cannot write /nowhere/token"), "{stderr}");
    assert_eq!(stderr.matches("/nowhere/token").count(), 1, "{stderr}");
}

#[test]
fn a_script_file_without_an_end_is_refused() {
    let (_folder, path) = file("#".repeat(16 * 1024 * 1024 + 1));
    assert!(failed(2, &["--script", path.to_str().unwrap()]).contains("is larger than a script file can be"));
}

#[test]
fn a_folder_is_no_place_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = failed(2, &["--control-token-file", folder.path().to_str().unwrap()]);
    assert!(stderr.contains("is there and is no file"), "{stderr}");
    assert!(folder.path().is_dir());
}

/// Such as `/dev/stdout`, which whoever may write to its folder could take from everybody.
#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_not_replaced_by_a_file() {
    use std::os::unix::fs::FileTypeExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (socket, link) = (folder.path().join("socket"), folder.path().join("link"));
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::symlink(&socket, &link).unwrap();
    for path in [&socket, &link] {
        for option in ["--control-token-file", "--ca-file", "--client-certificate-file"] {
            let stderr = failed(2, &["--tls", option, path.to_str().unwrap()]);
            assert!(stderr.contains("is there and is no file"), "{option}: {stderr}");
        }
    }
    assert!(std::fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
    assert!(std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
}

#[cfg(unix)]
#[test]
fn a_ready_line_that_nobody_can_read_is_a_failure() {
    let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
    drop(reader);
    let writer = std::os::fd::OwnedFd::from(writer);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    let mut command = std::process::Command::new(crate::running::PROGRAM);
    command.arg("--control-token-file").arg(&token);
    let output = command.stdin(std::process::Stdio::null()).stdout(writer).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("nobody reads the ready line"), "{stderr}");
    assert!(!token.exists(), "a token that is good for nothing stays behind");
}
