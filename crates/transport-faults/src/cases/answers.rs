//! Proper HTTP that is no authorization server's.

use crate::case::{Case, Group, Stated, Ways};
use device_flow_core::{ProtocolErrorKind, RetryReason};
use device_flow_testserver::Answer;
use std::time::Duration;

pub(super) fn group(elsewhere: &str) -> Group {
    let mut cases = redirects(elsewhere);
    cases.extend(pages());
    cases.extend(retry_after());
    Group { title: "Answers", cases }
}

fn redirects(elsewhere: &str) -> Vec<Case> {
    let redirect = |name, status| {
        let kind = ProtocolErrorKind::Redirect { status, target: Some(elsewhere.into()) };
        Case::answer(name, Answer::redirect(status, elsewhere)).both(Ways::ALL, Stated::refused(kind))
    };
    vec![
        redirect("301 to elsewhere", 301).note("elsewhere hears nothing, of any of these"),
        redirect("302 to elsewhere", 302),
        redirect("303 to elsewhere", 303),
        redirect("307 to elsewhere", 307),
        redirect("308 to elsewhere", 308),
        Case::answer("302 to nowhere", Answer::new(302))
            .both(Ways::ALL, Stated::refused(ProtocolErrorKind::Redirect { status: 302, target: None })),
    ]
}

fn pages() -> Vec<Case> {
    let page = |name, status| {
        Case::answer(name, Answer::html(status, "<!doctype html><h1>Sorry</h1>"))
            .both(Ways::ALL, Stated::status(status))
    };
    let web_page = |status| Stated::refused(ProtocolErrorKind::WebPage { status });
    vec![
        page("a page with status 500", 500),
        page("a page with status 502", 502),
        page("a page with status 503", 503),
        page("a page with status 504", 504),
        page("a page with status 429", 429),
        page("a page with status 511", 511).note("a captive portal that says so (RFC 6585 section 6)"),
        Case::answer("a page with status 200", Answer::html(200, "<h1>Welcome to our network</h1>"))
            .both(Ways::ALL, web_page(200))
            .note("a captive portal that does not"),
        Case::answer("a page with status 404", Answer::html(404, "<h1>Not found</h1>")).both(Ways::ALL, web_page(404)),
        Case::answer("an empty answer with status 204", Answer::new(204))
            .both(Ways::ALL, Stated::refused(ProtocolErrorKind::NotOAuth { status: 204 })),
    ]
}

fn retry_after() -> Vec<Case> {
    let busy = |value: &str| Answer::html(503, "<h1>Soon</h1>").header("retry-after", value);
    let three_seconds = |case: Case| case.pause(Duration::from_secs(3)).both(Ways::ALL, Stated::status(503));
    vec![
        three_seconds(Case::answer("`Retry-After` in seconds", busy("3"))).note("waits for the three seconds"),
        three_seconds(Case::answer(
            "`Retry-After` as a date",
            busy("Sun, 06 Nov 1994 08:49:40 GMT").header("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ))
        .note("counted from the answer's own `Date`"),
        Case::answer("`Retry-After` that cannot be read", busy("soon")).both(Ways::ALL, Stated::status(503)),
        Case::answer("`Retry-After` of a day", busy("86400"))
            .code_lives(Duration::from_secs(6))
            .on(
                Ways::ALL,
                Stated::refused(ProtocolErrorKind::Unavailable { status: 503 }),
                Stated::Expires(Some(RetryReason::Status(503))),
            )
            .note("nobody waits for a day to be shown a code; a code that runs out sooner is not polled again"),
    ]
}
