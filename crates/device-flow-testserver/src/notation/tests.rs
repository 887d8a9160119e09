use std::time::Duration;

use serde_json::json;

use super::*;
use crate::answer::Answer;
use crate::dialect::{Dialect, ErrorWords, Members};
use crate::fault::Fault;
use crate::script::{Script, Step};

fn steps(json: &serde_json::Value) -> Vec<Step> {
    let text = json.to_string();
    let Steps(steps) = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    steps
}

fn mistake(json: &serde_json::Value) -> String {
    serde_json::from_str::<Steps>(&json.to_string()).unwrap_err().to_string()
}

#[test]
fn every_decision_has_a_name() {
    let named = json!(["ordinary", "pending", "slow_down", "denied", "expired", "approve"]);
    let expected =
        [Step::ordinary(), Step::pending(), Step::slow_down(), Step::deny(), Step::expire(), Step::approve()];
    assert_eq!(steps(&named), expected);
    assert_eq!(steps(&json!([{ "answer": "slow_down", "interval": 22 }])), [Step::slow_down_to(22)]);
}

/// As it is written, for each fault there is: who adds one has to add it here.
fn written(fault: &Fault) -> serde_json::Value {
    let milliseconds = |duration: &Duration| format!("{}ms", duration.as_millis());
    match fault {
        Fault::Close => json!("close"),
        Fault::Reset => json!({ "fault": "reset" }),
        Fault::Hang(duration) => json!({ "fault": "hang", "for": milliseconds(duration) }),
        Fault::Truncate { at } => json!({ "fault": "truncate", "at": at }),
        Fault::UntilClosed => json!("until_closed"),
        Fault::CutByReset { at } => json!({ "fault": "cut_by_reset", "at": at }),
        Fault::CutBelowTls { at } => json!({ "fault": "cut_below_tls", "at": at }),
        Fault::Drip { every } => json!({ "fault": "drip", "every": milliseconds(every) }),
        Fault::DripAll { every } => json!({ "fault": "drip_all", "every": milliseconds(every) }),
        Fault::Oversize { bytes } => json!({ "fault": "oversize", "bytes": bytes }),
        Fault::Endless => json!("endless"),
        Fault::CloseAfterAnswer { idle } => json!({ "fault": "close_after_answer", "for": milliseconds(idle) }),
        Fault::Raw(bytes) => json!({ "fault": "raw", "body": String::from_utf8_lossy(bytes) }),
        Fault::Flood { start, again, every } => {
            let [start, again] = [start, again].map(|it| String::from_utf8_lossy(it));
            json!({ "fault": "flood", "body": start, "again": again, "every": milliseconds(every) })
        }
    }
}

