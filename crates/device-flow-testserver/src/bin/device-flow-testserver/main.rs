//! A scriptable OAuth 2.0 device authorization server, as a program that tests in any language start and steer.

mod arguments;
mod descriptors;
mod ending;
mod events;
mod files;
mod ready;
mod waiting;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use device_flow_testserver::{Control, Server};

use arguments::Arguments;
use ending::Failure;
use events::Events;
use files::Files;
use ready::Ready;
use waiting::{GRACE, Waiting};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where nobody listens there is nobody to tell.
            let _ = writeln!(io::stderr(), "device-flow-testserver: {failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let options = arguments.options()?;
    let events = Arc::new(Events::new());
    let observer = Arc::clone(&events);
    let options = if arguments.events { options.observer(move |event| observer.tell(event)) } else { options };
    if !options.listen_address().ip().is_loopback() {
        let _ = writeln!(
            io::stderr(),
            "device-flow-testserver: warning: whoever can reach {} can approve every code",
            options.listen_address()
        );
    }
    if arguments.check {
        return options.check().map_err(Failure::Settings);
    }
    descriptors::raise_limit();
    // First, so that a signal that comes early is heard.
    let waiting = Waiting::new().map_err(Failure::Runtime)?;
    let address = options.listen_address();
    let server = Server::start(options).map_err(|source| Failure::of_start(address, source))?;
    let control = match arguments.control {
        _ if arguments.no_control => None,
        address => {
            let ender = waiting.ender();
            let control = Control::start(&server, address, move || ender.end());
            Some(control.map_err(|source| Failure::Control { address, source })?)
        }
    };
    let files = Files::write(arguments, &server, control.as_ref())?;
    Ready { arguments, server: &server, control: control.as_ref() }.write()?;
    events.write_to(io::stdout());
    waiting.until_asked_to_end(arguments.until_stdin_closes);

    server.finish(GRACE);
    if let Some(control) = control {
        control.finish(GRACE);
    }
    drop(files);
    events.finish(GRACE);
    Ok(())
}
