use super::*;
use crate::options::Approval;
use crate::playback::Playback;

fn options(most: usize) -> Options {
    Options::new().approval(Approval::Manual).interval(Duration::ZERO).most_codes(most)
}

fn wish() -> Wish {
    let client_id = "tv".to_owned();
    Wish { client_id, scope: None, nonce: None, challenge: None }
}

/// Makes a code; its device code and its user code.
fn make(codes: &mut Codes, options: &Options, now: Instant) -> (String, String) {
    let code = codes.make(wish(), options, now, Playback::default).unwrap();
    (code.device_code.clone(), code.user_code.clone())
}

fn poll(codes: &mut Codes, device_code: &str, is_lost: bool, options: &Options, now: Instant) -> PollAnswer {
    match codes.polled(device_code, "tv", None) {
        Ok(serial) => codes.answer_poll(serial, &Decision::Ordinary, is_lost, options, now),
        Err(error) => PollAnswer::Error(error),
    }
}

fn error(answer: &PollAnswer) -> &'static str {
    match answer {
        PollAnswer::Error(error) => error.code,
        PollAnswer::Tokens { .. } => "tokens",
    }
}

#[test]
fn a_hundred_thousand_live_codes_are_all_found_again_and_one_more_is_refused() {
    let (options, now, mut codes) = (options(100_000), Instant::now(), Codes::default());
    let made: Vec<_> = (0..100_000).map(|_| make(&mut codes, &options, now)).collect();
    for (device_code, user_code) in &made {
        assert_eq!(error(&poll(&mut codes, device_code, false, &options, now)), "authorization_pending");
        assert_eq!(codes.find(user_code, now).unwrap().device_code, *device_code);
    }
    let Err(refusal) = codes.make(wish(), &options, now + Duration::from_secs(590), Playback::default) else {
        panic!("a live code was dropped");
    };
    assert_eq!(refusal.code, "temporarily_unavailable");
    let answer = refusal.into_answer();
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains(&("retry-after".to_owned(), "11".to_owned())), "{answer:?}");
    // Half are approved and fetched, which makes room for as many again, and the other half is still there.
    for (device_code, user_code) in &made[..50_000] {
        codes.decide(user_code, Standing::Approved, now).unwrap();
        assert_eq!(error(&poll(&mut codes, device_code, false, &options, now)), "tokens");
    }
    for _ in 0..50_000 {
        make(&mut codes, &options, now);
    }
    for (device_code, user_code) in &made[50_000..] {
        assert_eq!(error(&poll(&mut codes, device_code, false, &options, now)), "authorization_pending");
        assert_eq!(codes.find(user_code, now).unwrap().device_code, *device_code);
    }
    assert_eq!(codes.by_serial.len(), 100_000);
    assert_eq!(codes.by_device_code.len(), 100_000);
    assert_eq!(codes.ends.len() + codes.ended.len(), 100_000);
}

#[test]
fn what_has_ended_gives_way_before_what_has_run_out_and_nothing_else_does() {
    let (options, now, mut codes) = (options(3), Instant::now(), Codes::default());
    let used = make(&mut codes, &options, now);
    let approved = make(&mut codes, &options, now + Duration::from_secs(1));
    let pending = make(&mut codes, &options, now + Duration::from_secs(2));
    codes.decide(&used.1, Standing::Approved, now).unwrap();
    codes.decide(&approved.1, Standing::Approved, now).unwrap();
    assert!(codes.make(wish(), &options, now, Playback::default).is_err(), "an approved code may still be fetched");
    poll(&mut codes, &used.0, false, &options, now);

    let fourth = make(&mut codes, &options, now);
    assert_eq!(poll(&mut codes, &used.0, false, &options, now), PollAnswer::Error(UNKNOWN));
    assert!(codes.make(wish(), &options, now, Playback::default).is_err());

    let later = now + Duration::from_secs(600);
    let fifth = make(&mut codes, &options, later);
    assert_eq!(poll(&mut codes, &fourth.0, false, &options, later), PollAnswer::Error(UNKNOWN), "it had run out");
    assert_eq!(error(&poll(&mut codes, &approved.0, false, &options, later)), "tokens");
    assert_eq!(error(&poll(&mut codes, &pending.0, false, &options, later)), "authorization_pending");
    assert_eq!(error(&poll(&mut codes, &fifth.0, false, &options, later)), "authorization_pending");
}

#[test]
fn a_denial_is_kept_until_the_device_has_heard_it() {
    let (options, now, mut codes) = (options(1), Instant::now(), Codes::default());
    let denied = make(&mut codes, &options, now);
    codes.decide(&denied.1, Standing::Denied, now).unwrap();
    assert!(codes.make(wish(), &options, now, Playback::default).is_err());
    assert_eq!(error(&poll(&mut codes, &denied.0, true, &options, now)), "access_denied");
    assert!(codes.make(wish(), &options, now, Playback::default).is_err(), "the answer was lost on the way");
    assert_eq!(error(&poll(&mut codes, &denied.0, false, &options, now)), "access_denied");
    make(&mut codes, &options, now);
}

#[test]
fn live_user_codes_differ_and_when_none_is_left_the_request_is_refused() {
    let (options, now, mut codes) = (options(1_000).user_code("AB", 4), Instant::now(), Codes::default());
    let mut made = Vec::new();
    let refusal = loop {
        match codes.make(wish(), &options, now, Playback::default) {
            Ok(code) => made.push(code.user_code.clone()),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal.code, "temporarily_unavailable");
    let count = made.len();
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), count);
    assert!((8..=16).contains(&count), "{count} of 16");
    // A code that ended frees its user code, and the newer one is found by it.
    codes.decide(&made[0], Standing::Denied, now).unwrap();
    let newer = loop {
        let code = codes.make(wish(), &options, now, Playback::default);
        if let Ok(code) = code {
            if code.user_code == made[0] {
                break code.device_code.clone();
            }
        }
    };
    assert_eq!(codes.find(&made[0], now).unwrap().device_code, newer);
}

#[test]
fn memory_is_bounded_whatever_the_requests_say() {
    let (options, now, mut codes) = (options(100_000), Instant::now(), Codes::default());
    let large = || Wish { scope: Some("s".repeat(8 * 1024)), nonce: Some("n".repeat(1024)), ..wish() };
    let refusal = loop {
        if let Err(refusal) = codes.make(large(), &options, now, Playback::default) {
            break refusal;
        }
    };
    assert_eq!(refusal.code, "temporarily_unavailable");
    assert!(codes.bytes <= BYTES_KEPT && codes.by_serial.len() > 10_000, "{}", codes.by_serial.len());
}

#[test]
fn a_life_longer_than_the_clock_counts_is_no_trouble() {
    let (options, now, mut codes) = (options(2).expires_in(Duration::MAX), Instant::now(), Codes::default());
    let (_, user_code) = make(&mut codes, &options, now);
    assert_eq!(codes.code(&user_code, now).unwrap().expires_in, Duration::from_secs(3_153_600_000));
}
