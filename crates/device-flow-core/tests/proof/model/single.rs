//! What is to be true of the machines that ask once.

use std::fmt::Debug;

use device_flow_core::{
    Call, ClientMetadata, Discovery, Failure, RegisteredClient, Revoked, Timestamp, TokenResponse, TokenStatus,
    UserinfoResponse,
};

use super::config;
use super::promise::Promise;
use super::subject::Subject;
use crate::answer::{ACCESS_TOKEN, REFRESH_TOKEN};

/// Where these machines end.
fn ending<T: Debug>(outcome: Option<&Result<T, Failure>>) -> Option<String> {
    Some(match outcome? {
        Ok(good) => format!("{good:?}"),
        Err(failure) => format!("{failure:?} {failure}"),
    })
}

impl Subject for Discovery {
    fn start(_: Timestamp) -> Self {
        Self::new("https://as.example").unwrap()
    }

    fn ending(&self) -> Option<String> {
        ending(self.outcome())
    }

    fn ends_by_itself(&self, _: &Promise) -> bool {
        true
    }
}

macro_rules! call {
    ($answer:ty, $make:expr) => {
        impl Subject for Call<$answer> {
            fn start(_: Timestamp) -> Self {
                $make.unwrap()
            }

            fn ending(&self) -> Option<String> {
                ending(self.outcome())
            }

            fn ends_by_itself(&self, _: &Promise) -> bool {
                true
            }
        }
    };
}

const ENDPOINT: &str = "https://as.example/endpoint";

call!(TokenResponse, Call::refresh(&config(), REFRESH_TOKEN));
call!(Revoked, Call::revoke_refresh_token(&config(), ENDPOINT, REFRESH_TOKEN));
call!(TokenStatus, Call::introspect(&config(), ENDPOINT, REFRESH_TOKEN));
call!(UserinfoResponse, Call::userinfo(&config(), ENDPOINT, ACCESS_TOKEN));
call!(RegisteredClient, Call::register(ENDPOINT, &ClientMetadata::new().client_name("Television"), false));
