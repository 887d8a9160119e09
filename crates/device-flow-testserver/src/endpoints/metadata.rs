//! Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::event::Event;
use crate::reply::Reply;
use crate::script::Endpoint;
use crate::state::Shared;

#[derive(Clone, Copy)]
pub(super) enum Kind {
    OAuth,
    OpenId,
}

pub(super) fn answer(shared: &Shared, kind: Kind) -> Reply {
    let step = shared.state().scripts.next(Endpoint::Metadata);
    Reply::scripted(step, || Reply::from(Answer::json(200, document(shared, kind).to_string())).event(Event::Metadata))
}

fn document(shared: &Shared, kind: Kind) -> Value {
    let place = &shared.place;
    let dialect = &shared.options.dialect;
    let scopes = match &shared.options.known_scopes {
        Some(known) => json!(known),
        None => json!(["openid", "profile", "email", "offline_access"]),
    };
    let grant_types = dialect.grant_types.iter().map(String::as_str).chain(["refresh_token"]);
    let grant_types: Vec<_> = grant_types.collect();
    let methods = &shared.authentication_methods;
    let mut document = json!({
        "issuer": place.issuer(),
        "device_authorization_endpoint": place.url(&dialect.device_authorization_path),
        "token_endpoint": place.url(&dialect.token_path),
        "revocation_endpoint": place.endpoint("revoke"),
        "introspection_endpoint": place.endpoint("introspect"),
        "userinfo_endpoint": place.endpoint("userinfo"),
        "registration_endpoint": place.endpoint("register"),
        "grant_types_supported": grant_types,
        "response_types_supported": [],
        "scopes_supported": scopes,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
    });
    if let (Kind::OpenId, Some(members)) = (kind, document.as_object_mut()) {
        members.insert("subject_types_supported".to_owned(), json!(["public"]));
        members.insert("id_token_signing_alg_values_supported".to_owned(), json!(["none"]));
    }
    document
}
