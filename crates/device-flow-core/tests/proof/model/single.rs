//! What is to be true of the machines that ask once.

use std::fmt::Debug;

use device_flow_core::{
    Call, Discovery, Failure, RegisteredClient, Revoked, Timestamp, TokenResponse, TokenStatus,
    UserinfoResponse,
};

use super::config;
use super::promise::Promise;
use super::subject::Subject;
use crate::answer::{ACCESS_TOKEN, REFRESH_TOKEN};

/// Where these machines end, or that the caller gave up.
fn ending<T: Debug>(outcome: Option<&Result<T, Failure>>, shown: &str) -> Option<String> {
    match outcome {
        Some(Ok(good)) => Some(format!("{good:?}")),
        Some(Err(failure)) => Some(format!("{failure:?} {failure}")),
        None => shown.contains("Cancelled").then(|| "cancelled".to_owned()),
    }
}

impl Subject for Discovery {
    fn start(_: Timestamp) -> Self {
        Self::new("https://as.example").unwrap()
    }

    fn ending(&self) -> Option<String> {
        ending(self.outcome(), &format!("{self:?}"))
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
                ending(self.outcome(), &format!("{self:?}"))
            }

            fn ends_by_itself(&self, _: &Promise) -> bool {
                true
            }
        }
    };
}

const ENDPOINT: &str = "https://as.example/endpoint";

call!(TokenResponse, Call::refresh(&config(), REFRESH_TOKEN));
call!(
    Revoked,
    Call::revoke_refresh_token(&config(), ENDPOINT, REFRESH_TOKEN)
);
call!(
    TokenStatus,
    Call::introspect(&config(), ENDPOINT, REFRESH_TOKEN)
);
call!(
    UserinfoResponse,
    Call::userinfo(&config(), ENDPOINT, ACCESS_TOKEN)
);
call!(
    RegisteredClient,
    Call::register(ENDPOINT, Some("Television"), None, false)
);