#[test]
fn every_fault_has_a_name() {
    let time = Duration::from_millis(80);
    let faults = [
        Fault::Close,
        Fault::Reset,
        Fault::Hang(time),
        Fault::Truncate { at: 7 },
        Fault::UntilClosed,
        Fault::CutByReset { at: 7 },
        Fault::CutBelowTls { at: 7 },
        Fault::Drip { every: time },
        Fault::DripAll { every: time },
        Fault::Oversize { bytes: 9_999_999 },
        Fault::Endless,
        Fault::CloseAfterAnswer { idle: time },
        Fault::Raw(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        Fault::Flood { start: b"HTTP/1.1 200 OK\r\n".to_vec(), again: b"a: b\r\n".to_vec(), every: time },
    ];
    for fault in faults {
        assert_eq!(steps(&json!([written(&fault)])), [Step::of_fault(fault)]);
    }
    let lost = json!([{ "answer": "approve", "fault": "close", "late": "1s" }]);
    assert_eq!(steps(&lost), [Step::approve().fault(Fault::Close).late(Duration::from_secs(1))]);
    let raw = json!([{ "fault": "raw", "base64": "AAH/" }]);
    assert_eq!(steps(&raw), [Step::of_fault(Fault::Raw(vec![0, 1, 255]))]);
}

#[test]
fn answers_are_written_out_with_status_headers_and_body() {
    let written = json!([
        { "status": 502, "headers": { "retry-after": "2", "x-a": ["1", "2"] }, "body": "<h1>Bad gateway</h1>" },
        { "status": 200, "json": { "access_token": "" }, "times": 2 },
        { "status": 400, "headers": { "Content-Type": "text/html" }, "json": {} },
        { "status": 200, "base64": "AAH/", "fault": "truncate", "at": 2 },
        { "status": 204 },
    ]);
    let gateway = Answer::new(502).header("retry-after", "2").header("x-a", "1").header("x-a", "2");
    let empty = Answer::new(200).header("content-type", "application/json").body(r#"{"access_token":""}"#);
    let expected = [
        Step::answer(gateway.body("<h1>Bad gateway</h1>")),
        Step::answer(empty.clone()),
        Step::answer(empty),
        Step::answer(Answer::new(400).header("Content-Type", "text/html").body("{}")),
        Step::answer(Answer::new(200).body(vec![0, 1, 255])).fault(Fault::Truncate { at: 2 }),
        Step::answer(Answer::new(204)),
    ];
    assert_eq!(steps(&written), expected);
}

#[test]
fn times_are_seconds_or_have_units() {
    let time = |json: serde_json::Value| serde_json::from_value::<Time>(json).map(|Time(duration)| duration);
    assert_eq!(time(json!(5)).unwrap(), Duration::from_secs(5));
    assert_eq!(time(json!(0.25)).unwrap(), Duration::from_millis(250));
    assert_eq!(time(json!("1m 30s")).unwrap(), Duration::from_secs(90));
    for wrong in [json!(-1), json!(-0.5), json!("5"), json!("five"), json!([]), json!(1e300)] {
        assert!(time(wrong.clone()).unwrap_err().to_string().contains("expected a time"), "{wrong}");
    }
}

#[test]
fn what_makes_no_sense_is_named() {
    for (wrong, named) in [
        (json!(["pend"]), "unknown step `pend`"),
        (json!(["hang"]), "{ fault = \"hang\", for = \"10s\" }"),
        (json!([{ "fault": "truncate" }]), "{ fault = \"truncate\", at = 10 }"),
        (json!([{ "fault": "reset", "at": 1 }]), "the fault `reset` has no `at`"),
        (json!([{ "fault": "melt" }]), "unknown variant `melt`, expected one of `close`"),
        (json!([{ "answer": "pending", "at": 1 }]), "`at` belongs to a `fault`"),
        (json!([{ "answer": "pending", "status": 200 }]), "not both"),
        (json!([{ "answer": "pending", "interval": 3 }]), "`interval` belongs to"),
        (json!([{ "answer": "pending", "body": "x" }]), "headers and body belong to a `status`"),
        (json!([{ "fault": "close", "headers": { "a": "b" } }]), "headers and body belong to a `status`"),
        (json!([{ "fault": "raw", "body": "x", "status": 200 }]), "instead of an answer"),
        (json!([{ "status": 200, "body": "x", "json": 1 }]), "one of `body`, `json` and `base64`"),
        (json!([{ "status": 100 }]), "the status 100 is none"),
        (json!([{ "status": 70_000 }]), "expected u16"),
        (json!([{ "status": 200, "headers": { "a b": "c" } }]), "HTTP cannot carry the header \"a b\""),
        (json!([{ "status": 200, "headers": { "a": "b\n" } }]), "HTTP cannot carry the header \"a\""),
        (json!([{ "status": 200, "base64": "!" }]), "`base64` is none"),
        (json!([{ "answer": "pending", "times": 0 }]), "`times` is 1 to 100000"),
        (json!([{ "answer": "pending", "times": 99_999 }, { "answer": "pending", "times": 2 }]), "more than 100000"),
        (json!([{ "status": 200, "body": "x".repeat(1024), "times": 65_537 }]), "more than 67108864 bytes in all"),
        (json!([{ "fault": "raw", "body": "x".repeat(1024), "times": 65_537 }]), "more than 67108864 bytes in all"),
        (json!([{ "late": "1s" }]), "a step needs `answer`, `status` or `fault`"),
        (json!([{ "answr": "pending" }]), "unknown field `answr`"),
        (json!([7]), "expected a step"),
        (json!("pending"), "expected a list of steps"),
    ] {
        let mistake = mistake(&wrong);
        assert!(mistake.contains(named), "{wrong}: {mistake}");
    }
}

#[test]
fn a_script_is_a_list_or_says_what_comes_for_ever() {
    let script = |json: serde_json::Value| serde_json::from_value::<ScriptNotation>(json).unwrap().0;
    assert_eq!(script(json!(["pending", "approve"])), Script::new().pending(1).approve());
    let table = json!({ "steps": ["denied"], "then": "reset" });
    assert_eq!(script(table), Script::new().deny().always(Step::of_fault(Fault::Reset)));
    assert!(serde_json::from_value::<ScriptNotation>(json!({ "step": [] })).is_err());
    let counted = json!({ "then": { "answer": "denied", "times": 2 } });
    let mistake = serde_json::from_value::<ScriptNotation>(counted).unwrap_err().to_string();
    assert!(mistake.contains("`then` comes for ever, and has no `times`"), "{mistake}");
}

#[test]
fn a_step_can_be_read_from_its_name_alone() {
    assert_eq!("slow_down".parse(), Ok(Step::slow_down()));
    assert_eq!("reset".parse(), Ok(Step::of_fault(Fault::Reset)));
    assert!("rest".parse::<Step>().unwrap_err().to_string().contains("unknown step `rest`"));
}

#[test]
fn a_dialect_is_a_name_or_what_differs_from_it() {
    let dialect = |json: serde_json::Value| serde_json::from_value::<DialectNotation>(json).map(|it| it.0);
    assert_eq!(dialect(json!("github")).unwrap(), Dialect::named("github").unwrap());
    let error = dialect(json!("myspace")).unwrap_err().to_string();
    assert!(error.contains("unknown dialect `myspace`; there are rfc8628, amazon"), "{error}");
    let written = json!({
        "device_authorization_path": "/d", "token_path": "/t", "device_code_parameter": "dc", "scope_parameter": "s",
        "scope_separator": ";", "grant_types": ["poll"], "response_type": true, "user_code_with_polls": true,
        "joined_credentials": { "parameter": "access_token", "separator": "|" },
        "device_answer": { "rename": { "user_code": "uc" }, "omit": ["interval"], "set": { "hint": "{user_code}" } },
        "token_answer": { "omit": ["scope"] }, "scope_list": true, "numbers_as_strings": true, "form_answers": true,
        "content_type": "text/plain", "error_status": 200, "error_body": { "why": "{error}" },
        "errors": { "slow_down": { "status": 429, "code": "too_fast", "body": "" } }, "slow_down_tells_interval": true,
    });
    let expected = Dialect::rfc8628()
        .paths("/d", "/t")
        .device_code_parameter("dc")
        .scope_parameter("s")
        .scope_separator(";")
        .grant_types(&["poll"])
        .response_type()
        .user_code_with_polls()
        .joined_credentials("access_token", "|")
        .device_answer(Members::new().rename("user_code", "uc").omit("interval").set("hint", "{user_code}"))
        .token_answer(Members::new().omit("scope"))
        .scope_list()
        .numbers_as_strings()
        .form_answers()
        .content_type("text/plain")
        .error_status(200)
        .error_body(json!({ "why": "{error}" }))
        .error("slow_down", ErrorWords::new().status(429).code("too_fast").body(json!("")))
        .slow_down_tells_interval();
    assert_eq!(dialect(written).unwrap(), expected);
    let based = json!({ "name": "github", "form_answers": false, "device_answer": { "omit": ["interval"] } });
    assert_ne!(dialect(based.clone()).unwrap(), Dialect::named("github").unwrap());
    let wrong = json!({ "name": "github", "form_answer": false });
    assert!(dialect(wrong).unwrap_err().to_string().contains("unknown field `form_answer`"));
}
