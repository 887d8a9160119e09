//! The control API, call by call.

use serde_json::{Value, json};

use crate::running::Program;

fn manual() -> Program {
    Program::start(&["--approval=manual"])
}

#[test]
fn codes_are_listed_approved_denied_and_made_to_expire() {
    let program = manual();
    assert_eq!(program.get("/codes").json(), json!({ "codes": [] }));
    let devices: Vec<_> = (0..3).map(|_| program.device()).collect();
    let approved = program.approve(&devices[0].1.to_lowercase());
    assert_eq!((approved.status, &approved.json()["standing"]), (200, &json!("approved")));
    let user_code = |index: usize| json!({ "user_code": devices[index].1 });
    assert_eq!(program.post("/deny", &user_code(1)).json()["standing"], "denied");
    assert_eq!(program.post("/expire", &user_code(2)).json()["standing"], "expired");
    for ((device_code, _), expected) in devices.iter().zip(["", "access_denied", "expired_token"]) {
        assert_eq!(program.poll(device_code).error(), expected);
    }
    let codes = program.get("/codes").json();
    let standings: Vec<_> = codes["codes"].as_array().unwrap().iter().map(|code| code["standing"].clone()).collect();
    assert_eq!(standings, ["used", "denied", "expired"]);
    let first = &codes["codes"][0];
    assert_eq!(
        (&first["user_code"], &first["client_id"], &first["polls"]),
        (&json!(devices[0].1), &json!("tv"), &json!(1))
    );
    assert!(first["expires_in"].as_f64().unwrap() > 500.0);
    let one = program.get(&format!("/codes?user_code={}", devices[1].1)).json();
    assert_eq!(one["codes"].as_array().unwrap().len(), 1);
    assert!(!codes.to_string().contains(&devices[0].0), "a device code is nobody's business");
}

#[test]
fn a_code_that_is_unknown_or_decided_is_told_apart() {
    let program = manual();
    let (_, user_code) = program.device();
    program.approve(&user_code);
    let again = program.post("/deny", &json!({ "user_code": user_code }));
    assert_eq!((again.status, again.error().as_str()), (409, "not_pending"));
    assert_eq!(again.json()["message"], "the code is approved already");
    for path in ["/approve", "/deny", "/expire"] {
        let unknown = program.post(path, &json!({ "user_code": "NONE-SUCH" }));
        assert_eq!((unknown.status, unknown.error().as_str()), (404, "unknown_code"), "{path}");
    }
    assert_eq!(program.get("/codes?user_code=NONE-SUCH").status, 404);
}

#[test]
fn answers_are_queued_for_the_next_polls_for_one_code_and_for_other_endpoints() {
    let program = manual();
    let ((first, _), (second, user_code)) = (program.device(), program.device());
    let steps = json!([{ "status": 502, "body": "gateway" }, "slow_down", { "answer": "pending", "times": 2 }]);
    assert_eq!(program.post("/answers", &json!({ "steps": steps })).json(), json!({ "queued": 4 }));
    let of_one = json!({ "user_code": user_code, "steps": ["approve"] });
    assert_eq!(program.post("/answers", &of_one).json(), json!({ "queued": 1 }));
    assert_eq!(program.poll(&second).status, 200);
    assert_eq!(program.poll(&first).text(), "gateway");
    assert_eq!(program.poll(&first).error(), "slow_down");
    for (endpoint, path) in [
        ("device_authorization", "device_authorization_endpoint"),
        ("revocation", "revocation_endpoint"),
        ("introspection", "introspection_endpoint"),
        ("userinfo", "userinfo_endpoint"),
        ("registration", "registration_endpoint"),
    ] {
        let queued = program.post("/answers", &json!({ "endpoint": endpoint, "steps": [{ "status": 418 }] }));
        assert_eq!(queued.status, 200, "{}", queued.text());
        assert_eq!(program.send(path, "client_id=tv").status, 418, "{endpoint}");
    }
    let refresh = json!({ "endpoint": "refresh", "steps": [{ "status": 418 }] });
    program.post("/answers", &refresh);
    assert_eq!(program.send("token_endpoint", "grant_type=refresh_token").status, 418);
    let unknown = program.post("/answers", &json!({ "user_code": "NONE-SUCH", "steps": [] }));
    assert_eq!(unknown.status, 404);
    let both = json!({ "user_code": user_code, "endpoint": "refresh", "steps": [] });
    assert_eq!(program.post("/answers", &both).status, 400);
}

