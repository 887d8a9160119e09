//! Services that somebody else runs.

use super::{Row, dialects};
use crate::{Profile, ProfileSecret, ProfileVariable};
use device_flow_core::Stage;

/// In alphabetical order.
pub(super) static SERVICES: [Row; 25] = [
    Row::new("amazon", |name| {
        Profile::new(
            name,
            "Login with Amazon",
            "https://api.amazon.com/auth/o2/create/codepair",
            "https://api.amazon.com/auth/o2/token",
        )
        .with_secret(ProfileSecret::None)
        .with_dialect(dialects::amazon())
        .with_notes(
            "Alexa devices also send the parameter scope_data with the device \
             authorization request.",
        )
    }),
    Row::new("auth0", |name| {
        Profile::new(name, "Auth0", "https://{host}/oauth/device/code", "https://{host}/oauth/token")
            .with_revocation_endpoint("https://{host}/oauth/revoke")
            .with_issuer("https://{host}/")
            .with_variable(ProfileVariable::host("the tenant's domain", "tenant.eu.auth0.com"))
            .with_device_endpoint_authentication(false)
            .with_notes(
                "The parameter audience brings an access token for that API; without it the \
             token is opaque.",
            )
    }),
    Row::new("baidu", |name| {
        Profile::new(
            name,
            "Baidu",
            "https://openapi.baidu.com/oauth/2.0/device/code",
            "https://openapi.baidu.com/oauth/2.0/token",
        )
        .with_secret(ProfileSecret::Required)
        .with_device_endpoint_authentication(false)
        .with_header(Stage::DeviceAuthorization, "user-agent", "pan.baidu.com")
        .with_header(Stage::Token, "user-agent", "pan.baidu.com")
        .with_header(Stage::Refresh, "user-agent", "pan.baidu.com")
        .with_dialect(dialects::baidu())
        .with_notes("A refresh token works once, even when its refresh fails.")
    }),
    Row::new("cilogon", |name| {
        Profile::new(
            name,
            "CILogon",
            "https://cilogon.org/oauth2/device_authorization",
            "https://cilogon.org/oauth2/token",
        )
        .with_revocation_endpoint("https://cilogon.org/oauth2/revoke")
        .with_issuer("https://cilogon.org")
    }),
    Row::new("docker", |name| {
        Profile::new(
            name,
            "Docker Hub",
            "https://login.docker.com/oauth/device/code",
            "https://login.docker.com/oauth/token",
        )
        .with_revocation_endpoint("https://login.docker.com/oauth/revoke")
        .with_issuer("https://login.docker.com/")
        .with_secret(ProfileSecret::None)
        .with_parameter(Stage::DeviceAuthorization, "audience", "https://hub.docker.com")
    }),
    Row::new("egi-checkin", |name| {
        Profile::new(
            name,
            "EGI Check-in",
            "https://aai.egi.eu/auth/realms/egi/protocol/openid-connect/auth/device",
            "https://aai.egi.eu/auth/realms/egi/protocol/openid-connect/token",
        )
        .with_revocation_endpoint("https://aai.egi.eu/auth/realms/egi/protocol/openid-connect/revoke")
        .with_issuer("https://aai.egi.eu/auth/realms/egi")
    }),
    Row::new("facebook", |name| {
        Profile::new(
            name,
            "Facebook Login for Devices",
            "https://graph.facebook.com/{version}/device/login",
            "https://graph.facebook.com/{version}/device/login_status",
        )
        .with_variable(ProfileVariable::segment("version", "the version of the Graph API", "v23.0"))
        .with_secret(ProfileSecret::Required)
        .with_dialect(dialects::facebook())
        .with_notes(
            "The secret is the app's client token, not the app secret. There are no \
             refresh tokens.",
        )
    }),
    Row::new("github", |name| {
        Profile::new(name, "GitHub", "https://{host}/login/device/code", "https://{host}/login/oauth/access_token")
            .with_variable(
                ProfileVariable::host("the host of GitHub Enterprise Server", "github.example")
                    .with_default("github.com"),
            )
            .with_secret(ProfileSecret::None)
            .with_notes(
                "The app's settings have to allow device flow. A GitHub App's refresh token \
             that came from device flow needs no client secret.",
            )
    }),
    Row::new("gitlab", |name| {
        Profile::new(name, "GitLab", "https://{host}/oauth/authorize_device", "https://{host}/oauth/token")
            .with_revocation_endpoint("https://{host}/oauth/revoke")
            .with_issuer("https://{host}")
            .with_variable(
                ProfileVariable::host("the host of a GitLab of one's own", "gitlab.example").with_default("gitlab.com"),
            )
            .with_notes("GitLab 17.2 or later.")
    }),
    Row::new("google", |name| {
        Profile::new(name, "Google", "https://oauth2.googleapis.com/device/code", "https://oauth2.googleapis.com/token")
            .with_revocation_endpoint("https://oauth2.googleapis.com/revoke")
            .with_issuer("https://accounts.google.com")
            .with_secret(ProfileSecret::Required)
            .with_device_endpoint_authentication(false)
            .with_notes(
                "The client's type has to be \"TVs and Limited Input devices\"; few scopes are \
             allowed.",
            )
    }),
    Row::new("huawei", |name| {
        Profile::new(
            name,
            "Huawei ID",
            "https://oauth-login.cloud.huawei.com/oauth2/v3/device/code",
            "https://oauth-login.cloud.huawei.com/oauth2/v3/token",
        )
        .with_secret(ProfileSecret::Required)
        .with_device_endpoint_authentication(false)
        .with_dialect(dialects::huawei())
    }),
    Row::new("huggingface", |name| {
        Profile::new(name, "Hugging Face", "https://huggingface.co/oauth/device", "https://huggingface.co/oauth/token")
            .with_issuer("https://huggingface.co")
    }),
    Row::new("microsoft", |name| {
        Profile::new(
            name,
            "Microsoft Entra ID",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        )
        .with_variable(ProfileVariable::segment(
            "tenant",
            "a tenant's id or domain, or common, organizations or consumers",
            "common",
        ))
        .with_secret(ProfileSecret::None)
        .with_notes(
            "The app has to allow public client flows. The scope offline_access brings a \
             refresh token.",
        )
    }),
    Row::new("mongodb-atlas", |name| {
        Profile::new(
            name,
            "MongoDB Atlas",
            "https://{host}/api/private/unauth/account/device/authorize",
            "https://{host}/api/private/unauth/account/device/token",
        )
        .with_revocation_endpoint("https://{host}/api/private/unauth/account/device/revoke")
        .with_variable(
            ProfileVariable::host("the host of a separate Atlas cloud", "cloud.mongodbgov.com")
                .with_default("cloud.mongodb.com"),
        )
        .with_secret(ProfileSecret::None)
        .with_dialect(dialects::mongodb_atlas())
        .with_notes("A private interface, made for the provider's own programs.")
    }),
    Row::new("okta", |name| {
        Profile::new(name, "Okta", "https://{host}/oauth2/v1/device/authorize", "https://{host}/oauth2/v1/token")
            .with_revocation_endpoint("https://{host}/oauth2/v1/revoke")
            .with_issuer("https://{host}")
            .with_variable(ProfileVariable::host("the organization's domain", "dev-1234567.okta.com"))
            .with_notes(
                "The organization's own authorization server. The scope offline_access brings \
             a refresh token.",
            )
    }),
    Row::new("okta-custom", |name| {
        Profile::new(
            name,
            "Okta, custom authorization server",
            "https://{host}/oauth2/{server}/v1/device/authorize",
            "https://{host}/oauth2/{server}/v1/token",
        )
        .with_revocation_endpoint("https://{host}/oauth2/{server}/v1/revoke")
        .with_issuer("https://{host}/oauth2/{server}")
        .with_variable(ProfileVariable::host("the organization's domain", "dev-1234567.okta.com"))
        .with_variable(ProfileVariable::segment("server", "the authorization server's id", "default"))
    }),
    Row::new("pingone", |name| {
        Profile::new(
            name,
            "PingOne",
            "https://{host}/{environment}/as/device_authorization",
            "https://{host}/{environment}/as/token",
        )
        .with_revocation_endpoint("https://{host}/{environment}/as/revoke")
        .with_issuer("https://{host}/{environment}/as")
        .with_variable(
            ProfileVariable::host("the host of the region", "auth.pingone.eu").with_default("auth.pingone.com"),
        )
        .with_variable(ProfileVariable::segment(
            "environment",
            "the environment's id",
            "d8f4b2a6-5c1e-4f0a-9b7d-3e2c1a0f9e8d",
        ))
    }),
    Row::new("salesforce", |name| {
        Profile::new(name, "Salesforce", "https://{host}/services/oauth2/token", "https://{host}/services/oauth2/token")
            .with_revocation_endpoint("https://{host}/services/oauth2/revoke")
            .with_variable(
                ProfileVariable::host("the host to sign in at: My Domain or a sandbox", "test.salesforce.com")
                    .with_default("login.salesforce.com"),
            )
            .with_dialect(dialects::salesforce())
            .with_notes("Newer organizations no longer offer device flow. Lifetimes are never told.")
    }),
    Row::new("sigstore", |name| {
        Profile::new(
            name,
            "Sigstore",
            "https://oauth2.sigstore.dev/auth/device/code",
            "https://oauth2.sigstore.dev/auth/token",
        )
        .with_issuer("https://oauth2.sigstore.dev/auth")
        .with_secret(ProfileSecret::None)
        .with_notes(
            "The client's id is sigstore, and its own client sends PKCE. The token that \
             counts is the ID token.",
        )
    }),
    Row::new("trakt", |name| {
        Profile::new(name, "Trakt", "https://api.trakt.tv/oauth/device/code", "https://api.trakt.tv/oauth/device/token")
            .with_refresh_endpoint("https://api.trakt.tv/oauth/token")
            .with_revocation_endpoint("https://api.trakt.tv/oauth/revoke")
            .with_secret(ProfileSecret::Required)
            .with_device_endpoint_authentication(false)
            .with_parameter(Stage::Refresh, "redirect_uri", "urn:ietf:wg:oauth:2.0:oob")
            .with_dialect(dialects::trakt())
            .with_notes("Documented with JSON requests; forms are accepted.")
    }),
    Row::new("twitch", |name| {
        Profile::new(name, "Twitch", "https://id.twitch.tv/oauth2/device", "https://id.twitch.tv/oauth2/token")
            .with_revocation_endpoint("https://id.twitch.tv/oauth2/revoke")
            .with_device_endpoint_authentication(false)
            .with_dialect(dialects::twitch())
            .with_notes("A public client's refresh token works once and for 30 days.")
    }),
    Row::new("vercel", |name| {
        Profile::discovered(name, "Vercel", "https://vercel.com").with_secret(ProfileSecret::None)
    }),
    Row::new("workos", |name| {
        Profile::new(
            name,
            "WorkOS AuthKit",
            "https://api.workos.com/user_management/authorize/device",
            "https://api.workos.com/user_management/authenticate",
        )
        .with_secret(ProfileSecret::None)
    }),
    Row::new("yandex", |name| {
        Profile::new(name, "Yandex ID", "https://oauth.yandex.com/device/code", "https://oauth.yandex.com/token")
            .with_secret(ProfileSecret::Required)
            .with_device_endpoint_authentication(false)
            .with_dialect(dialects::yandex())
    }),
    Row::new("zoom", |name| {
        Profile::new(
            name,
            "Zoom",
            "https://{host}/oauth/devicecode?client_id={client_id}",
            "https://{host}/oauth/token",
        )
        .with_revocation_endpoint("https://{host}/oauth/revoke")
        .with_variable(
            ProfileVariable::host("the host of a separate Zoom cloud", "zoomgov.com").with_default("zoom.us"),
        )
        .with_secret(ProfileSecret::Required)
        .with_secret_in_header(true)
        .with_notes("The complete verification URI does not contain the user code.")
    }),
];
