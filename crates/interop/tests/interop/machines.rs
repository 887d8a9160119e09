//! What the cases share that drive the machines themselves, over either transport.

use std::fmt::Debug;
use std::fs;
use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use device_flow_core::{
    Call, ClientAuthentication, Config, DeviceFlow, Event, Failure, IdToken, IdTokenExpectation, Machine, Outcome,
    Prompt, ServerMetadata, TokenResponse, TokenStatus, UserinfoResponse,
};
use device_flow_transport::Remote;
use interop::person::{Decision, Way, decide};
use interop::server::Server;
use interop::{Error, Result};
use transport_tests::{Ending, Settings, Transport};

use crate::bench::expect;

/// No machine of the suite takes longer, even when others run beside it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sent because `openid` is asked for.
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

/// A client that someone has signed in to.
#[derive(Debug)]
pub(crate) struct SignedIn<T> {
    pub(crate) client: T,
    pub(crate) metadata: ServerMetadata,
    pub(crate) config: Config,
    pub(crate) client_id: String,
    pub(crate) tokens: TokenResponse,
}

impl<T: Transport> SignedIn<T> {
    /// Signs in as a public client.
    pub(crate) fn new(server: &Server, client_id: &str, scope: &str) -> Result<Self> {
        Self::with(server, client_id, |config| config.scope(scope))
    }

    /// Signs in as a client with a secret, in the header.
    pub(crate) fn with_secret(server: &Server, (client_id, secret): (&str, &str), scope: &str) -> Result<Self> {
        let secret = ClientAuthentication::SecretBasic(secret.into());
        Self::with(server, client_id, |config| config.scope(scope).client_authentication(secret))
    }

    /// Signs in with endpoints that were discovered and a person who types the code and approves.
    pub(crate) fn with(server: &Server, client_id: &str, configure: impl FnOnce(Config) -> Config) -> Result<Self> {
        let client = client::<T>(server)?;
        let metadata = granted(client.discover(server.issuer()))?;
        let config = configure(Config::discovered(client_id, &metadata).nonce(NONCE));
        let mut flow = DeviceFlow::new(config.clone())?;
        drive(&client, &mut flow, &Remote::new(), |event| {
            if let Event::Prompt(prompt) = event {
                approve(server, prompt)?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        match flow.into_outcome() {
            Ok(Outcome::Authorized(tokens)) => {
                Ok(Self { client, metadata, config, client_id: client_id.to_owned(), tokens })
            }
            other => Err(format!("the sign-in ended so: {other:?}").into()),
        }
    }

    pub(crate) fn refresh_token(&self) -> Result<&str> {
        refresh_token(&self.tokens)
    }

    pub(crate) fn refresh(&self, refresh_token: &str) -> Result<Ended<TokenResponse>> {
        Ok(self.client.call(Call::refresh(&self.config, refresh_token)?))
    }

    pub(crate) fn revoke_refresh_token(&self, token: &str) -> Result<()> {
        let endpoint = self.metadata.revocation_endpoint().ok_or("no endpoint")?;
        let call = Call::revoke_refresh_token(&self.config, endpoint, token)?;
        granted(self.client.call(call)).map(drop)
    }

    pub(crate) fn revoke_access_token(&self, token: &str) -> Result<()> {
        let endpoint = self.metadata.revocation_endpoint().ok_or("no endpoint")?;
        let call = Call::revoke_access_token(&self.config, endpoint, token)?;
        granted(self.client.call(call)).map(drop)
    }

    /// Asks as another client, which has a secret.
    pub(crate) fn introspect_as(&self, (client_id, secret): (&str, &str), token: &str) -> Result<TokenStatus> {
        let secret = ClientAuthentication::SecretBasic(secret.into());
        let config = Config::discovered(client_id, &self.metadata).client_authentication(secret);
        let endpoint = self.metadata.introspection_endpoint();
        let call = Call::introspect(&config, endpoint.ok_or("no endpoint")?, token)?;
        granted(self.client.call(call))
    }

    pub(crate) fn userinfo(&self, tokens: &TokenResponse) -> Result<Ended<UserinfoResponse>> {
        let endpoint = self.metadata.userinfo_endpoint().ok_or("no endpoint")?;
        let access_token = tokens.access_token();
        let call = Call::userinfo(&self.config, endpoint, access_token.expose())?;
        Ok(self.client.call(call))
    }

    /// The tokens' own ID token and what has to be in it. Neither server hands the nonce of a device authorization
    /// request on, so there is none to expect.
    pub(crate) fn id_token(&self) -> Result<(IdToken, IdTokenExpectation<'_>)> {
        let now = SystemTime::UNIX_EPOCH.elapsed()?;
        let issuer = self.metadata.issuer();
        let expected = IdTokenExpectation::new(issuer, &self.client_id, now)
            .access_token(self.tokens.access_token().expose())
            .leeway(Duration::from_secs(5));
        Ok((id_token(&self.tokens)?, expected))
    }
}

/// What came of a call, which the server may have refused.
pub(crate) type Ended<R> = Result<R, Ending>;

/// A client that trusts the server.
pub(crate) fn client<T: Transport>(server: &Server) -> Result<T> {
    let mut settings = Settings::default();
    if let Some(ca) = server.ca() {
        settings.roots.push(fs::read_to_string(ca)?);
    }
    Ok(T::build(&settings)?)
}

/// Drives a machine until it ends, `on_event` breaks off or fails, and returns all that it told. What hangs is an error.
pub(crate) fn drive<T: Transport, M: Machine<Event: Debug + Send> + Send>(
    client: &T,
    machine: &mut M,
    remote: &Remote,
    mut on_event: impl FnMut(&M::Event) -> Result<ControlFlow<()>> + Send,
) -> Result<Vec<M::Event>> {
    let (ended, has_ended) = channel::<()>();
    let far = remote.clone();
    let (mut told, mut failure) = (Vec::new(), None);
    let has_hung = thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let has_hung = has_ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
            if has_hung {
                far.cancel();
            }
            has_hung
        });
        client.drive(machine, remote, &mut |event| {
            let next = on_event(&event);
            told.push(event);
            if !matches!(next, Ok(ControlFlow::Continue(()))) {
                remote.cancel();
            }
            if let Err(error) = next {
                failure.get_or_insert(error);
            }
        });
        drop(ended);
        watch.join().unwrap_or(true)
    });
    match failure {
        Some(error) => Err(error),
        None if has_hung => Err(format!("no end within {PATIENCE:?}, only {told:?}").into()),
        None => Ok(told),
    }
}

