//! The approval page, as a browser sees it.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::*;
use device_flow_testserver::{Approval, Client, Event, Options, Server};

/// A browser: it keeps its cookie and the token of the last form.
struct Browser<'a> {
    server: &'a Server,
    cookie: String,
    form_token: String,
}

fn page() -> Options {
    options().approval(Approval::Manual)
}

impl<'a> Browser<'a> {
    fn open(server: &'a Server) -> Self {
        let response = get(server, "/device");
        assert_eq!(response.status, 200);
        Self { server, cookie: response.cookie(), form_token: response.input("form_token") }
    }

    fn post(&self, path: &str, body: &str) -> Response {
        let body = format!("form_token={}&{body}", self.form_token);
        post_with(self.server, path, ("cookie", &self.cookie), &body)
    }

    fn enter(&self, user_code: &str) -> Response {
        self.post("/device", &format!("user_code={}", encoded(user_code)))
    }

    /// Follows the redirect after a decision.
    fn follow(&self, redirect: &Response) -> Response {
        assert_eq!(redirect.status, 303, "{}", redirect.text());
        assert!(redirect.body.is_empty());
        request(self.server, "GET", redirect.header("location").unwrap(), &[("cookie", &self.cookie)], "")
    }

    fn decide(&self, user_code: &str, decision: &str) -> Response {
        self.post("/device/decision", &format!("user_code={user_code}&decision={decision}"))
    }
}

#[test]
fn a_person_enters_the_code_confirms_and_the_device_gets_its_tokens() {
    let server = start(page().client(Client::public("tv").name("Living room TV")));
    let device = device(&server);
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
    let browser = Browser::open(&server);
    let confirm = browser.enter(&device.user_code);
    assert_eq!(confirm.status, 200);
    let text = confirm.text();
    for shown in ["Living room TV", "<li>openid</li>", "<li>profile</li>", &device.user_code, "Approve", "Deny"] {
        assert!(text.contains(shown), "{shown}");
    }
    assert_eq!(poll(&server, &device).error(), "authorization_pending", "confirming is not approving");
    let done = browser.follow(&browser.decide(&device.user_code, "approve"));
    assert_eq!(done.status, 200);
    assert!(done.text().contains("Device approved"));
    assert_eq!(poll(&server, &device).status, 200);
}

#[test]
fn a_person_can_deny() {
    let server = start(page());
    let device = device(&server);
    let browser = Browser::open(&server);
    browser.enter(&device.user_code);
    assert!(browser.follow(&browser.decide(&device.user_code, "deny")).text().contains("Device denied"));
    assert_eq!(poll(&server, &device).error(), "access_denied");
}

#[test]
fn a_reload_after_a_decision_shows_it_again_and_decides_nothing() {
    let approvals = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&approvals);
    let observer = move |event: &Event| {
        if matches!(event, Event::Approved { .. } | Event::Denied { .. }) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    };
    let server = start(page().issuer_path("/tenant").observer(observer));
    let device = request(&server, "POST", "/tenant/device_authorization", &[FORM], "client_id=tv").json();
    let user_code = device["user_code"].as_str().unwrap();
    let opened = get(&server, "/tenant/device");
    let (cookie, form_token) = (opened.cookie(), opened.input("form_token"));
    let body = format!("form_token={form_token}&user_code={user_code}&decision=approve");
    post_with(&server, "/tenant/device", ("cookie", &cookie), &body);
    let redirect = post_with(&server, "/tenant/device/decision", ("cookie", &cookie), &body);
    assert_eq!((redirect.status, redirect.header("location")), (303, Some("/tenant/device/done")));
    for _ in 0..3 {
        let done = request(&server, "GET", "/tenant/device/done", &[("cookie", &cookie)], "");
        assert!(done.text().contains("Device approved"));
        // The post itself once more, as a browser that ignores the redirect would send it.
        let again = post_with(&server, "/tenant/device/decision", ("cookie", &cookie), &body);
        assert_eq!(again.status, 403);
    }
    assert_eq!(approvals.load(Ordering::SeqCst), 1);
    let stranger = get(&server, "/tenant/device/done");
    assert_eq!(stranger.status, 404, "another browser is told nothing");
    assert!(!stranger.text().contains("approved</h1>"));
    assert_eq!(post_with(&server, "/tenant/device/done", ("cookie", &cookie), &body).status, 405);
}

