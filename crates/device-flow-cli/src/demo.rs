//! `device-flow demo`: both sides of a sign-in in one program.

mod step;

use std::process::ExitCode;
use std::time::Duration;

use device_flow_core::{Config, Discovery};
use device_flow_testserver::{Approval, Event, Options, Server};

use crate::args::{Approve, DemoArguments, Format};
use crate::ending::Ending;
use crate::error::Error;
use crate::notice::{Notice, Teller};
use crate::output::{Asked, Output};
use crate::sign_in::{discover, sign_in};
use crate::supervisor::supervise;
use crate::transport::{Settings, Transport};

pub(crate) use step::Step;

const CLIENT_ID: &str = "device-flow-demo";
/// As short as whole seconds allow: nobody waits for a demonstration.
const INTERVAL: Duration = Duration::from_secs(1);
/// Enough to see that asking goes on.
const PENDING_POLLS: u32 = 2;

/// Runs the command.
pub(crate) fn run(arguments: DemoArguments) -> ExitCode {
    let asked = match arguments.format {
        Format::Json => Asked::Json,
        Format::Text => Asked::Nothing,
    };
    // A person takes minutes, and every poll would be a line.
    let output = match arguments.approve {
        Approve::Auto => Output::detailed(asked),
        Approve::Page => Output::new(asked),
    };
    supervise(move |teller| demo(&arguments, teller), None, output)
}

fn demo(arguments: &DemoArguments, teller: &Teller) -> Result<Ending, Error> {
    let server = start(arguments, teller)?;
    let step = |step| teller.tell(Notice::Demo(step));
    step(Step::Listening { issuer: server.issuer() });

    // The environment's proxies are for the world outside.
    let settings = Settings { is_direct: true, ..Settings::default() };
    let transport = Transport::new(arguments.transport, &settings)?;
    step(Step::Discovering);
    let metadata = discover(&transport, Discovery::new(server.issuer())?, teller)?;
    step(Step::AskingForCode { endpoint: server.device_authorization_endpoint() });
    let config = Config::discovered(CLIENT_ID, &metadata).scope("openid offline_access");
    let ending = sign_in(&transport, config, teller)?;
    if let Ending::Authorized(tokens) = &ending {
        step(Step::received(tokens));
    }
    Ok(ending)
}

fn start(arguments: &DemoArguments, teller: &Teller) -> Result<Server, Error> {
    let approval = match arguments.approve {
        Approve::Auto => Approval::AfterPolls(PENDING_POLLS),
        Approve::Page => Approval::Manual,
    };
    let is_brief = arguments.approve == Approve::Page;
    let teller = teller.clone();
    let options =
        Options::new().listen(arguments.listen).interval(INTERVAL).approval(approval).observer(move |event| {
            for step in steps(event, is_brief) {
                teller.tell(Notice::Demo(step));
            }
        });
    Server::start(options).map_err(|source| Error::Listen { address: arguments.listen, source })
}

/// What to show of an event. Somebody who waits for a person has seen enough of polls that bring nothing after a few.
fn steps(event: &Event, is_brief: bool) -> Vec<Step> {
    match event {
        Event::Poll { number, answer, .. }
            if is_brief && *number >= PENDING_POLLS && *answer == "authorization_pending" =>
        {
            if *number == PENDING_POLLS { vec![Step::Server(event.clone()), Step::AndSoOn] } else { Vec::new() }
        }
        _ => vec![Step::Server(event.clone())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(number: u32) -> Event {
        Event::Poll { user_code: "WDJB-MJHT".to_owned(), number, answer: "authorization_pending" }
    }

    #[test]
    fn polls_that_bring_nothing_are_not_shown_for_ever() {
        let shown = |number| steps(&pending(number), true).len();
        assert_eq!([1, 2, 3, 4, 500].map(shown), [1, 2, 0, 0, 0]);
        assert!((1..500).all(|number| steps(&pending(number), false).len() == 1));
    }
}
