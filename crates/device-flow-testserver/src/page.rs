//! The approval page: enter the code, confirm, done (RFC 8628 §3.3).

mod guard;
mod sessions;
mod view;

use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::codes::{Authorization, Standing};
use crate::event::{Decider, Event};
use crate::form::{self, PageForm};
use crate::registrations::Registrations;
use crate::reply::Reply;
use crate::state::{Shared, State};
use crate::transcript::Request;
use crate::user_code::normalized;

use sessions::Session;
pub(crate) use sessions::Sessions;
use view::{CodeForm, Notice};

/// `/device`: the form for the code, and what happens when it is sent.
pub(crate) fn code(shared: &Shared, request: &Request) -> Reply {
    if let Some(refusal) = guard::foreign_host(shared, request) {
        return refusal;
    }
    if request.method == "POST" {
        return guarded(shared, request, enter_code);
    }
    let user_code = request.query_parameter("user_code").unwrap_or_default();
    // With the code in the link, the person compares instead of typing (RFC 8628 §3.3.1).
    let notice = if user_code.is_empty() { Notice::None } else { Notice::Compare };
    blank_form(shared, request, 200, user_code, notice)
}

/// `/device/decision`: approve or deny the code that was confirmed before.
pub(crate) fn decision(shared: &Shared, request: &Request) -> Reply {
    guard::foreign_host(shared, request).unwrap_or_else(|| guarded(shared, request, decide))
}

/// `/device/done`: what this browser decided last.
pub(crate) fn done(shared: &Shared, request: &Request) -> Reply {
    if let Some(refusal) = guard::foreign_host(shared, request) {
        return refusal;
    }
    let state = shared.state();
    let session = state.sessions.find(guard::session_cookie(shared, request));
    match session.and_then(|session| session.decided) {
        Some(Standing::Denied) => view::denied(shared).into(),
        Some(_) => view::approved(shared).into(),
        None => {
            view::message(shared, 404, "Nothing decided", "No device was approved or denied in this browser.").into()
        }
    }
}

/// A post that came from our own form in this browser.
struct Post<'a> {
    shared: &'a Shared,
    form: PageForm,
    session_id: String,
    now: Instant,
}

/// Lets a post through when it carries the token of the session that its cookie names.
fn guarded(shared: &Shared, request: &Request, next: fn(&Post<'_>) -> Reply) -> Reply {
    if guard::is_foreign_origin(shared, request) {
        return view::message(shared, 403, "Not from here", "This form was sent from another site.").into();
    }
    let Ok(form) = form::read::<PageForm>(request) else {
        return view::message(shared, 400, "Not understood", "The form could not be read.").into();
    };
    let session_id = {
        let state = shared.state();
        let session = state.sessions.find(guard::session_cookie(shared, request));
        session.filter(|session| session.is_form_token(&form.form_token)).map(|session| session.id.clone())
    };
    match session_id {
        Some(session_id) => next(&Post { shared, form, session_id, now: request.arrived }),
        None => blank_form(shared, request, 403, &form.user_code, Notice::Stale),
    }
}

fn enter_code(post: &Post<'_>) -> Reply {
    let Post { shared, form, session_id, now } = post;
    let mut state = shared.state();
    let State { codes, registrations, sessions, guesses, .. } = &mut *state;
    let Some(session) = sessions.find_mut(session_id) else {
        return expired_session(shared);
    };
    if let Some(wait) = locked_for(session, guesses.locked_for(*now), *now) {
        return locked(shared, session, wait);
    }
    if let Some(code) = codes.find(&form.user_code, *now) {
        session.guesses.forget();
        session.confirming = Some(normalized(&code.user_code));
        let name = client_name(shared, registrations, code);
        return view::confirm(shared, session, code, name).into();
    }
    session.guesses.wrong_code(*now);
    guesses.wrong_code(*now);
    let reply = if let Some(wait) = locked_for(session, guesses.locked_for(*now), *now) {
        locked(shared, session, wait)
    } else {
        let form = CodeForm { form_token: &session.form_token, user_code: &form.user_code, notice: Notice::Wrong };
        view::code_form(shared, 400, &form).into()
    };
    reply.event(Event::WrongCode)
}

fn decide(post: &Post<'_>) -> Reply {
    let Post { shared, form, session_id, now } = post;
    let standing = match form.decision.as_str() {
        "approve" => Standing::Approved,
        "deny" => Standing::Denied,
        _ => {
            return view::message(shared, 400, "Not understood", "Choose to approve or to deny.").into();
        }
    };
    let mut state = shared.state();
    let State { codes, sessions, .. } = &mut *state;
    let Some(session) = sessions.find_mut(session_id) else {
        return expired_session(shared);
    };
    // Only a code this browser has been shown can be decided about: this form is no way to guess.
    if session.confirming.take() != Some(normalized(&form.user_code)) {
        let form = CodeForm { form_token: &session.form_token, user_code: &form.user_code, notice: Notice::Stale };
        return view::code_form(shared, 403, &form).into();
    }
    let decided = codes.decide(&form.user_code, standing, *now).map(|code| code.user_code.clone());
    let Some(user_code) = decided else {
        let text = "This code has expired or was decided about already. Start again on your device.";
        return view::message(shared, 410, "Too late", text).into();
    };
    session.decided = Some(standing);
    let by = Decider::Page;
    let event = match standing {
        Standing::Denied => Event::Denied { user_code, by },
        _ => Event::Approved { user_code, by },
    };
    // To be asked for with GET, so that a reload sends no form again.
    let done = format!("{}/device/done", shared.place.path);
    Reply::from(Answer::redirect(303, &done).header("cache-control", "no-store")).event(event)
}

/// The form, for a browser that may have no session yet.
fn blank_form(shared: &Shared, request: &Request, status: u16, user_code: &str, notice: Notice) -> Reply {
    let mut state = shared.state();
    let known = state.sessions.find(guard::session_cookie(shared, request)).map(|session| session.form_token.clone());
    let (form_token, cookie) = match known {
        Some(form_token) => (form_token, None),
        None => match Session::new(shared.options.wrong_code_lock) {
            Ok(session) => {
                let made = (session.form_token.clone(), Some(guard::set_cookie(shared, &session.id)));
                state.sessions.push(session);
                made
            }
            Err(_) => return Answer::text(500, "the system gave no randomness\n").into(),
        },
    };
    let answer = view::code_form(shared, status, &CodeForm { form_token: &form_token, user_code, notice });
    match cookie {
        Some(cookie) => answer.header("set-cookie", &cookie).into(),
        None => answer.into(),
    }
}

fn locked_for(session: &Session, overall: Option<Duration>, now: Instant) -> Option<Duration> {
    session.guesses.locked_for(now).max(overall)
}

fn locked(shared: &Shared, session: &Session, wait: Duration) -> Reply {
    // Rounded up, so that who comes back then is let in.
    let seconds = wait.as_secs().saturating_add(1);
    let form = CodeForm { form_token: &session.form_token, user_code: "", notice: Notice::Locked { seconds } };
    view::code_form(shared, 429, &form).header("retry-after", &seconds.to_string()).into()
}

fn expired_session(shared: &Shared) -> Reply {
    view::message(shared, 403, "Start again", "This form is no longer valid. Open the page again.").into()
}

/// How a client is called on the page.
fn client_name<'a>(shared: &'a Shared, registrations: &'a Registrations, code: &'a Authorization) -> &'a str {
    shared
        .client(&code.client_id)
        .or_else(|| registrations.find(&code.client_id))
        .and_then(|client| client.name.as_deref())
        .unwrap_or(&code.client_id)
}
