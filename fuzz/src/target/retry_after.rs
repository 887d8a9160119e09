//! `Retry-After` in seconds and as a date, and what it does to the rhythm of polling.

use core::time::Duration;
use std::time::SystemTime;

use device_flow_core::wire::retry_after;
use device_flow_core::{DeviceFlow, Event, Input, Machine as _, Response, Timestamp};

use crate::config;
use crate::drive;
use crate::target::token_response::CODES;

/// Two lines: the values of `Retry-After` and `Date`. `httpdate` is the judge of dates.
pub fn run(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let (wanted, today) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    let response = Response::new(503, b"")
        .header("Retry-After", wanted)
        .header("Date", today);
    let wait = retry_after(&response);
    assert_eq!(wait, retry_after(&response));
    let text = core::str::from_utf8(wanted).unwrap_or_default().trim();
    if let Ok(seconds) = text.parse::<u32>() {
        assert_eq!(wait, Some(Duration::from_secs(seconds.into())), "{text:?}");
    } else if let (Some(until), Some(now)) = (moment(wanted), moment(today)) {
        let expected = until.duration_since(now).unwrap_or_default();
        assert_eq!(wait, Some(expected), "{text:?}");
    }
    polls_no_earlier(&response, wait);
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

fn polls_no_earlier(response: &Response<'_>, wait: Option<Duration>) {
    let mut flow = DeviceFlow::new(config::confidential(&device_flow_core::Dialect::RFC_8628))
        .expect("it can work");
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
    let least = now
        .saturating_add(
            wait.unwrap_or_default()
                .min(Duration::from_secs(24 * 60 * 60)),
        )
        .max(now.saturating_add(Duration::from_secs(5)));
    let [Event::Retrying { next_attempt, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert!(*next_attempt >= least);
    let deadline = flow.expires_at().expect("there is a code");
    assert_eq!(wake, Some(deadline.min(*next_attempt)));
}
