//! Secrets are wiped from memory: row K7.
//!
//! Looks through the memory of this very process after everything was dropped. What was given back to the allocator is
//! still there to be found, unless it was wiped. One test alone, because others would fill the memory meanwhile.

#![cfg(target_os = "linux")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Input, Machine, Outcome, Output, PendingFlow, Response, Session, StoredSession, Timestamp,
};
use zeroize::Zeroizing;

/// The secret, in disguise: this file's own constants are in memory too. Its beginning may be overwritten by the
/// allocator's own notes, so the end of it is what is looked for.
const DISGUISED: &[u8] =
    b"\x08\x68\x18\x09\x68\x0f\x76\x2f\x6b\x30\x3e\x35\x76\x3a\x39\x38\x3f\x3e\x3d\x3c\x33\x32\x31\x30\x37\x36\x35\x34\x2b\x2a\x29\x28\x2f\x2e\x2d\x2c\x23\x22\x21\x6b\x6a\x69\x68\x6f\x6e\x6d\x6c\x63\x62\x1a\x19\x18\x1f\x1e\x1d\x1c\x13\x12\x11\x10\x17\x16\x15\x14";
const DISGUISE: u8 = 0x5B;
const LOOKED_FOR: usize = 24;
/// How much memory is looked at in one go, and how far the next piece lies.
const PIECE: usize = 1 << 16;
const STEP: u64 = (1 << 16) - 24;

/// A text with the secret in place of `$`, in memory that is wiped.
fn with_secret(template: &str) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(template.len() + 8 * DISGUISED.len()));
    for byte in template.bytes() {
        if byte == b'$' {
            let disguised = black_box(DISGUISED);
            text.extend(disguised.iter().map(|it| it ^ DISGUISE));
        } else {
            text.push(byte);
        }
    }
    text
}

/// Looks at memory without asking for any, which would write over what is looked for.
struct Eye {
    memory: File,
    maps: Vec<u8>,
    piece: Vec<u8>,
}

impl Eye {
    fn new() -> Self {
        Self { memory: File::open("/proc/self/mem").unwrap(), maps: vec![0; 1 << 20], piece: vec![0; PIECE] }
    }

