//! A scriptable OAuth 2.0 device authorization server, as a program that tests in any language start and steer.

mod arguments;
mod descriptors;
mod ending;
mod events;
mod files;
mod ready;
mod waiting;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use device_flow_testserver::{Control, Server};

use arguments::Arguments;
use ending::Failure;
use files::Files;
use ready::Ready;
use waiting::{GRACE, Waiting};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where nobody listens there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "device-flow-testserver: {failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let options = arguments.options()?;
    let options = if arguments.events { options.observer(events::write) } else { options };
    if arguments.check {
        return Ok(());
    }
    descriptors::raise_limit();
    // First, so that a signal that comes early is heard.
    let waiting = Waiting::new().map_err(Failure::Runtime)?;
    let server = Server::start(options).map_err(Failure::of_start)?;
    let control = match arguments.control {
        _ if arguments.no_control => None,
        address => {
            let ender = waiting.ender();
            let control = Control::start(&server, address, move || ender.end());
            Some(control.map_err(|source| Failure::of_control(address, source))?)
        }
    };
    let files = Files::write(arguments, &server, control.as_ref())?;
    Ready { arguments, server: &server, control: control.as_ref() }.write()?;
    waiting.until_asked_to_end(arguments.until_stdin_closes);

    server.finish(GRACE);
    if let Some(control) = control {
        control.finish(GRACE);
    }
    files.remove();
    Ok(())
}
