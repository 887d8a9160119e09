//! A proxy setting that cannot be used is refused, and nothing goes around the proxy that was meant.

use crate::bench::{nobody, options, start};
use crate::child::Child;
use device_flow_transport::Proxy;
use std::ffi::OsString;
use transport_tests::{Settings, Transport};

/// What is wrong with each: the scheme, the host, a space, the port, the password.
const UNUSABLE: [&str; 9] = [
    "gopher://me:hunter2@proxy:1",
    "http://",
    "http://:1",
    "http://me:hunter2@:1",
    "http://me:hunter2 @proxy",
    "http://me:hunter2@127.0.0.1:99999",
    "http://me:hunter2@[::1]:hunter2",
    "127.0.0.1:99999",
    "http://me:hunter2%ff@127.0.0.1:1",
];

pub(crate) fn an_address_that_cannot_be_used_is_refused_and_not_shown<T: Transport>() {
    for url in UNUSABLE {
        let settings = Settings { proxy: Proxy::Url(url.to_owned()), ..Settings::default() };
        let error = T::build(&settings).err();
        let error = error.unwrap_or_else(|| panic!("{url} was taken"));
        assert!(error.contains("proxy"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

const VARIABLES: [&str; 5] = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

pub(crate) fn a_variable_with_an_unusable_address_is_refused_by_name<T: Transport>() {
    for name in VARIABLES {
        is_refused::<T>(name, UNUSABLE[0].into());
    }
}

pub(crate) fn a_variable_that_is_not_text_is_refused_by_name<T: Transport>() {
    for name in VARIABLES.into_iter().chain(["no_proxy", "NO_PROXY"]) {
        is_refused::<T>(name, not_text());
    }
}

fn is_refused<T: Transport>(name: &str, value: OsString) {
    let server = start(options());
    let lines = Child::new::<T>().variable(name, value).exchange(&[&server.issuer()]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(name), "{lines:?}");
    assert!(!lines[0].contains("hunter2"), "{lines:?}");
    assert_eq!(server.connections(), 0, "nor anything sent");
}

/// What another variable leaves nothing to say for is not looked at.
pub(crate) fn a_variable_that_does_not_count_is_no_matter<T: Transport>() {
    let server = start(options());
    // A CGI program's caller can set this one, so nobody obeys it, and nobody stumbles over it.
    let child = Child::new::<T>().variable("HTTP_PROXY", not_text());
    assert_eq!(child.exchange(&[&server.issuer()]), ["Ok(200)"]);
    let child = Child::new::<T>()
        .variable("http_proxy", format!("http://{}", nobody()))
        .variable("https_proxy", format!("http://{}", nobody()))
        .variable("ALL_PROXY", not_text());
    assert_eq!(child.exchange(&[&server.issuer()]), ["Err(proxy)"]);
    let child = Child::new::<T>().variable("ALL_PROXY", not_text()).variable("NO_PROXY", not_text()).without_proxy();
    assert_eq!(child.exchange(&[&server.issuer()]), ["Ok(200)"]);
}

#[cfg(unix)]
fn not_text() -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(b"http://me:hunter2\xff@127.0.0.1:1".to_vec())
}

#[cfg(windows)]
fn not_text() -> OsString {
    use std::os::windows::ffi::OsStringExt as _;
    let wide: Vec<u16> = "http://me:hunter2".encode_utf16().collect();
    OsString::from_wide(&[wide, vec![0xd800]].concat())
}