#[test]
fn the_complete_uri_fills_the_code_in_but_decides_nothing() {
    let server = start(page());
    let device = device(&server);
    let complete = device.response["verification_uri_complete"].as_str().unwrap();
    let response = get(&server, complete.strip_prefix(&server.issuer()).unwrap());
    assert!(response.text().contains(&format!("name=\"user_code\" value=\"{}\"", device.user_code)));
    assert!(response.text().contains("only if this is the code that your own device shows"));
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
}

#[test]
fn a_code_is_found_without_regard_to_case_dashes_and_spaces() {
    let server = start(page());
    let device = device(&server);
    let browser = Browser::open(&server);
    let typed = format!(" {} ", device.user_code.to_lowercase().replace('-', " "));
    assert!(browser.enter(&typed).text().contains("Approve this device?"));
}

#[test]
fn a_wrong_or_decided_code_is_told_and_can_be_corrected() {
    let server = start(page());
    let device = device(&server);
    let browser = Browser::open(&server);
    let wrong = browser.enter("XXXX-XXXX");
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("No device waits with this code") && wrong.text().contains("role=\"alert\""));
    assert!(wrong.text().contains("value=\"XXXX-XXXX\""));
    assert_eq!(browser.enter(&device.user_code).status, 200);
    server.deny(&device.user_code);
    assert_eq!(browser.decide(&device.user_code, "approve").status, 410);
    assert_eq!(poll(&server, &device).error(), "access_denied");
    assert_eq!(browser.enter(&device.user_code).status, 400);
}

#[test]
fn a_post_without_the_token_of_its_session_is_refused() {
    let server = start(page());
    let device = device(&server);
    let (browser, other) = (Browser::open(&server), Browser::open(&server));
    browser.enter(&device.user_code);
    let body = format!("user_code={}&decision=approve", device.user_code);
    let cookie = ("cookie", browser.cookie.as_str());
    assert_eq!(post_with(&server, "/device/decision", cookie, &body).status, 403);
    let empty = format!("form_token=&{body}");
    assert_eq!(post_with(&server, "/device/decision", cookie, &empty).status, 403);
    let foreign = format!("form_token={}&{body}", other.form_token);
    assert_eq!(post_with(&server, "/device/decision", cookie, &foreign).status, 403);
    let no_cookie = format!("form_token={}&{body}", browser.form_token);
    let refused = post(&server, "/device/decision", &no_cookie);
    assert_eq!(refused.status, 403);
    assert!(refused.header("set-cookie").is_some(), "the person can go on from here");
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
}

#[test]
fn a_browser_decides_only_about_the_code_it_was_asked_to_confirm() {
    let server = start(page());
    let (mine, other) = (device(&server), device(&server));
    let browser = Browser::open(&server);
    assert_eq!(browser.decide(&other.user_code, "approve").status, 403, "nothing was confirmed");
    browser.enter(&mine.user_code);
    assert_eq!(browser.decide(&other.user_code, "approve").status, 403);
    browser.enter(&mine.user_code);
    assert_eq!(browser.decide(&mine.user_code, "perhaps").status, 400);
    assert_eq!(poll(&server, &other).error(), "authorization_pending");
    assert_eq!(poll(&server, &mine).error(), "authorization_pending");
}

#[test]
fn a_post_that_a_browser_says_is_from_elsewhere_is_refused() {
    let server = start(page());
    let device = device(&server);
    let browser = Browser::open(&server);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = format!("form_token={}&user_code={}", browser.form_token, device.user_code);
    let enter = |name: &str, value: &str| {
        let headers = [form, ("cookie", browser.cookie.as_str()), (name, value)];
        request(&server, "POST", "/device", &headers, &body).status
    };
    assert_eq!(enter("origin", "https://evil.example"), 403);
    assert_eq!(enter("origin", &format!("http://127.0.0.1:{}", server.addr().port().wrapping_add(1))), 403);
    assert_eq!(enter("sec-fetch-site", "cross-site"), 403);
    assert_eq!(enter("sec-fetch-site", "same-site"), 403);
    assert_eq!(enter("origin", &server.issuer()), 200);
    assert_eq!(enter("origin", "null"), 200, "what browsers send under no-referrer");
    assert_eq!(enter("sec-fetch-site", "same-origin"), 200);
}

#[test]
fn only_our_own_names_are_answered_to() {
    let server = start(page());
    let port = server.addr().port();
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "192.0.2.1", "", "[::1"] {
        assert_eq!(request(&server, "GET", "/device", &[("host", host)], "").status, 421, "{host}");
        assert_eq!(request(&server, "POST", "/device/decision", &[("host", host)], "").status, 421, "{host}");
    }
    for host in
        [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "LOCALHOST".to_owned(), format!("[::1]:{port}")]
    {
        assert_eq!(request(&server, "GET", "/device", &[("host", &host)], "").status, 200, "{host}");
    }
}

