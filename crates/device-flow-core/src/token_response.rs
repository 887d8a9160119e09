//! The tokens that a person granted.

use crate::secret::{Packed, SecretStr, SecretString};
use crate::text::{clean, is_printable};
use crate::time::Timestamp;
use crate::wire::{Claims, member};
use core::fmt;
use core::time::Duration;

/// Longest `token_type` that is kept, in characters.
pub(crate) const MAX_TOKEN_TYPE: usize = 100;

/// A token response (RFC 6749 section 5.1). `Debug` shows no token; all of it is wiped when dropped. `==` compares all of
/// it, for tests.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenResponse {
    texts: Packed<6>,
    /// In seconds.
    life: Option<u64>,
    expires_at: Option<Timestamp>,
}

// Where each text is packed.
const ACCESS_TOKEN: usize = 0;
const TOKEN_TYPE: usize = 1;
const REFRESH_TOKEN: usize = 2;
const ID_TOKEN: usize = 3;
const SCOPE: usize = 4;
const EXTRA: usize = 5;

impl TokenResponse {
    /// The access token: visible ASCII, at least one character.
    pub fn access_token(&self) -> SecretStr<'_> {
        SecretStr::new(self.texts.get(ACCESS_TOKEN).unwrap_or_default())
    }

    /// The type as the server spells it, cleaned; `None` when it was left out, which counts as bearer.
    pub fn token_type(&self) -> Option<&str> {
        self.texts.get(TOKEN_TYPE)
    }

    /// Whether the access token is a bearer token (RFC 6750): types are compared without case.
    pub fn is_bearer(&self) -> bool {
        self.token_type().is_none_or(|it| it.eq_ignore_ascii_case("bearer"))
    }

    /// The refresh token.
    pub fn refresh_token(&self) -> Option<SecretStr<'_>> {
        self.texts.get(REFRESH_TOKEN).map(SecretStr::new)
    }

    /// The ID token as it came, unchecked: to hand on, or to check with [`Config::identity`](crate::Config::identity).
    pub fn id_token(&self) -> Option<SecretStr<'_>> {
        self.texts.get(ID_TOKEN).map(SecretStr::new)
    }

    /// The scopes in the order that the server names them; `None` when it names none.
    ///
    /// In a token response that a [`DeviceFlow`](crate::DeviceFlow) yields, these are the requested ones when the
    /// server names none (RFC 6749 section 5.1).
    pub fn scopes(&self) -> Option<impl Iterator<Item = &str>> {
        self.texts.get(SCOPE).map(|it| it.split(' '))
    }

    /// The scopes with one space between two.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.texts.get(SCOPE)
    }

    /// The life of the access token, counted from the moment its request was sent; `None` when the server does not
    /// tell. Zero and less tell nothing (some servers mean "no end" by them).
    pub fn expires_in(&self) -> Option<Duration> {
        self.life.map(Duration::from_secs)
    }

    /// When the access token expires on the driver's clock: its life counted from the moment its request was lent out.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// All other members as the text of a JSON object.
    pub fn extra(&self) -> SecretStr<'_> {
        SecretStr::new(self.texts.get(EXTRA).unwrap_or("{}"))
    }

    /// One other member: a string's content, or the JSON text of anything else.
    pub fn extra_member(&self, name: &str) -> Option<SecretString> {
        member(self.extra().expose(), name)
    }
}

/// Making them.
impl TokenResponse {
    /// As a server sent them. A life of zero or less says as little as none.
    pub(crate) fn packed(texts: [Option<&str>; 6], expires_in: Option<i64>) -> Self {
        let life = expires_in.and_then(|it| u64::try_from(it).ok());
        Self { texts: Packed::new(texts), life: life.filter(|it| *it > 0), expires_at: None }
    }

    /// What only the machine knows: when the request was sent, and which scopes it asked for.
    pub(crate) fn completed(mut self, sent_at: Timestamp, requested_scope: &str) -> Self {
        self.expires_at = self.expires_in().map(|it| sent_at.saturating_add(it));
        if self.texts.get(SCOPE).is_none() && !requested_scope.is_empty() {
            let mut texts = self.parts();
            texts[SCOPE] = Some(requested_scope);
            self.texts = Packed::new(texts);
        }
        self
    }

    /// These tokens after a refresh brought `new` ones: what the server left out stays as it was (RFC 6749 section 6). A
    /// life that it does not tell is most likely the one before.
    pub(crate) fn renewed(&self, new: &Self, sent_at: Timestamp, requested_scope: Option<&str>) -> Self {
        let [access_token, token_type, refresh_token, id_token, scope, extra] = new.parts();
        let texts = Packed::new([
            access_token,
            token_type.or(self.texts.get(TOKEN_TYPE)),
            refresh_token.or(self.texts.get(REFRESH_TOKEN)),
            id_token.or(self.texts.get(ID_TOKEN)),
            scope.or(requested_scope).or(self.texts.get(SCOPE)),
            extra,
        ]);
        let life = new.life.or(self.life);
        Self { texts, life, expires_at: life.map(|it| sent_at.saturating_add(Duration::from_secs(it))) }
    }

    /// The texts in the order of their accessors: access token, type, refresh token, ID token, scope, extra.
    pub(crate) fn parts(&self) -> [Option<&str>; 6] {
        self.texts.all()
    }

    /// Put together again from what was stored; `None` when there is no access token or a token is not as promised. What
    /// people may see is cleaned as if a server had sent it.
    pub(crate) fn restored(
        [access_token, token_type, refresh_token, id_token, scope, extra]: [Option<&str>; 6],
        life: Option<Duration>,
    ) -> Option<Self> {
        access_token?;
        let are_tokens =
            [access_token, refresh_token, id_token].iter().flatten().all(|it| !it.is_empty() && is_printable(it));
        if !are_tokens {
            return None;
        }
        let token_type = token_type.and_then(|it| clean(it, MAX_TOKEN_TYPE));
        let scope = scope.and_then(|it| clean(it, usize::MAX));
        Some(Self {
            texts: Packed::new([
                access_token,
                token_type.as_deref(),
                refresh_token,
                id_token,
                scope.as_deref(),
                extra.filter(|it| Claims::from_json(it).is_some()),
            ]),
            // None at all tells nothing, as in an answer.
            life: life.map(|it| it.as_secs()).filter(|it| *it > 0),
            expires_at: None,
        })
    }

    /// The same with an end on the clock of a driver.
    pub(crate) fn expiring(mut self, at: Option<Timestamp>) -> Self {
        self.expires_at = at;
        self
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("access_token", &self.access_token())
            .field("token_type", &self.token_type())
            .field("refresh_token", &self.refresh_token())
            .field("id_token", &self.id_token())
            .field("scope", &self.scope())
            .field("expires_in", &self.expires_in())
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
