//! Who is who at panva's oidc-provider: ID tokens, userinfo, clients that register themselves, PKCE.

use std::time::Duration;

use device_flow_core::{Call, ClientMetadata, Config, IdTokenError, IdTokenExpectation, PkceVerifier};
use interop::Result;
use interop::person::ACCOUNT;
use interop::server::Server;
use transport_tests::Transport;

use crate::bench::expect;
use crate::machines::{NONCE, SignedIn, client, expect_same, granted, refresh_token};

/// OpenID Connect Core section 5.3.2.
pub(crate) fn userinfo_is_about_the_person_of_the_id_token<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", "openid profile email")?;
    let userinfo = granted(it.userinfo(&it.tokens)?)?;
    let (id_token, expected) = it.id_token()?;
    let claims = id_token.check(&expected)?;
    expect_same("sub", userinfo.subject(), claims.text("sub"))?;
    expect_same("sub", userinfo.subject(), Some(ACCOUNT.to_owned()))?;
    let name = userinfo.claims().text("name");
    expect_same("name", name, Some(format!("Test User {ACCOUNT}")))?;
    expect_same("email", userinfo.claims().flag("email_verified"), Some(true))
}

/// OpenID Connect Core section 3.1.3.7. The server makes neither `at_hash` nor `nonce` for the device
/// grant.
pub(crate) fn an_id_token_passes_every_check<T: Transport>(server: &Server) -> Result<()> {
    let public = SignedIn::<T>::new(server, "device-public", "openid")?;
    let (id_token, expected) = public.id_token()?;
    id_token.check(&expected)?;
    expect_same("alg", id_token.algorithm(), Some("ES256".to_owned()))?;

    let rotating = ("device-rotate", "rotate-secret-0123456789abcdef");
    let scope = "openid offline_access";
    let it = SignedIn::<T>::with_secret(server, rotating, scope)?;
    let (first, expected) = it.id_token()?;
    let subject = first.check(&expected)?.text("sub");
    expect_same("alg", first.algorithm(), Some("RS256".to_owned()))?;
    // OpenID Connect Core section 12.2: the same person, the same client.
    let renewed = granted(it.refresh(refresh_token(&it.tokens)?)?)?;
    let second = crate::machines::id_token(&renewed)?;
    let access_token = renewed.access_token();
    let claims = second.check(&expected.access_token(access_token.expose()))?;
    expect_same("sub", claims.text("sub"), subject)
}

pub(crate) fn an_id_token_is_nobody_elses<T: Transport>(server: &Server) -> Result<()> {
    let it = SignedIn::<T>::new(server, "device-public", "openid")?;
    let (id_token, expected) = it.id_token()?;
    let check = |change: fn(&mut IdTokenExpectation<'_>)| {
        let mut changed = expected;
        change(&mut changed);
        id_token.check(&changed).map(drop)
    };
    let at_another = check(|it| it.client_id = "device-basic");
    expect_same("client", at_another, Err(IdTokenError::Audience))?;
    let of_another = check(|it| it.issuer = "https://as.example");
    expect(
        matches!(&of_another, Err(IdTokenError::Issuer { found, .. }) if found == server.issuer()),
        format_args!("the issuer, not {of_another:?}"),
    )?;
    // Should the server learn to hand it on, this is where it shows.
    let without = check(|it| it.nonce = Some(NONCE));
    expect(
        matches!(without, Err(IdTokenError::MissingClaim { name: "nonce", .. })),
        format_args!("no nonce, not {without:?}"),
    )?;
    let too_late = check(|it| it.now += Duration::from_secs(3_700));
    expect_same("end", too_late, Err(IdTokenError::Expired))
}

/// RFC 7591.
pub(crate) fn a_registered_client_signs_in<T: Transport>(server: &Server) -> Result<()> {
    let client = client::<T>(server)?;
    let metadata = granted(client.discover(server.issuer()))?;
    let endpoint = metadata.registration_endpoint().ok_or("no endpoint")?;
    let scope = "openid offline_access";
    let metadata = ClientMetadata::new().client_name("Kitchen radio").scope(scope);
    let registration = Call::register(endpoint, &metadata, false)?;
    let registered = granted(client.call(registration))?;
    expect(registered.client_secret().is_none(), "a public client")?;
    let client_id = registered.client_id();
    let it = SignedIn::<T>::new(server, &client_id, scope)?;
    let (id_token, expected) = it.id_token()?;
    id_token.check(&expected)?;
    let renewed = granted(it.refresh(it.refresh_token()?)?)?;
    granted(it.userinfo(&renewed)?).map(drop)
}

/// K6.
pub(crate) fn discovery_finds_every_endpoint<T: Transport>(server: &Server) -> Result<()> {
    let client = client::<T>(server)?;
    let metadata = granted(client.discover(server.issuer()))?;
    let endpoints = [
        (metadata.device_authorization_endpoint(), "device/auth"),
        (Some(metadata.token_endpoint()), "token"),
        (metadata.revocation_endpoint(), "token/revocation"),
        (metadata.introspection_endpoint(), "token/introspection"),
        (metadata.userinfo_endpoint(), "me"),
        (metadata.registration_endpoint(), "reg"),
    ];
    for (found, path) in endpoints {
        let wanted = format!("{}/{path}", server.issuer());
        expect_same("endpoint", found, Some(wanted.as_str()))?;
    }
    let methods = metadata.token_endpoint_auth_methods();
    let mut methods: Vec<_> = methods.ok_or("no methods")?.collect();
    methods.sort_unstable();
    let wanted = ["client_secret_basic", "client_secret_post", "none"];
    expect_same("methods", methods, wanted)
}

/// The server asks for no PKCE in the device grant, and does not mind it.
pub(crate) fn a_code_challenge_does_no_harm<T: Transport>(server: &Server) -> Result<()> {
    let verifier = PkceVerifier::new(&[7; 32]);
    let proved = |config: Config| config.scope("openid").pkce(verifier);
    let it = SignedIn::<T>::with(server, "device-public", proved)?;
    let (id_token, expected) = it.id_token()?;
    let subject = id_token.check(&expected)?.text("sub");
    expect_same("sub", subject, Some(ACCOUNT.to_owned()))
}
