//! Products that people run themselves.

use super::Row;
use crate::{Profile, ProfileVariable};

/// In alphabetical order.
pub(super) static PRODUCTS: [Row; 15] = [
    Row::new("adfs", |name| {
        Profile::new(
            name,
            "Active Directory Federation Services",
            "https://{host}/adfs/oauth2/devicecode",
            "https://{host}/adfs/oauth2/token",
        )
        .with_issuer("https://{host}/adfs")
        .with_variable(host())
        .with_notes("The parameter resource names the API.")
    }),
    Row::new("authentik", |name| {
        Profile::new(name, "authentik", "https://{host}/application/o/device/", "https://{host}/application/o/token/")
            .with_revocation_endpoint("https://{host}/application/o/revoke/")
            .with_variable(host())
            .with_notes(
                "A code lives for a minute and an address may start 20 sign-ins an hour, \
             unless configured otherwise.",
            )
    }),
    Row::new("casdoor", |name| {
        Profile::new(name, "Casdoor", "https://{host}/api/device-auth", "https://{host}/api/login/oauth/access_token")
            .with_issuer("https://{host}")
            .with_variable(host())
            .with_notes("The application has to allow device sign-in.")
    }),
    Row::new("dex", |name| {
        Profile::new(name, "Dex", "https://{host}/dex/device/code", "https://{host}/dex/token")
            .with_issuer("https://{host}/dex")
            .with_variable(host())
            .with_notes("For an issuer with the path /dex; discover others.")
    }),
    Row::new("duende", |name| {
        Profile::new(
            name,
            "Duende IdentityServer",
            "https://{host}/connect/deviceauthorization",
            "https://{host}/connect/token",
        )
        .with_revocation_endpoint("https://{host}/connect/revocation")
        .with_issuer("https://{host}")
        .with_variable(host())
    }),
    Row::new("fusionauth", |name| {
        Profile::new(name, "FusionAuth", "https://{host}/oauth2/device_authorize", "https://{host}/oauth2/token")
            .with_variable(host())
            .with_notes("With several tenants the parameter tenantId may be needed.")
    }),
    Row::new("hydra", |name| {
        Profile::new(name, "Ory Hydra", "https://{host}/oauth2/device/auth", "https://{host}/oauth2/token")
            .with_revocation_endpoint("https://{host}/oauth2/revoke")
            .with_issuer("https://{host}")
            .with_variable(host())
    }),
    Row::new("indigo-iam", |name| {
        Profile::new(name, "INDIGO IAM", "https://{host}/devicecode", "https://{host}/token")
            .with_revocation_endpoint("https://{host}/revoke")
            .with_issuer("https://{host}/")
            .with_variable(host())
    }),
    Row::new("kanidm", |name| {
        Profile::new(name, "Kanidm", "https://{host}/oauth2/device", "https://{host}/oauth2/token")
            .with_revocation_endpoint("https://{host}/oauth2/token/revoke")
            .with_variable(host())
            .with_notes("Device flow is a feature that the server has to be built with.")
    }),
    Row::new("keycloak", |name| {
        Profile::new(
            name,
            "Keycloak",
            "https://{host}/realms/{realm}/protocol/openid-connect/auth/device",
            "https://{host}/realms/{realm}/protocol/openid-connect/token",
        )
        .with_revocation_endpoint("https://{host}/realms/{realm}/protocol/openid-connect/revoke")
        .with_issuer("https://{host}/realms/{realm}")
        .with_variable(host())
        .with_variable(ProfileVariable::segment("realm", "the realm", "master"))
        .with_notes(
            "The client has to allow the device grant. Before version 17, or under another \
             path, discover the issuer.",
        )
    }),
    Row::new("logto", |name| {
        Profile::new(name, "Logto", "https://{host}/oidc/device/auth", "https://{host}/oidc/token")
            .with_revocation_endpoint("https://{host}/oidc/token/revocation")
            .with_issuer("https://{host}/oidc")
            .with_variable(ProfileVariable::host("the tenant's or the server's host", "tenant.logto.app"))
            .with_notes(
                "The parameter resource brings an access token for that API; without it the \
             token is opaque.",
            )
    }),
    Row::new("pingfederate", |name| {
        Profile::new(name, "PingFederate", "https://{host}/as/device_authz.oauth2", "https://{host}/as/token.oauth2")
            .with_revocation_endpoint("https://{host}/as/revoke_token.oauth2")
            .with_issuer("https://{host}")
            .with_variable(host())
    }),
    Row::new("spring", |name| {
        Profile::new(
            name,
            "Spring Authorization Server",
            "https://{host}/oauth2/device_authorization",
            "https://{host}/oauth2/token",
        )
        .with_revocation_endpoint("https://{host}/oauth2/revoke")
        .with_issuer("https://{host}")
        .with_variable(host())
    }),
    Row::new("wso2", |name| {
        Profile::new(
            name,
            "WSO2 Identity Server",
            "https://{host}/oauth2/device_authorize",
            "https://{host}/oauth2/token",
        )
        .with_revocation_endpoint("https://{host}/oauth2/revoke")
        .with_issuer("https://{host}/oauth2/token")
        .with_variable(ProfileVariable::host("the server's host and port", "id.example:9443"))
    }),
    Row::new("zitadel", |name| {
        Profile::new(name, "Zitadel", "https://{host}/oauth/v2/device_authorization", "https://{host}/oauth/v2/token")
            .with_revocation_endpoint("https://{host}/oauth/v2/revoke")
            .with_issuer("https://{host}")
            .with_variable(host())
    }),
];

fn host() -> ProfileVariable {
    ProfileVariable::host("the server's host", "id.example")
}
