//! The answers of an authorization server, as long as those of real ones are.

/// The device authorization response.
pub const CODES: &str = r#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?user_code=WDJB-MJHT","expires_in":1800,"interval":5}"#;

/// The answer to a poll before the person has decided.
pub const PENDING: &str = r#"{"error":"authorization_pending","error_description":"The authorization request is still pending as the end user hasn't yet completed the user interaction steps"}"#;

/// The answer to the last poll: an access token of 1,000 bytes and an ID token of 800 that look like JWTs, and a
/// refresh token of 64.
pub fn tokens() -> String {
    format!(
        r#"{{"access_token":"{}","token_type":"Bearer","expires_in":3600,"refresh_token":"{}","id_token":"{}","scope":"openid profile"}}"#,
        jwt(1_000),
        noise(64),
        jwt(800)
    )
}

/// Three parts with the proportions of a signed JWT.
fn jwt(length: usize) -> String {
    let (header, signature) = (60, 342);
    format!("{}.{}.{}", noise(header), noise(length - header - signature - 2), noise(signature))
}

/// Characters of the URL-safe base64 alphabet, the same at every call.
fn noise(length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = 0x9E37_79B9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(ALPHABET[(state >> 26) as usize])
    };
    (0..length).map(|_| next()).collect()
}