#[test]
fn the_next_code_and_an_endpoint_can_be_scripted() {
    let program = manual();
    assert_eq!(program.post("/scripts", &json!({ "script": ["denied"] })).status, 200);
    let ((scripted, _), (plain, _)) = (program.device(), program.device());
    assert_eq!(program.poll(&plain).error(), "authorization_pending");
    assert_eq!(program.poll(&scripted).error(), "access_denied");
    let script = json!({ "endpoint": "device_authorization", "script": { "then": { "status": 503 } } });
    assert_eq!(program.post("/scripts", &script).status, 200);
    for _ in 0..3 {
        assert_eq!(program.send("device_authorization_endpoint", "client_id=tv").status, 503);
    }
}

#[test]
fn the_transcript_holds_every_request_and_shows_secrets_only_when_asked() {
    let program = manual();
    let (device_code, _) = program.device();
    program.poll(&device_code);
    let text = program.get("/transcript").text();
    assert!(!text.contains(&device_code), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let paths: Vec<_> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/device_authorization", "/token"]);
    assert_eq!(lines[0]["parameters"], json!([["client_id", "tv"]]));
    assert_eq!(lines[1]["parameters"][1], json!(["device_code", "…"]));
    assert_eq!((&lines[1]["method"], &lines[1]["connection"]), (&json!("POST"), &json!(2)));
    assert!(lines[1]["arrived"].as_f64().unwrap() >= lines[0]["arrived"].as_f64().unwrap());
    assert!(lines[1]["headers"].as_array().unwrap().contains(&json!(["accept", "application/json"])));
    assert_eq!(lines[0]["body_length"], "client_id=tv".len());
    assert_eq!(lines[0].get("body"), None);

    let shown = program.get("/transcript?secrets=shown&path=/token");
    assert_eq!(shown.header("content-type"), Some("application/x-ndjson"));
    let line: Value = serde_json::from_str(shown.text().trim_end()).unwrap();
    assert_eq!(line["parameters"][1], json!(["device_code", device_code]));
    assert!(line["body"].as_str().unwrap().contains(&device_code));
    assert_eq!(program.get("/transcript?secrets=yes").status, 400);
    assert_eq!(program.get("/transcript?secret=shown").status, 400, "a misspelt wish is no wish");
    assert_eq!(program.get("/").json()["requests"], 2, "calls of this API are no requests");
}

#[test]
fn a_reset_makes_a_server_like_new() {
    let program = Program::start(&["--polls=denied"]);
    let (device_code, _) = program.device();
    program.post("/answers", &json!({ "steps": ["expired"] }));
    assert_eq!(program.call("POST", "/reset", b"").status, 200);
    assert_eq!(program.get("/codes").json(), json!({ "codes": [] }));
    assert!(program.get("/transcript").body.is_empty());
    assert_eq!(program.poll(&device_code).error(), "invalid_grant");
    assert_eq!(program.poll(&program.device().0).error(), "access_denied");
}

#[test]
fn access_tokens_can_be_made_to_expire() {
    let program = Program::start(&["--polls=approve"]);
    let tokens = program.poll(&program.device().0).json();
    let asked = format!("client_id=tv&token={}", tokens["access_token"].as_str().unwrap());
    let is_active = || program.send("introspection_endpoint", &asked).json()["active"].clone();
    assert_eq!(is_active(), true);
    assert_eq!(program.post("/expire_access_tokens", &json!({})).status, 200);
    assert_eq!(is_active(), false);
}