    /// How often the end of the secret is found in memory that this process has for its own.
    fn copies(&mut self) -> usize {
        let mut length = 0;
        let mut maps = File::open("/proc/self/maps").unwrap();
        loop {
            let read = maps.read(&mut self.maps[length..]).unwrap();
            if read == 0 {
                break;
            }
            length += read;
        }
        let maps = std::str::from_utf8(&self.maps[..length]).unwrap();
        let mut found = 0;
        for map in maps.lines() {
            let mut words = map.split_ascii_whitespace();
            let (range, access) = (words.next().unwrap(), words.next().unwrap());
            // Anonymous memory and the heap, where allocations are.
            let is_own = matches!(words.nth(3), None | Some("[heap]"));
            if !access.starts_with("rw") || !is_own {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let mut at = u64::from_str_radix(start, 16).unwrap();
            let end = u64::from_str_radix(end, 16).unwrap();
            // What is searched for a quotation mark goes through registers, and from there to the stack.
            let stack = std::ptr::from_ref(&found).addr() as u64;
            if (at..end).contains(&stack) {
                continue;
            }
            let own = self.piece.as_ptr().addr() as u64;
            while at < end {
                if (own..own + PIECE as u64).contains(&at) {
                    at = own + PIECE as u64;
                    continue;
                }
                // Whoever reads into the piece what is in the piece sees it twice.
                let end = if at < own { end.min(own) } else { end };
                let length = PIECE.min(usize::try_from(end - at).unwrap());
                let piece = &mut self.piece[..length];
                if self.memory.read_exact_at(piece, at).is_err() {
                    break;
                }
                found += piece.windows(LOOKED_FOR).filter(|it| is_secret(it)).count();
                // Or else the next look would find it here.
                piece.fill(0);
                // Pieces overlap, because the secret may lie across the border.
                at = if length < PIECE { end } else { at + STEP };
            }
        }
        found
    }
}

fn is_secret(bytes: &[u8]) -> bool {
    let disguised = black_box(&DISGUISED[DISGUISED.len() - LOOKED_FOR..]);
    let mut both = bytes.iter().zip(disguised);
    both.all(|(byte, disguised)| *byte == disguised ^ DISGUISE)
}

const CODES: &[u8] =
    br#"{"device_code":"c","user_code":"U-1","verification_uri":"https://as.example/device","expires_in":600}"#;

fn config() -> Config {
    Config::new("tv", "https://as.example/d", "https://as.example/t")
}

fn answer<M: Machine>(machine: &mut M, now: &mut Timestamp, body: &[u8]) {
    loop {
        match machine.poll_output(*now) {
            Output::Send(request) => {
                let id = request.id();
                let response = Response::new(200, body);
                machine.handle_input(*now, Input::Response(id, response)).unwrap();
                return;
            }
            Output::WaitUntil(until) => *now = until,
            Output::Event(_) => {}
            Output::Done => panic!(),
        }
    }
}

/// A whole sign-in whose tokens come in this body, and what is done with them afterwards.
fn sign_in(template: &str) {
    let body = with_secret(template);
    let mut now = Timestamp::ZERO;
    let mut flow = DeviceFlow::new(config()).unwrap();
    answer(&mut flow, &mut now, CODES);
    answer(&mut flow, &mut now, &body);
    let Ok(Outcome::Authorized(tokens)) = flow.into_outcome() else { panic!("{template}") };
    let mut session = Session::new(config(), tokens, now).unwrap();
    let stored = session.suspend(now).to_json();
    let stored = StoredSession::from_json(stored.expose()).unwrap();
    let resumed = Session::resume(config(), stored, Duration::ZERO, now).unwrap();
    drop(resumed);
    session.refresh(now).unwrap();
    answer(&mut session, &mut now, &body);
    assert!(session.tokens().refresh_token().is_some());
}

/// Codes with the secret in them, put aside and taken up again.
fn codes() {
    let body = with_secret(
        r#"{"device_code":"$\/x","user_code":"U-1","verification_uri":"https://as.example/device","note":"$","expires_in":600}"#,
    );
    let mut now = Timestamp::ZERO;
    let mut flow = DeviceFlow::new(config()).unwrap();
    answer(&mut flow, &mut now, &body);
    let stored = flow.suspend(now).unwrap().to_json();
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let mut resumed = DeviceFlow::resume(config(), pending, Duration::ZERO, now).unwrap();
    let refusal = with_secret(r#"{"error":"invalid_request","error_description":"no such code: $"}"#);
    answer(&mut resumed, &mut now, &refusal);
    assert!(resumed.is_done());
}

/// A library call that allocates behind a secret's back leaves a copy where nobody wipes it.
#[test]
fn k7_no_copy_of_a_secret_stays_in_memory() {
    let mut eye = Eye::new();
    assert_eq!(eye.copies(), 0);
    // The eye is good: it finds what was dropped and not wiped.
    drop(black_box(with_secret("$").to_vec()));
    assert_eq!(eye.copies(), 1, "this copy was not wiped");
    drop(black_box(vec![b'.'; DISGUISED.len()]));
    assert_eq!(eye.copies(), 0, "something else is there now");

    for template in [
        r#"{"access_token":"$","refresh_token":"$"}"#,
        r#"{"access_token":"$","refresh_token":"r","x":"a\nb"}"#,
        r#"{"access_token":"$\/x","refresh_token":"$\u0041"}"#,
        r#"{"access_token":"$","refresh_token":"r","x":"$","y":{"z":["$"]}}"#,
        r#"{"access_token":"$","refresh_token":"r","id_token":"$","scope":["a","b"]}"#,
        "\u{feff}{\"access_token\":\"$\",\"refresh_token\":\"r\",\"x\":\"gr\u{fc}n\"}",
        "access_token=$&refresh_token=$&token_type=bearer",
        "access_token=$%2F%2Fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx&refresh_token=r",
        "access_token=$%2Fa&refresh_token=$%41&x=$+%2F",
    ] {
        sign_in(template);
        assert_eq!(eye.copies(), 0, "{template}");
    }
    codes();
    assert_eq!(eye.copies(), 0, "codes");
    // Bytes that are not UTF-8.
    let mut body = with_secret(r#"{"access_token":"$","refresh_token":"r","x":"gr!n"}"#);
    let place = body.iter().position(|it| *it == b'!').unwrap();
    body[place] = 0xFC;
    let mut now = Timestamp::ZERO;
    let mut flow = DeviceFlow::new(config()).unwrap();
    answer(&mut flow, &mut now, CODES);
    answer(&mut flow, &mut now, &body);
    assert!(matches!(flow.outcome(), Some(Outcome::Authorized(_))));
    drop((flow, body));
    assert_eq!(eye.copies(), 0, "not UTF-8");
}
