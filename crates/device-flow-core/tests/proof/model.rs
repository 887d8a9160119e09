//! Every machine, driven by a random driver against a random server, held to what RFC 8628 promises.
//!
//! The reference knows only what the caller did; the [`Promise`](promise::Promise) knows only what the RFC says of the
//! answers: earliest legal poll, interval, deadline, finished. Neither knows a line of the machines.

pub(crate) mod driver;
mod flow;
mod hiding;
mod judging;
pub(crate) mod operation;
pub(crate) mod promise;
mod session;
mod sign_in;
mod single;
pub(crate) mod subject;

use std::fmt::Debug;
use std::marker::PhantomData;

use device_flow_core::{Call, ClientAuthentication, Config, DeviceFlow, Discovery, Stage, TokenResponse};
use device_flow_core::{RegisteredClient, Revoked, Session, SignIn, TokenStatus, UserinfoResponse};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use crate::answer::CLIENT_SECRET;
use driver::Driver;
use operation::{Operation, operations};
use subject::Subject;

/// A confidential client with a secret in every place that can hold one.
pub(crate) fn config() -> Config {
    Config::new("tv", "https://as.example/device_authorization", "https://as.example/token")
        .client_authentication(ClientAuthentication::SecretPost(CLIENT_SECRET.into()))
        .parameter(Stage::Token, "pin", "PLANTED-parameter")
        .header(Stage::Token, "x-key", "PLANTED-header")
}

/// What a caller knows without looking at the machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    has_cancelled: bool,
}

impl ReferenceStateMachine for Caller {
    type State = Self;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Operation> {
        operations().boxed()
    }

    fn preconditions(caller: &Self, operation: &Operation) -> bool {
        !(caller.has_cancelled && operation.begins_anew())
    }

    fn apply(mut caller: Self, operation: &Operation) -> Self {
        caller.has_cancelled |= matches!(operation, Operation::Cancel);
        caller
    }
}

pub(crate) struct Model<S>(PhantomData<S>);

impl<S: Subject> StateMachineTest for Model<S>
where
    S::Event: Debug,
{
    type SystemUnderTest = Driver<S>;
    type Reference = Caller;

    fn init_test(_: &Caller) -> Driver<S> {
        Driver::new()
    }

    fn apply(mut driver: Driver<S>, caller: &Caller, operation: Operation) -> Driver<S> {
        driver.apply(operation);
        if caller.has_cancelled {
            driver.must_be_done();
        }
        driver
    }

    fn check_invariants(driver: &Driver<S>, _: &Caller) {
        driver.check();
    }

    fn teardown(driver: Driver<S>, _: Caller) {
        driver.must_be_able_to_end();
    }
}

type Refresh = Call<TokenResponse>;
type Revocation = Call<Revoked>;
type Introspection = Call<TokenStatus>;
type Userinfo = Call<UserinfoResponse>;
type Registration = Call<RegisteredClient>;

prop_state_machine! {
    #[test]
    fn a_device_flow_keeps_its_promises(sequential 1..60 => Model<DeviceFlow>);

    #[test]
    fn a_session_keeps_its_promises(sequential 1..60 => Model<Session>);

    #[test]
    fn a_sign_in_keeps_its_promises(sequential 1..80 => Model<SignIn>);

    #[test]
    fn a_discovery_keeps_its_promises(sequential 1..20 => Model<Discovery>);

    #[test]
    fn a_refresh_keeps_its_promises(sequential 1..20 => Model<Refresh>);

    #[test]
    fn a_revocation_keeps_its_promises(sequential 1..20 => Model<Revocation>);

    #[test]
    fn an_introspection_keeps_its_promises(sequential 1..20 => Model<Introspection>);

    #[test]
    fn a_question_about_a_person_keeps_its_promises(sequential 1..20 => Model<Userinfo>);

    #[test]
    fn a_registration_keeps_its_promises(sequential 1..20 => Model<Registration>);
}
