//! What is known of the providers of OAuth 2.0 device flow (RFC 8628): where their endpoints are, how they depart from
//! the RFC, and what they need that only the caller knows.
//!
//! A [`Profile`] makes a [`Config`](device_flow_core::Config) for `device-flow-core`. It is a value without behaviour, and
//! nothing asks for one: a server that has none is configured with [`Config::new`](device_flow_core::Config::new), or with
//! [`Config::discovered`](device_flow_core::Config::discovered) when it announces its endpoints.
//!
//! ```
//! use device_flow_core::DeviceFlow;
//! use device_flow_profiles::Profile;
//!
//! let keycloak = Profile::named("keycloak").unwrap();
//! let config = keycloak.config("tv", &[("host", "id.example"), ("realm", "living-room")])?;
//! assert_eq!(config.token_endpoint(), "https://id.example/realms/living-room/protocol/openid-connect/token");
//! let flow = DeviceFlow::new(config.scope("offline_access"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All that are built in are listed in `docs/providers.md`; others are made with [`Profile::new`] from whatever a program
//! has, such as a file or a database.

#![no_std]

extern crate alloc;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod error;
mod profile;
mod secret;
mod shape;
mod table;
mod template;
mod variable;

pub use error::ProfileError;
pub use profile::Profile;
pub use secret::ProfileSecret;
pub use variable::{ProfileVariable, VariableKind};

use alloc::borrow::Cow;

/// A word that is written down in a program or comes from elsewhere.
type Word = Cow<'static, str>;
