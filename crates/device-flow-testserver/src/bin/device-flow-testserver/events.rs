//! What happens, as lines of JSON.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use device_flow_testserver::{Decider, Event};
use serde_json::{Value, json};

/// How many lines wait for a reader who takes a break.
const WAITING: usize = 16 * 1024;

/// Writes events on a thread of its own, so that nobody who does not read holds the server up; and none before the ready
/// line, because who starts the program reads that one first.
pub(crate) struct Events {
    sender: SyncSender<Message>,
    receiver: Mutex<Option<Receiver<Message>>>,
    lost: Arc<AtomicU64>,
}

enum Message {
    Line(String),
    /// Nothing more comes; told to who waits for that.
    End(Sender<()>),
}

impl Events {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        Self { sender, receiver: Mutex::new(Some(receiver)), lost: Arc::default() }
    }

    /// Tells what happened, unless too much has not been read yet.
    pub(crate) fn tell(&self, event: &Event) {
        if self.sender.try_send(Message::Line(line(event).to_string())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes what has happened and what happens from now on.
    pub(crate) fn write_to(&self, mut writer: impl Write + Send + 'static) {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(receiver) = receiver else { return };
        let lost = Arc::clone(&self.lost);
        std::thread::spawn(move || {
            for message in receiver {
                let line = match message {
                    Message::Line(line) => line,
                    Message::End(ended) => {
                        // Who waited for it may have given up.
                        let _ = ended.send(());
                        return;
                    }
                };
                let count = lost.swap(0, Ordering::Relaxed);
                let more = if count == 0 {
                    String::new()
                } else {
                    format!("{}\n", json!({ "event": "lost", "count": count }))
                };
                // Who does not read on has lost interest, and nothing else.
                let _ = writer.write_all(format!("{more}{line}\n").as_bytes()).and_then(|()| writer.flush());
            }
        });
    }

    /// Waits until everything is written, for `limit` at most.
    pub(crate) fn finish(&self, limit: Duration) {
        let start = Instant::now();
        let (ended, end) = channel();
        // Behind everything else, as soon as there is room.
        while self.sender.try_send(Message::End(ended.clone())).is_err() {
            if start.elapsed() >= limit {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // Either it is all written, or nobody reads it.
        let _ = end.recv_timeout(limit.saturating_sub(start.elapsed()));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written, for another thread to look at.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn what_happens_before_the_ready_line_is_told_after_it() {
        let (events, written) = (Events::new(), Shared::default());
        events.tell(&Event::Metadata);
        events.write_to(written.clone());
        events.tell(&Event::WrongCode);
        events.finish(LIMIT);
        assert_eq!(written.text(), "{\"event\":\"metadata\"}\n{\"event\":\"wrong_code\"}\n");
    }

    #[test]
    fn nobody_who_does_not_read_holds_the_server_up_and_what_was_lost_is_counted() {
        let (events, written) = (Events::new(), Shared::default());
        for _ in 0..WAITING + 3 {
            events.tell(&Event::Metadata);
        }
        events.write_to(written.clone());
        let start = Instant::now();
        while events.sender.try_send(Message::Line("{}".to_owned())).is_err() {
            assert!(start.elapsed() < LIMIT);
        }
        events.finish(LIMIT);
        let text = written.text();
        assert!(text.contains("{\"count\":3,\"event\":\"lost\"}\n"), "{} lines", text.lines().count());
        assert_eq!(text.lines().count(), WAITING + 2);
    }
}
