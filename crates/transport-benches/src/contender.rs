//! Who is measured.

pub mod bare_hyper;
pub mod by_hand;
pub mod by_hand_hyper;
pub mod by_hand_ureq;
pub mod oauth2_client;
pub mod oauth2_hyper;
pub mod oauth2_ureq;
pub mod ours_hyper;
pub mod ours_ureq;

/// The HTTP library below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Blocking; the `oauth2` crate has its own feature for ureq, version 2.
    Ureq,
    /// Async.
    Hyper,
}

impl Library {
    pub const ALL: [Self; 2] = [Self::Ureq, Self::Hyper];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ureq => "ureq",
            Self::Hyper => "hyper",
        }
    }
}

/// Somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// `transport-ureq` or `transport-hyper`.
    Ours,
    /// The least that an honest program does with the library.
    ByHand,
    /// The `oauth2` crate.
    Oauth2,
    /// By hand without hyper-util's client: one connection of hyper's, and nobody who makes another when it ends.
    Bare,
}

impl Contender {
    /// Those who can take all that a client meets with.
    pub const ALL: [Self; 3] = [Self::Ours, Self::ByHand, Self::Oauth2];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::ByHand => "by-hand",
            Self::Oauth2 => "oauth2",
            Self::Bare => "bare",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Ours, Self::ByHand, Self::Oauth2, Self::Bare].into_iter().find(|it| it.name() == name)
    }
}
