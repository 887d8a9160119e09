//! Products that people run themselves.

use super::{Endpoints, PLAIN, Profile, ProfileVariable};

const HOST: ProfileVariable = ProfileVariable::host("the server's host", "id.example");

/// In alphabetical order.
pub(super) static PRODUCTS: [Profile; 15] = [
    Profile {
        name: "adfs",
        title: "Active Directory Federation Services",
        endpoints: Some(Endpoints::new(
            "https://{host}/adfs/oauth2/devicecode",
            "https://{host}/adfs/oauth2/token",
        )),
        issuer: Some("https://{host}/adfs"),
        variables: &[HOST],
        notes: "The parameter resource names the API.",
        ..PLAIN
    },
    Profile {
        name: "authentik",
        title: "authentik",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/application/o/device/",
                "https://{host}/application/o/token/",
            )
            .revocation("https://{host}/application/o/revoke/"),
        ),
        variables: &[HOST],
        notes: "A code lives for a minute and an address may start 20 sign-ins an hour, unless configured otherwise.",
        ..PLAIN
    },
    Profile {
        name: "casdoor",
        title: "Casdoor",
        endpoints: Some(Endpoints::new(
            "https://{host}/api/device-auth",
            "https://{host}/api/login/oauth/access_token",
        )),
        issuer: Some("https://{host}"),
        variables: &[HOST],
        notes: "The application has to allow device sign-in.",
        ..PLAIN
    },
    Profile {
        name: "dex",
        title: "Dex",
        endpoints: Some(Endpoints::new(
            "https://{host}/dex/device/code",
            "https://{host}/dex/token",
        )),
        issuer: Some("https://{host}/dex"),
        variables: &[HOST],
        notes: "For an issuer with the path /dex; discover others.",
        ..PLAIN
    },
    Profile {
        name: "duende",
        title: "Duende IdentityServer",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/connect/deviceauthorization",
                "https://{host}/connect/token",
            )
            .revocation("https://{host}/connect/revocation"),
        ),
        issuer: Some("https://{host}"),
        variables: &[HOST],
        ..PLAIN
    },
    Profile {
        name: "fusionauth",
        title: "FusionAuth",
        endpoints: Some(Endpoints::new(
            "https://{host}/oauth2/device_authorize",
            "https://{host}/oauth2/token",
        )),
        variables: &[HOST],
        notes: "With several tenants the parameter tenantId may be needed.",
        ..PLAIN
    },
    Profile {
        name: "hydra",
        title: "Ory Hydra",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth2/device/auth",
                "https://{host}/oauth2/token",
            )
            .revocation("https://{host}/oauth2/revoke"),
        ),
        issuer: Some("https://{host}"),
        variables: &[HOST],
        ..PLAIN
    },
    Profile {
        name: "indigo-iam",
        title: "INDIGO IAM",
        endpoints: Some(
            Endpoints::new("https://{host}/devicecode", "https://{host}/token")
                .revocation("https://{host}/revoke"),
        ),
        issuer: Some("https://{host}/"),
        variables: &[HOST],
        ..PLAIN
    },
    Profile {
        name: "kanidm",
        title: "Kanidm",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth2/device",
                "https://{host}/oauth2/token",
            )
            .revocation("https://{host}/oauth2/token/revoke"),
        ),
        variables: &[HOST],
        notes: "Device flow is a feature that the server has to be built with.",
        ..PLAIN
    },
    Profile {
        name: "keycloak",
        title: "Keycloak",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/realms/{realm}/protocol/openid-connect/auth/device",
                "https://{host}/realms/{realm}/protocol/openid-connect/token",
            )
            .revocation("https://{host}/realms/{realm}/protocol/openid-connect/revoke"),
        ),
        issuer: Some("https://{host}/realms/{realm}"),
        variables: &[
            HOST,
            ProfileVariable::segment("realm", "the realm", "master"),
        ],
        notes: "The client has to allow the device grant. Before version 17, or under another path, discover the issuer.",
        ..PLAIN
    },
    Profile {
        name: "logto",
        title: "Logto",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oidc/device/auth",
                "https://{host}/oidc/token",
            )
            .revocation("https://{host}/oidc/token/revocation"),
        ),
        issuer: Some("https://{host}/oidc"),
        variables: &[ProfileVariable::host(
            "the tenant's or the server's host",
            "tenant.logto.app",
        )],
        notes: "The parameter resource brings an access token for that API; without it the token is opaque.",
        ..PLAIN
    },
    Profile {
        name: "pingfederate",
        title: "PingFederate",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/as/device_authz.oauth2",
                "https://{host}/as/token.oauth2",
            )
            .revocation("https://{host}/as/revoke_token.oauth2"),
        ),
        issuer: Some("https://{host}"),
        variables: &[HOST],
        ..PLAIN
    },
    Profile {
        name: "spring",
        title: "Spring Authorization Server",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth2/device_authorization",
                "https://{host}/oauth2/token",
            )
            .revocation("https://{host}/oauth2/revoke"),
        ),
        issuer: Some("https://{host}"),
        variables: &[HOST],
        ..PLAIN
    },
    Profile {
        name: "wso2",
        title: "WSO2 Identity Server",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth2/device_authorize",
                "https://{host}/oauth2/token",
            )
            .revocation("https://{host}/oauth2/revoke"),
        ),
        issuer: Some("https://{host}/oauth2/token"),
        variables: &[ProfileVariable::host(
            "the server's host and port",
            "id.example:9443",
        )],
        ..PLAIN
    },
    Profile {
        name: "zitadel",
        title: "Zitadel",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth/v2/device_authorization",
                "https://{host}/oauth/v2/token",
            )
            .revocation("https://{host}/oauth/v2/revoke"),
        ),
        issuer: Some("https://{host}"),
        variables: &[HOST],
        ..PLAIN
    },
];
