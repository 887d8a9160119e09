//! `device-flow login`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::value::{Header, Parameter};
use super::{Format, TransportName};

const USAGE: &str = "\
device-flow login [OPTIONS] --client-id <ID> --issuer <URL> [PROFILE]
       device-flow login [OPTIONS] --client-id <ID>
                         --device-authorization-endpoint <URL> --token-endpoint <URL> [PROFILE]";

const AFTER_HELP: &str = "\
Standard output:
  With --no-store the access token, alone on a line. With --format json one
  object a line for every step; the last is one of authorized, denied,
  expired, cancelled, failed. What people have to know goes to standard error
  in either format.

Secrets:
  A client secret is never an argument, which everybody on the machine could
  read: name a file, or set DEVICE_FLOW_CLIENT_SECRET.

Proxies:
  HTTPS_PROXY, http_proxy, ALL_PROXY and NO_PROXY are honoured as curl does.

Exit codes:
    0  signed in
    1  unexpected
    2  usage, or a file that cannot be used
    3  denied by the person
    4  the code has run out
    5  not done within --timeout
    6  network: nobody answered, or not over trusted TLS
    7  the server refused, or broke the protocol
    8  storage: the tokens could not be handed over
  130  interrupted";

/// Signs in: shows a code and an address, and waits until a person has approved there.
///
/// Nothing is stored yet: neither tokens nor the profile outlive the command.
#[derive(Debug, Args)]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
pub(crate) struct LoginArguments {
    /// The name to keep the sign-in under; accepted, and without effect until tokens are stored
    #[arg(value_name = "PROFILE")]
    pub(crate) profile: Option<String>,

    #[command(flatten)]
    pub(crate) server: ServerArguments,
    #[command(flatten)]
    pub(crate) client: ClientArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Where to sign in.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Server",
    group = ArgGroup::new("address").required(true).args(["issuer", "device_authorization_endpoint"]),
)]
pub(crate) struct ServerArguments {
    /// The authorization server's issuer, which tells its endpoints (RFC 8414, OpenID Connect)
    #[arg(long, value_name = "URL", conflicts_with = "token_endpoint")]
    pub(crate) issuer: Option<String>,

    /// The device authorization endpoint, for a server that does not tell
    #[arg(long, value_name = "URL", requires = "token_endpoint")]
    pub(crate) device_authorization_endpoint: Option<String>,

    /// The token endpoint, for a server that does not tell
    #[arg(long, value_name = "URL", requires = "device_authorization_endpoint")]
    pub(crate) token_endpoint: Option<String>,

    /// Accepts http beyond this machine, where everybody on the way can read codes and tokens
    ///
    /// http on loopback needs no flag.
    #[arg(long)]
    pub(crate) allow_http: bool,
}

/// Who signs in.
#[derive(Debug, Args)]
#[command(next_help_heading = "Client")]
pub(crate) struct ClientArguments {
    /// What the authorization server calls this client
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: String,

    /// A file with the client secret; one line break at its end does not count
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,

    /// How the client authenticates [default: basic when there is a secret, none otherwise]
    #[arg(long, value_enum, value_name = "METHOD", hide_default_value = true)]
    pub(crate) auth: Option<Authentication>,

    /// Whether the client authenticates at the device authorization endpoint too: most servers
    /// demand it, a few (Auth0) refuse it
    #[arg(long, value_enum, value_name = "YES|NO", default_value = "yes")]
    pub(crate) device_endpoint_auth: YesNo,
}

/// What to ask for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArguments {
    /// A scope, or several separated by spaces; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,

    /// The audience the token is meant for, sent with the device authorization request (Auth0)
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) audience: Option<String>,

    /// A resource the token is meant for, sent with both requests (RFC 8707); may be repeated
    #[arg(long, value_name = "URI")]
    pub(crate) resource: Vec<String>,

    /// A parameter for the device authorization request, or with token:NAME=VALUE for the token
    /// request; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameter: Vec<Parameter>,

    /// A header for both requests; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    pub(crate) header: Vec<Header>,
}

/// How to get there.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArguments {
    /// A PEM file with certificates of authorities to trust beside those of the system
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,

    /// A PEM file with the client's certificate and its chain, for servers that want one (mTLS)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,

    /// A PEM file with the private key of --cert
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,

    /// The longest the whole sign-in may take; without it, as long as the code lives
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: Option<u64>,

    /// The HTTP library to use
    #[arg(long, value_enum, value_name = "NAME", default_value = "ureq")]
    pub(crate) transport: TransportName,
}

/// What to show.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// What standard output carries
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,

    /// Stores nothing, and in text format prints the access token
    #[arg(long)]
    pub(crate) no_store: bool,

    /// Opens no browser; none is opened yet in any case
    #[arg(long)]
    pub(crate) no_browser: bool,

    /// When to show a QR code; none is shown yet in any case
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) qr: Qr,
}

/// How the client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Authentication {
    /// Not at all: a public client
    None,
    /// HTTP Basic, id and secret form-encoded first (RFC 6749 section 2.3.1)
    Basic,
    /// HTTP Basic, id and secret as they are, for servers that do not decode them
    BasicRaw,
    /// Id and secret in the body
    Post,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum YesNo {
    Yes,
    No,
}

/// When to show a QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Qr {
    Auto,
    Always,
    Never,
}
