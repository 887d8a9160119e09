use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The parser is the judge.
    #[test]
    fn a_plain_address_is_one_that_the_parser_leaves_as_it_is(
        address in "https://[a-z0-9.-]{0,12}(/[a-zA-Z0-9._~/?=&-]{0,12})?|https?:/{0,3}[ -~]{0,12}",
    ) {
        if is_plain(&address) {
            let url = parse(&address, false).unwrap();
            prop_assert_eq!(url.as_str(), address.as_str());
            prop_assert!(url.fragment().is_none());
        }
    }
}

#[test]
fn usual_addresses_are_plain() {
    for address in [
        "https://as.example/device",
        "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
        "https://github.com/login/device?user_code=WDJB-MJHT",
        "https://as.example/",
    ] {
        assert!(is_plain(address), "{address}");
    }
    for address in [
        "https://as.example",
        "https://as.example:8443/",
        "https://AS.example/",
        "https://127.0.0.1/",
        "https://as.0x7f/",
        "https://xn--80ak6aa92e.example/",
        "https://as.example/../a",
        "https://as.example/.",
        "https://as..example/",
        "https://as.example./",
        "https://user@as.example/",
        "https://as.example/#a",
        "https://as.example/%2e%2e",
        "http://as.example/",
        "https:///as.example/",
    ] {
        assert!(!is_plain(address), "{address}");
    }
}

#[test]
fn the_longest_address_is_plain_and_a_longer_one_is_not() {
    let start = "https://as.example/";
    let longest = String::from(start) + &"a".repeat(MAX_URI.saturating_sub(start.len()));
    assert!(is_plain(&longest));
    assert!(!is_plain(&(longest + "a")));
    let start = "https://AS.example/";
    let longest = String::from(start) + &"a".repeat(MAX_URI.saturating_sub(start.len()));
    assert!(parse(&longest, false).is_ok());
    assert_eq!(parse(&(longest + "a"), false), Err(UriError::TooLong));
}

#[test]
fn k8_endpoints_are_https_or_loopback() {
    assert!(check_endpoint("https://as.example/token", false).is_ok());
    for loopback in [
        "http://127.0.0.1:80/",
        "http://127.8.9.1/",
        "http://[::1]:9/t",
        "http://localhost/t",
        "http://as.localhost./t",
    ] {
        assert!(check_endpoint(loopback, false).is_ok(), "{loopback}");
    }
    for other in
        ["http://as.example/token", "http://192.168.1.1/", "http://localhost.example/", "http://127.0.0.1.example/"]
    {
        assert_eq!(check_endpoint(other, false), Err(UriError::Scheme), "{other}");
        assert!(check_endpoint(other, true).is_ok(), "{other}");
    }
    for never in ["ftp://as.example/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x"] {
        assert_eq!(check_endpoint(never, true), Err(UriError::Scheme), "{never}");
    }
}

#[test]
fn endpoints_have_no_credentials_and_no_fragment() {
    assert_eq!(check_endpoint("https://user:pw@as.example/", false), Err(UriError::Credentials));
    assert_eq!(check_endpoint("https://user@as.example/", false), Err(UriError::Credentials));
    assert_eq!(check_endpoint("https://as.example/#x", false), Err(UriError::Fragment));
    for relative in ["", "token", "/token", "//as.example/token", "https:as.example", "https:/as.example"] {
        assert_eq!(check_endpoint(relative, false), Err(UriError::NotAbsolute), "{relative}");
    }
}

#[test]
fn d7_people_are_sent_to_https_only() {
    assert_eq!(
        check_verification_uri("https://as.example/device?a=b#c", false).as_deref(),
        Ok("https://as.example/device?a=b#c")
    );
    assert_eq!(check_verification_uri("https://as.example", false).as_deref(), Ok("https://as.example"));
    assert_eq!(check_verification_uri("https://AS.example", false).as_deref(), Ok("https://as.example/"));
    for bad in ["javascript:alert(1)", "file:///etc/passwd", "http://as.example/", "JAVASCRIPT:alert(1)", "data:,x"] {
        assert_eq!(check_verification_uri(bad, false), Err(UriError::Scheme), "{bad}");
    }
    for bad in ["https://known.example@evil.example/", "https://@evil.example/", "https://:@evil.example/"] {
        assert_eq!(check_verification_uri(bad, false), Err(UriError::Credentials));
    }
    assert_eq!(check_verification_uri("https:///as.example/", false), Err(UriError::NotAbsolute));
}

#[test]
fn d8_look_alike_hosts_are_shown_in_ascii() {
    let shown = check_verification_uri("https://аpple.example/", false).unwrap();
    assert!(shown.is_ascii(), "{shown}");
    let shown = check_verification_uri("https://as.example/\u{202e}x\u{1b}[2J", false).unwrap();
    assert!(shown.bytes().all(|byte| byte.is_ascii_graphic()), "{shown}");
}

#[test]
fn an_endless_address_is_refused() {
    let mut address = String::from("https://as.example/");
    address.extend(core::iter::repeat_n('a', MAX_URI));
    assert_eq!(check_verification_uri(&address, false), Err(UriError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Whatever is accepted, the parser finds no user name in what is shown, and finds the host there as a text.
    #[test]
    fn k8_what_is_shown_is_what_was_understood(
        address in r"[ \t]?https?:[/\\\t\n]{0,4}[a-z0-9.@:%\\/\t ]{0,12}[@.]?[a-zA-Z0-9.:%\u{e9}\u{430}]{1,12}[/?#]?[ -~]{0,8}",
    ) {
        if let Ok(shown) = check_verification_uri(&address, true) {
            let url = Url::parse(&shown).unwrap();
            prop_assert!(url.username().is_empty() && url.password().is_none(), "{shown}");
            prop_assert!(shown.contains(url.host_str().unwrap()), "{shown}");
            let understood = Url::parse(&address).unwrap();
            prop_assert_eq!(understood, url);
        }
    }
}

#[test]
fn k8_no_spelling_smuggles_a_user_name_in() {
    for address in [
        r"https://\/known.example@evil.example/",
        "https://\n/known.example@evil.example/",
        "https://\t/known.example:login@evil.example/device",
        "https://\r\\known.example@evil.example/",
        "https:///known.example@evil.example/",
        r"https://\known.example@evil.example/",
        r"https://as.example\@evil.example/",
        "https://known.example%40@evil.example/",
    ] {
        assert!(check_verification_uri(address, true).is_err(), "{address:?}");
        assert!(check_endpoint(address, true).is_err(), "{address:?}");
    }
    for (address, shown) in [
        ("https://as%2eexample/", "https://as.example/"),
        ("https://0x7f.1/", "https://127.0.0.1/"),
        (" https://as.example/ ", "https://as.example/"),
        ("https://as.ex\u{ad}ample/", "https://as.example/"),
        ("https://as.example:443/", "https://as.example/"),
    ] {
        assert_eq!(check_verification_uri(address, false).as_deref(), Ok(shown));
    }
}

#[test]
fn k6_a_redirect_leads_to_what_may_be_asked() {
    let from = |location| redirected("https://as.example/a/b", location, false);
    assert_eq!(from("c").as_deref(), Some("https://as.example/a/c"));
    assert_eq!(from("//b.example/x#y").as_deref(), Some("https://b.example/x"));
    assert_eq!(from("http://as.example/"), None);
    assert_eq!(from("https://u@as.example/"), None);
    assert_eq!(from("javascript:alert(1)"), None);
}
