//! What happens, as lines of JSON.

use std::io::{self, Write as _};

use device_flow_testserver::{Decider, Event};
use serde_json::{Value, json};

/// Writes one line. Who does not read on has lost interest, and nothing else.
pub(crate) fn write(event: &Event) {
    // Whole before it is written: a JSON value does not expect that writing it fails.
    let line = format!("{}\n", line(event));
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
}

fn line(event: &Event) -> Value {
    match event {
        Event::Metadata => json!({ "event": "metadata" }),
        Event::DeviceAuthorization { client_id, scope, user_code } => json!({
            "event": "device_authorization", "client_id": client_id, "scope": scope, "user_code": user_code,
        }),
        Event::Poll { user_code, number, answer } => {
            json!({ "event": "poll", "user_code": user_code, "number": number, "answer": answer })
        }
        Event::Approved { user_code, by } => json!({ "event": "approved", "user_code": user_code, "by": name(*by) }),
        Event::Denied { user_code, by } => json!({ "event": "denied", "user_code": user_code, "by": name(*by) }),
        Event::Expired { user_code, by } => json!({ "event": "expired", "user_code": user_code, "by": name(*by) }),
        Event::WrongCode => json!({ "event": "wrong_code" }),
        Event::Refreshed { client_id } => json!({ "event": "refreshed", "client_id": client_id }),
        Event::RefreshTokenReused { client_id } => json!({ "event": "refresh_token_reused", "client_id": client_id }),
        Event::Revoked { client_id } => json!({ "event": "revoked", "client_id": client_id }),
        Event::Introspected { client_id, is_active } => {
            json!({ "event": "introspected", "client_id": client_id, "is_active": is_active })
        }
        Event::Userinfo { client_id } => json!({ "event": "userinfo", "client_id": client_id }),
        Event::Registered { client_id, client_name } => {
            json!({ "event": "registered", "client_id": client_id, "client_name": client_name })
        }
        // One that this program does not know yet.
        _ => json!({ "event": "other" }),
    }
}

fn name(decider: Decider) -> &'static str {
    match decider {
        Decider::Page => "page",
        Decider::Call => "call",
        _ => "server",
    }
}