/// Types the code of a prompt and approves.
pub(crate) fn approve(server: &Server, prompt: &Prompt) -> Result<()> {
    let way = Way::Type { verification_uri: prompt.verification_uri(), user_code: prompt.user_code() };
    decide(server, way, Decision::Approve)
}

pub(crate) fn refresh_token(tokens: &TokenResponse) -> Result<&str> {
    let refresh_token = tokens.refresh_token().ok_or("no refresh token")?;
    Ok(refresh_token.expose())
}

pub(crate) fn id_token(tokens: &TokenResponse) -> Result<IdToken> {
    let id_token = tokens.id_token().ok_or("no ID token")?;
    Ok(IdToken::decode(id_token.expose())?)
}

/// What the server granted; a refusal is an error of the case.
pub(crate) fn granted<R>(ended: Ended<R>) -> Result<R> {
    ended.map_err(|ending| -> Error { format!("it ended so: {ending:?}").into() })
}

/// Fails unless the server refused with this OAuth error.
pub(crate) fn refused<R: Debug>(ended: &Ended<R>, code: &str) -> Result<()> {
    let is_refused = matches!(
        ended,
        Err(Ending::Failed(Failure::Server(error))) if error.code().as_str() == code
    );
    expect(is_refused, format_args!("{code}, not {ended:?}"))
}

/// Fails unless both are the same.
#[expect(clippy::needless_pass_by_value, reason = "a list of expectations reads better without references")]
pub(crate) fn expect_same<A: PartialEq<B> + Debug, B: Debug>(name: &str, found: A, wanted: B) -> Result<()> {
    expect(found == wanted, format_args!("{wanted:?} as {name}, not {found:?}"))
}
