//! `device-flow login`.

use std::process::ExitCode;
use std::time::Duration;

use device_flow_core::{Config, Discovery, SecretString, Stage};

use crate::args::{Format, LoginArguments, NetworkArguments, Qr, ServerArguments, YesNo};
use crate::ending::Ending;
use crate::error::Error;
use crate::file;
use crate::notice::Teller;
use crate::output::{Asked, Output};
use crate::secret;
use crate::sign_in::{discover, sign_in};
use crate::supervisor::supervise;
use crate::transport::{Settings, Transport};

/// Runs the command.
pub(crate) fn run(arguments: LoginArguments) -> ExitCode {
    let asked = match arguments.output.format {
        Format::Json => Asked::Json,
        Format::Text if arguments.output.no_store => Asked::AccessToken,
        Format::Text => Asked::Nothing,
    };
    let limit = arguments.network.timeout.map(Duration::from_secs);
    supervise(move |teller| login(&arguments, teller), limit, Output::new(asked))
}

fn login(arguments: &LoginArguments, teller: &Teller) -> Result<Ending, Error> {
    warn(arguments, teller);
    let authentication = secret::authentication(&arguments.client, teller)?;
    let transport = Transport::new(arguments.network.transport, &settings(&arguments.network)?)?;
    let client = &arguments.client;
    let config = at_server(&arguments.server, &client.client_id, &transport, teller)?
        .client_authentication(authentication)
        .authenticate_device_endpoint(client.device_endpoint_auth == YesNo::Yes)
        .allow_http(arguments.server.allow_http);
    sign_in(&transport, with_request(config, arguments), teller)
}

/// Tells what somebody could expect and will not get.
fn warn(arguments: &LoginArguments, teller: &Teller) {
    let output = &arguments.output;
    if output.format == Format::Text && !output.no_store {
        teller.warn(
            "nothing is stored yet, so this only shows that the sign-in works; with --no-store the access token is \
             printed, with --format json all of the answer",
        );
    }
    if output.qr == Qr::Always {
        teller.warn("no QR code is shown yet");
    }
}

/// The client, and the endpoints that the command line names or the issuer tells.
fn at_server(
    server: &ServerArguments,
    client_id: &str,
    transport: &Transport,
    teller: &Teller,
) -> Result<Config, Error> {
    if let Some(issuer) = server.issuer.as_deref() {
        let discovery = if server.allow_http { Discovery::allowing_http(issuer)? } else { Discovery::new(issuer)? };
        let metadata = discover(transport, discovery, teller)?;
        return Ok(Config::discovered(client_id, &metadata));
    }
    // The command line has both where it has no issuer.
    Ok(Config::new(
        client_id,
        server.device_authorization_endpoint.as_deref().unwrap_or_default(),
        server.token_endpoint.as_deref().unwrap_or_default(),
    ))
}

/// Adds what to ask for.
fn with_request(mut config: Config, arguments: &LoginArguments) -> Config {
    const BOTH: [Stage; 2] = [Stage::DeviceAuthorization, Stage::Token];
    let request = &arguments.request;
    for scope in &request.scope {
        config = config.scope(scope);
    }
    if let Some(audience) = &request.audience {
        config = config.parameter(Stage::DeviceAuthorization, "audience", audience.as_str());
    }
    for resource in &request.resource {
        // RFC 8707 section 2: what is authorized, and what of it this token is for.
        for stage in BOTH {
            config = config.parameter(stage, "resource", resource.as_str());
        }
    }
    for parameter in &request.parameter {
        config = config.parameter(parameter.stage, parameter.name.as_str(), SecretString::clone(&parameter.value));
    }
    for header in &request.header {
        for stage in BOTH {
            config = config.header(stage, header.name.as_str(), SecretString::clone(&header.value));
        }
    }
    config
}

fn settings(network: &NetworkArguments) -> Result<Settings, Error> {
    let read = |option, path: &Option<_>| {
        let path: Option<&std::path::PathBuf> = path.as_ref();
        path.map(|path| file::read(option, path)).transpose()
    };
    let root_certificates = read("--ca-cert", &network.ca_cert)?;
    let certificate = read("--cert", &network.cert)?;
    let key = read("--key", &network.key)?;
    Ok(Settings { root_certificates, client_certificate: certificate.zip(key), is_direct: false })
}
