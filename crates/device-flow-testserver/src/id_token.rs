//! ID tokens (OpenID Connect Core §2) without a signature.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// What an ID token says.
#[derive(Debug)]
pub(crate) struct Claims<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) lifetime: Duration,
}

/// Writes an ID token with `"alg": "none"`: three parts, the last one empty.
pub(crate) fn id_token(claims: &Claims<'_>) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut body = Map::new();
    body.insert("iss".to_owned(), claims.issuer.into());
    body.insert("sub".to_owned(), claims.subject.into());
    body.insert("aud".to_owned(), claims.audience.into());
    body.insert("iat".to_owned(), now.into());
    body.insert(
        "exp".to_owned(),
        now.saturating_add(claims.lifetime.as_secs()).into(),
    );
    if let Some(nonce) = claims.nonce {
        body.insert("nonce".to_owned(), nonce.into());
    }
    let body = URL_SAFE_NO_PAD.encode(Value::Object(body).to_string());
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    format!("{head}.{body}.")
}