#[test]
fn hostile_names_scopes_and_codes_are_shown_as_text() {
    let server = start(page());
    let hostile = "\"><script>alert(1)</script>\u{202e}'&";
    let device = device_with(&server, &format!("client_id={}&scope={}", encoded(hostile), encoded(hostile)));
    let browser = Browser::open(&server);
    let confirm = browser.enter(&device.user_code).text();
    assert!(confirm.contains("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\u{fffd}&#39;&amp;"));
    let prefilled = get(&server, &format!("/device?user_code={}", encoded(hostile))).text();
    let returned = browser.enter(hostile).text();
    for page in [confirm, prefilled, returned] {
        assert!(!page.contains("<script") && !page.contains('\u{202e}'), "{page}");
    }
    let long = device_with(&server, &format!("client_id={}&scope={}", "c".repeat(1_000), "s+".repeat(4_000)));
    assert!(browser.enter(&long.user_code).body.len() < 12_000, "what is shown is bounded");
}

#[test]
fn every_page_forbids_scripts_framing_caching_and_referrers() {
    let server = start(page());
    let device = device(&server);
    let browser = Browser::open(&server);
    let pages = [
        get(&server, "/device"),
        browser.enter("WRNG-CODE"),
        browser.enter(&device.user_code),
        browser.follow(&browser.decide(&device.user_code, "approve")),
        get(&server, "/device/done"),
        request(&server, "GET", "/device/done", &[("host", "evil.example")], ""),
        post(&server, "/device", ""),
        request(&server, "GET", "/device", &[("host", "evil.example")], ""),
    ];
    let mut nonces = Vec::new();
    for page in pages {
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
        assert!(policy.contains("form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(page.text().contains(&format!("<style nonce=\"{nonce}\">")));
        assert!(!page.text().contains("style=\""), "the policy would drop an inline style");
        assert!(page.text().contains("name=\"viewport\""));
        nonces.push(nonce);
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 8, "a nonce is used once");
}

#[test]
fn the_session_cookie_stays_in_its_browser_and_on_its_page() {
    let server = start(page());
    let cookie = get(&server, "/device").header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with(&format!("device_flow_{}=", server.addr().port())));
    assert!(cookie.ends_with("; Path=/device; HttpOnly; SameSite=Strict"));
    let browser = Browser::open(&server);
    let again = request(&server, "GET", "/device", &[("cookie", &format!("a=b; {}", browser.cookie))], "");
    assert_eq!(again.header("set-cookie"), None, "a known browser keeps its session");
    assert_eq!(again.input("form_token"), browser.form_token);
}

#[test]
fn guessing_locks_a_browser_for_a_while_and_then_the_right_code_still_works() {
    let server = start(page().wrong_code_lock(Duration::from_millis(500)));
    let device = device(&server);
    let browser = Browser::open(&server);
    for _ in 0..4 {
        assert_eq!(browser.enter("XXXX-XXXX").status, 400);
    }
    let locked = browser.enter("XXXX-XXXX");
    assert_eq!((locked.status, locked.header("retry-after")), (429, Some("1")));
    assert_eq!(browser.enter(&device.user_code).status, 429, "a lock tells nothing about a code");
    assert_eq!(Browser::open(&server).enter(&device.user_code).status, 200, "others are not locked");
    std::thread::sleep(Duration::from_millis(510));
    assert_eq!(browser.enter(&device.user_code).status, 200);
}

#[test]
fn a_right_code_forgives_the_wrong_ones_before_it() {
    let server = start(page());
    let device = device(&server);
    let browser = Browser::open(&server);
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(browser.enter("XXXX-XXXX").status, 400);
        }
        assert_eq!(browser.enter(&device.user_code).status, 200);
    }
}

#[test]
fn guessing_with_ever_new_browsers_locks_everyone_for_a_while() {
    let server = start(page().wrong_code_lock(Duration::from_millis(600)));
    let device = device(&server);
    let mut wrong = 0;
    let status = loop {
        let status = Browser::open(&server).enter("XXXX-XXXX").status;
        wrong += 1;
        if status != 400 || wrong > 60 {
            break status;
        }
    };
    assert_eq!((status, wrong), (429, 50));
    let browser = Browser::open(&server);
    assert_eq!(browser.enter(&device.user_code).status, 429);
    std::thread::sleep(Duration::from_millis(610));
    assert_eq!(browser.enter(&device.user_code).status, 200);
}
