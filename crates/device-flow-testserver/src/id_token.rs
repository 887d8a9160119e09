//! ID tokens (OpenID Connect Core §2) without a signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// What an ID token says. There is no `at_hash`: it is made with the hash function of the signature.
pub(crate) struct Claims<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
}

/// Writes an ID token with `"alg": "none"`: three parts, the last one empty. `replaced` has the last word.
pub(crate) fn id_token(claims: &Claims<'_>, replaced: &[(String, Value)]) -> String {
    let mut body = Map::new();
    body.insert("iss".to_owned(), claims.issuer.into());
    body.insert("sub".to_owned(), claims.subject.into());
    body.insert("aud".to_owned(), claims.audience.into());
    body.insert("iat".to_owned(), claims.issued_at.into());
    body.insert("exp".to_owned(), claims.expires_at.into());
    if let Some(nonce) = claims.nonce {
        body.insert("nonce".to_owned(), nonce.into());
    }
    replace(&mut body, replaced);
    let body = URL_SAFE_NO_PAD.encode(Value::Object(body).to_string());
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    format!("{head}.{body}.")
}

/// Puts these claims in the place of those there are; `null` takes one away.
pub(crate) fn replace(claims: &mut Map<String, Value>, replaced: &[(String, Value)]) {
    for (name, value) in replaced {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
}
