//! Who is measured.

pub(crate) mod core_flow;
pub(crate) mod floor;
pub(crate) mod oauth2_crate;

use crate::{Case, Run};

/// Somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// `device-flow-core`.
    Core,
    /// serde_json, which reads the same answers into borrowed structs and does nothing else.
    Floor,
    /// The `oauth2` crate with a closure as its HTTP client.
    Oauth2,
}

impl Contender {
    pub const ALL: [Self; 3] = [Self::Core, Self::Floor, Self::Oauth2];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Floor => "floor",
            Self::Oauth2 => "oauth2",
        }
    }

    /// Makes ready to run a case once; `None` when it cannot be had by itself.
    pub fn prepare(self, case: Case) -> Option<Run> {
        match self {
            Self::Core => Some(core_flow::prepare(case)),
            Self::Floor => Some(floor::prepare(case)),
            Self::Oauth2 => oauth2_crate::prepare(case),
        }
    }
}
