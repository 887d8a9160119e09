//! Any answer as the refusal of any request: nobody gets to see what was sent in confidence.

use core::fmt::Debug;
use core::time::Duration;

use device_flow_core::{
    Call, ClientMetadata, ConfigError, Introspection, Refresh, Registration, Revocation, Session, SessionEvent,
    SignInReason, StoredSession, Timestamp, Userinfo,
};

use crate::answer::Answer;
use crate::check::{self, planted};
use crate::config;
use crate::drive;

/// Where the calls go.
pub const ENDPOINT: &str = "https://as.example/endpoint";

/// Refuses every request that there is with the answer.
pub fn run(data: &[u8]) {
    let Some(answer) = Answer::read(data) else {
        return;
    };
    let config = config::confidential(answer.server);
    let (access, refresh) = (planted::ACCESS_TOKEN, planted::REFRESH_TOKEN);
    let secret = planted::CLIENT_SECRET;
    call(&answer, Refresh::refresh(&config, refresh), &[secret, refresh]);
    call(&answer, Introspection::introspect(&config, ENDPOINT, access), &[secret, access]);
    // No client speaks for itself here, so its secret is not told.
    call(&answer, Userinfo::userinfo(&config, ENDPOINT, access), &[access]);
    let metadata = ClientMetadata::new().client_name("tv").scope("openid").initial_access_token(access);
    call(&answer, Registration::register(ENDPOINT, &metadata, false), &[access]);
    call(&answer, Revocation::revoke_refresh_token(&config, ENDPOINT, refresh), &[secret, refresh]);
    call(&answer, Revocation::revoke_access_token(&config, ENDPOINT, access), &[secret, access]);
    session(&answer);
}

/// Makes a call and has every attempt answered alike; nothing shows what was `confided`.
fn call<T: Debug>(answer: &Answer<'_>, call: Result<Call<T>, ConfigError>, confided: &[&str]) {
    let mut call = call.expect("it can work");
    let (_, end) = drive::answer_with(&mut call, Timestamp::ZERO, answer.response(), 4, confided);
    assert!(end.is_some(), "a call ends after four attempts");
    check::debug_is_silent(&call, confided);
    match call.into_outcome() {
        Ok(Err(failure)) => check::failure_is_fit(&failure, confided),
        // What the server itself tells about a token or a person is behind accessors.
        Ok(Ok(good)) => check::debug_is_silent(&good, &[planted::CLIENT_SECRET]),
        Err(call) => panic!("it has ended: {call:?}"),
    }
}

/// What a refresh tells the server.
const SECRETS: &[&str] = &[planted::CLIENT_SECRET, planted::REFRESH_TOKEN];

fn session(answer: &Answer<'_>) {
    let config = config::confidential(answer.server);
    let stored =
        StoredSession::new(&config, planted::ACCESS_TOKEN, Some(planted::REFRESH_TOKEN), Some(Duration::from_secs(60)));
    let stored = stored.expect("tokens that can be sent");
    let mut session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO)
        .expect("the client and server that they are of");
    session.refresh(Timestamp::ZERO).expect("there is a token");
    let (events, _) = drive::answer_with(&mut session, Timestamp::ZERO, answer.response(), 2, &[]);
    let is_renewed = session.tokens().access_token().expose() != planted::ACCESS_TOKEN;
    if !is_renewed {
        check::debug_is_silent(&session, SECRETS);
    }
    for event in &events {
        match event {
            SessionEvent::RefreshFailed(failure) => check::failure_is_fit(failure, SECRETS),
            SessionEvent::SignInNeeded(SignInReason::Refused(error)) => {
                check::server_error_is_fit(error, SECRETS);
            }
            _ => {}
        }
    }
}
