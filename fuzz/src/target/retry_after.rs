//! `Retry-After` in seconds and as a date, and what it does to the rhythm of polling.

use core::time::Duration;
use std::time::SystemTime;

use device_flow_core::{DeviceFlow, Event, Input, Machine as _, Response, Timestamp};

use crate::config;
use crate::drive;
use crate::reading::{self, LONGEST, Poll};
use crate::target::token_response::CODES;

/// Two lines: the values of `Retry-After` and `Date`. `httpdate` is the judge of dates.
pub fn run(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let (wanted, today) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let busy = Response::new(503, b"").header("Date", today);
    let response = busy.header("Retry-After", wanted);
    let wait = patience(response);
    assert_eq!(wait, patience(response));
    let text = core::str::from_utf8(wanted).unwrap_or_default().trim();
    if let Ok(seconds) = text.parse::<u32>() {
        assert_eq!(wait, as_told(Duration::from_secs(seconds.into())), "{text:?}");
    } else if let (Some(until), Some(now)) = (moment(wanted), moment(today)) {
        let expected = until.duration_since(now).unwrap_or_default();
        assert_eq!(wait, as_told(expected), "{text:?}");
    }
    // Of several lines, and of several values in one line, the longest counts.
    let minutes = as_told(Duration::from_secs(120));
    let longest = wait.max(minutes);
    assert_eq!(patience(response.header("Retry-After", b"120")), longest);
    let list = [wanted, b", 120"].concat();
    if text.parse::<u32>().is_ok() || moment(wanted).is_some() {
        assert_eq!(patience(busy.header("Retry-After", &list)), longest);
    }
    // Whatever else the answer says.
    let pending = Response::new(400, br#"{"error":"authorization_pending"}"#);
    let pending = pending.header("Retry-After", wanted).header("Date", today);
    match reading::poll(None, pending) {
        Poll::Pending(it) => assert_eq!(it, wait),
        other => panic!("{other:?}"),
    }
    polls_no_earlier(&response, wait);
}

/// The wait that follows on an answer for one whose interval is a second.
fn patience(response: Response<'_>) -> Duration {
    match reading::poll(None, response) {
        Poll::Passing(_, wait) => wait,
        other => panic!("{other:?}"),
    }
}

/// What is told of a wait: never less than the interval, never more than the life of the code.
fn as_told(wait: Duration) -> Duration {
    wait.clamp(Duration::from_secs(1), LONGEST)
}

/// A date that exists, in any of the three forms, as an independent reader understands it.
fn moment(line: &[u8]) -> Option<SystemTime> {
    let text = core::str::from_utf8(line).ok()?.trim();
    let moment = httpdate::parse_http_date(text).ok()?;
    // In one of the forms the judge looks at places only, whatever stands between.
    let real = httpdate::fmt_http_date(moment);
    let time = real.split(' ').nth(4)?;
    text.split(' ').any(|it| it == time).then_some(moment)
}

fn polls_no_earlier(response: &Response<'_>, wait: Duration) {
    let mut flow = DeviceFlow::new(config::confidential(None)).expect("it can work");
    let mut now = Timestamp::ZERO;
    let (sent, _, _) = drive::settle(&mut flow, now, &[]);
    let codes = Response::new(200, CODES.as_bytes());
    let accepted = flow.handle_input(now, Input::Response(sent[0].id, codes));
    assert_eq!(accepted, Ok(()));
    let (_, _, first_poll) = drive::settle(&mut flow, now, &[]);
    now = first_poll.expect("the code lives for ten minutes");
    let (sent, _, _) = drive::settle(&mut flow, now, &[]);
    let accepted = flow.handle_input(now, Input::Response(sent[0].id, *response));
    assert_eq!(accepted, Ok(()));
    let (sent, events, wake) = drive::settle(&mut flow, now, &[]);
    assert!(sent.is_empty());
    let deadline = flow.expires_at().expect("there is a code");
    let least = now.saturating_add(wait.max(Duration::from_secs(5)));
    let [Event::Retrying { next_attempt, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    // When no poll is allowed before the end of the code, the end is what is waited for.
    assert!(*next_attempt >= least.min(deadline));
    assert!(*next_attempt <= deadline);
    assert_eq!(wake, Some(*next_attempt));
}
