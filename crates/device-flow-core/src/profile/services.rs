//! Services that somebody else runs.

use super::{Endpoints, PLAIN, Profile, ProfileSecret, ProfileVariable, dialects};
use crate::request::Stage;

/// In alphabetical order.
pub(super) static SERVICES: [Profile; 25] = [
    Profile {
        name: "amazon",
        title: "Login with Amazon",
        endpoints: Some(Endpoints::new(
            "https://api.amazon.com/auth/o2/create/codepair",
            "https://api.amazon.com/auth/o2/token",
        )),
        secret: ProfileSecret::None,
        dialect: &dialects::AMAZON,
        notes: "Alexa devices also send the parameter scope_data with the device authorization request.",
        ..PLAIN
    },
    Profile {
        name: "auth0",
        title: "Auth0",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth/device/code",
                "https://{host}/oauth/token",
            )
            .revocation("https://{host}/oauth/revoke"),
        ),
        issuer: Some("https://{host}/"),
        variables: &[ProfileVariable::host(
            "the tenant's domain",
            "tenant.eu.auth0.com",
        )],
        is_device_endpoint_authenticated: false,
        notes: "The parameter audience brings an access token for that API; without it the token is opaque.",
        ..PLAIN
    },
    Profile {
        name: "baidu",
        title: "Baidu",
        endpoints: Some(Endpoints::new(
            "https://openapi.baidu.com/oauth/2.0/device/code",
            "https://openapi.baidu.com/oauth/2.0/token",
        )),
        secret: ProfileSecret::Required,
        is_device_endpoint_authenticated: false,
        headers: &[
            (Stage::DeviceAuthorization, "user-agent", "pan.baidu.com"),
            (Stage::Token, "user-agent", "pan.baidu.com"),
            (Stage::Refresh, "user-agent", "pan.baidu.com"),
        ],
        dialect: &dialects::BAIDU,
        notes: "A refresh token works once, even when its refresh fails.",
        ..PLAIN
    },
    Profile {
        name: "cilogon",
        title: "CILogon",
        endpoints: Some(
            Endpoints::new(
                "https://cilogon.org/oauth2/device_authorization",
                "https://cilogon.org/oauth2/token",
            )
            .revocation("https://cilogon.org/oauth2/revoke"),
        ),
        issuer: Some("https://cilogon.org"),
        ..PLAIN
    },
    Profile {
        name: "docker",
        title: "Docker Hub",
        endpoints: Some(
            Endpoints::new(
                "https://login.docker.com/oauth/device/code",
                "https://login.docker.com/oauth/token",
            )
            .revocation("https://login.docker.com/oauth/revoke"),
        ),
        issuer: Some("https://login.docker.com/"),
        secret: ProfileSecret::None,
        parameters: &[(
            Stage::DeviceAuthorization,
            "audience",
            "https://hub.docker.com",
        )],
        ..PLAIN
    },
    Profile {
        name: "egi-checkin",
        title: "EGI Check-in",
        endpoints: Some(
            Endpoints::new(
                "https://aai.egi.eu/auth/realms/egi/protocol/openid-connect/auth/device",
                "https://aai.egi.eu/auth/realms/egi/protocol/openid-connect/token",
            )
            .revocation("https://aai.egi.eu/auth/realms/egi/protocol/openid-connect/revoke"),
        ),
        issuer: Some("https://aai.egi.eu/auth/realms/egi"),
        ..PLAIN
    },
    Profile {
        name: "facebook",
        title: "Facebook Login for Devices",
        endpoints: Some(Endpoints::new(
            "https://graph.facebook.com/{version}/device/login",
            "https://graph.facebook.com/{version}/device/login_status",
        )),
        variables: &[ProfileVariable::segment(
            "version",
            "the version of the Graph API",
            "v23.0",
        )],
        secret: ProfileSecret::Required,
        dialect: &dialects::FACEBOOK,
        notes: "The secret is the app's client token, not the app secret. There are no refresh tokens.",
        ..PLAIN
    },
    Profile {
        name: "github",
        title: "GitHub",
        endpoints: Some(Endpoints::new(
            "https://{host}/login/device/code",
            "https://{host}/login/oauth/access_token",
        )),
        variables: &[ProfileVariable::host(
            "the host of GitHub Enterprise Server",
            "github.example",
        )
        .or("github.com")],
        secret: ProfileSecret::None,
        notes: "The app's settings have to allow device flow. A GitHub App's refresh token that came from device flow needs no client secret.",
        ..PLAIN
    },
    Profile {
        name: "gitlab",
        title: "GitLab",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth/authorize_device",
                "https://{host}/oauth/token",
            )
            .revocation("https://{host}/oauth/revoke"),
        ),
        issuer: Some("https://{host}"),
        variables: &[
            ProfileVariable::host("the host of a GitLab of one's own", "gitlab.example")
                .or("gitlab.com"),
        ],
        notes: "GitLab 17.2 or later.",
        ..PLAIN
    },
    Profile {
        name: "google",
        title: "Google",
        endpoints: Some(
            Endpoints::new(
                "https://oauth2.googleapis.com/device/code",
                "https://oauth2.googleapis.com/token",
            )
            .revocation("https://oauth2.googleapis.com/revoke"),
        ),
        issuer: Some("https://accounts.google.com"),
        secret: ProfileSecret::Required,
        is_device_endpoint_authenticated: false,
        notes: "The client's type has to be \"TVs and Limited Input devices\"; few scopes are allowed.",
        ..PLAIN
    },
    Profile {
        name: "huawei",
        title: "Huawei ID",
        endpoints: Some(Endpoints::new(
            "https://oauth-login.cloud.huawei.com/oauth2/v3/device/code",
            "https://oauth-login.cloud.huawei.com/oauth2/v3/token",
        )),
        secret: ProfileSecret::Required,
        is_device_endpoint_authenticated: false,
        dialect: &dialects::HUAWEI,
        ..PLAIN
    },
    Profile {
        name: "huggingface",
        title: "Hugging Face",
        endpoints: Some(Endpoints::new(
            "https://huggingface.co/oauth/device",
            "https://huggingface.co/oauth/token",
        )),
        issuer: Some("https://huggingface.co"),
        ..PLAIN
    },
    Profile {
        name: "microsoft",
        title: "Microsoft Entra ID",
        endpoints: Some(Endpoints::new(
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        )),
        variables: &[ProfileVariable::segment(
            "tenant",
            "a tenant's id or domain, or common, organizations or consumers",
            "common",
        )],
        secret: ProfileSecret::None,
        notes: "The app has to allow public client flows. The scope offline_access brings a refresh token.",
        ..PLAIN
    },
    Profile {
        name: "mongodb-atlas",
        title: "MongoDB Atlas",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/api/private/unauth/account/device/authorize",
                "https://{host}/api/private/unauth/account/device/token",
            )
            .revocation("https://{host}/api/private/unauth/account/device/revoke"),
        ),
        variables: &[ProfileVariable::host(
            "the host of a separate Atlas cloud",
            "cloud.mongodbgov.com",
        )
        .or("cloud.mongodb.com")],
        secret: ProfileSecret::None,
        dialect: &dialects::MONGODB_ATLAS,
        notes: "A private interface, made for the provider's own programs.",
        ..PLAIN
    },
    Profile {
        name: "okta",
        title: "Okta",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth2/v1/device/authorize",
                "https://{host}/oauth2/v1/token",
            )
            .revocation("https://{host}/oauth2/v1/revoke"),
        ),
        issuer: Some("https://{host}"),
        variables: &[ProfileVariable::host(
            "the organization's domain",
            "dev-1234567.okta.com",
        )],
        notes: "The organization's own authorization server. The scope offline_access brings a refresh token.",
        ..PLAIN
    },
    Profile {
        name: "okta-custom",
        title: "Okta, custom authorization server",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth2/{server}/v1/device/authorize",
                "https://{host}/oauth2/{server}/v1/token",
            )
            .revocation("https://{host}/oauth2/{server}/v1/revoke"),
        ),
        issuer: Some("https://{host}/oauth2/{server}"),
        variables: &[
            ProfileVariable::host("the organization's domain", "dev-1234567.okta.com"),
            ProfileVariable::segment("server", "the authorization server's id", "default"),
        ],
        ..PLAIN
    },
    Profile {
        name: "pingone",
        title: "PingOne",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/{environment}/as/device_authorization",
                "https://{host}/{environment}/as/token",
            )
            .revocation("https://{host}/{environment}/as/revoke"),
        ),
        issuer: Some("https://{host}/{environment}/as"),
        variables: &[
            ProfileVariable::host("the host of the region", "auth.pingone.eu")
                .or("auth.pingone.com"),
            ProfileVariable::segment(
                "environment",
                "the environment's id",
                "d8f4b2a6-5c1e-4f0a-9b7d-3e2c1a0f9e8d",
            ),
        ],
        ..PLAIN
    },
    Profile {
        name: "salesforce",
        title: "Salesforce",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/services/oauth2/token",
                "https://{host}/services/oauth2/token",
            )
            .revocation("https://{host}/services/oauth2/revoke"),
        ),
        variables: &[ProfileVariable::host(
            "the host to sign in at: My Domain or a sandbox",
            "test.salesforce.com",
        )
        .or("login.salesforce.com")],
        dialect: &dialects::SALESFORCE,
        notes: "Newer organizations no longer offer device flow. Lifetimes are never told.",
        ..PLAIN
    },
    Profile {
        name: "sigstore",
        title: "Sigstore",
        endpoints: Some(Endpoints::new(
            "https://oauth2.sigstore.dev/auth/device/code",
            "https://oauth2.sigstore.dev/auth/token",
        )),
        issuer: Some("https://oauth2.sigstore.dev/auth"),
        secret: ProfileSecret::None,
        notes: "The client's id is sigstore, and its own client sends PKCE. The token that counts is the ID token.",
        ..PLAIN
    },
    Profile {
        name: "trakt",
        title: "Trakt",
        endpoints: Some(
            Endpoints::new(
                "https://api.trakt.tv/oauth/device/code",
                "https://api.trakt.tv/oauth/device/token",
            )
            .refresh("https://api.trakt.tv/oauth/token")
            .revocation("https://api.trakt.tv/oauth/revoke"),
        ),
        secret: ProfileSecret::Required,
        is_device_endpoint_authenticated: false,
        parameters: &[(Stage::Refresh, "redirect_uri", "urn:ietf:wg:oauth:2.0:oob")],
        dialect: &dialects::TRAKT,
        notes: "Documented with JSON requests; forms are accepted.",
        ..PLAIN
    },
    Profile {
        name: "twitch",
        title: "Twitch",
        endpoints: Some(
            Endpoints::new(
                "https://id.twitch.tv/oauth2/device",
                "https://id.twitch.tv/oauth2/token",
            )
            .revocation("https://id.twitch.tv/oauth2/revoke"),
        ),
        is_device_endpoint_authenticated: false,
        dialect: &dialects::TWITCH,
        notes: "A public client's refresh token works once and for 30 days.",
        ..PLAIN
    },
    Profile {
        name: "vercel",
        title: "Vercel",
        issuer: Some("https://vercel.com"),
        secret: ProfileSecret::None,
        ..PLAIN
    },
    Profile {
        name: "workos",
        title: "WorkOS AuthKit",
        endpoints: Some(Endpoints::new(
            "https://api.workos.com/user_management/authorize/device",
            "https://api.workos.com/user_management/authenticate",
        )),
        secret: ProfileSecret::None,
        ..PLAIN
    },
    Profile {
        name: "yandex",
        title: "Yandex ID",
        endpoints: Some(Endpoints::new(
            "https://oauth.yandex.com/device/code",
            "https://oauth.yandex.com/token",
        )),
        secret: ProfileSecret::Required,
        is_device_endpoint_authenticated: false,
        dialect: &dialects::YANDEX,
        ..PLAIN
    },
    Profile {
        name: "zoom",
        title: "Zoom",
        endpoints: Some(
            Endpoints::new(
                "https://{host}/oauth/devicecode?client_id={client_id}",
                "https://{host}/oauth/token",
            )
            .revocation("https://{host}/oauth/revoke"),
        ),
        variables: &[
            ProfileVariable::host("the host of a separate Zoom cloud", "zoomgov.com").or("zoom.us"),
        ],
        secret: ProfileSecret::Required,
        is_secret_in_header: true,
        notes: "The complete verification URI does not contain the user code.",
        ..PLAIN
    },
];
