//! Runs a job, shows what it tells, and ends it when time or patience run out.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::ending::Ending;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt;
use crate::notice::{Notice, Teller};
use crate::output::Output;

/// What reaches the main thread.
#[derive(Debug)]
pub(crate) enum Message {
    /// The job tells something.
    Told(Notice),
    /// The job has ended.
    Ended(Box<Ending>),
    /// The program was asked to end.
    Interrupted,
}

/// Runs `job` on a thread of its own, for no longer than `limit`.
///
/// A job may be stuck in a name look-up or a read that nothing can wake; it is then left behind and ends with the
/// process.
pub(crate) fn supervise(
    job: impl FnOnce(&Teller) -> Result<Ending, Error> + Send + 'static,
    limit: Option<Duration>,
    mut output: Output,
) -> ExitCode {
    let ending = match start(job) {
        Ok(messages) => match follow(&messages, limit, &mut output) {
            Ok(ending) => ending,
            Err(error) => {
                unheard(&error, "the sign-in was given up", &mut output);
                return Exit::Storage.into();
            }
        },
        Err(error) => Ending::Failed(Error::System(error)),
    };
    match output.end(&ending) {
        Ok(()) => ending.exit().into(),
        // A sign-in that failed is a failure, whether or not somebody reads of it.
        Err(_) if ending.exit() != Exit::Success => ending.exit().into(),
        Err(error) => {
            unheard(&error, "the tokens that were granted are lost", &mut output);
            Exit::Storage.into()
        }
    }
}

fn start(job: impl FnOnce(&Teller) -> Result<Ending, Error> + Send + 'static) -> io::Result<Receiver<Message>> {
    let (sender, messages) = channel();
    let interrupted = sender.clone();
    // Where nobody can listen for it, an interrupt ends the program the plain way.
    let _ = interrupt::watch(move || {
        let _ = interrupted.send(Message::Interrupted);
    });
    thread::Builder::new().name("sign-in".to_owned()).spawn(move || {
        let teller = Teller::new(sender.clone());
        let ended = catch_unwind(AssertUnwindSafe(|| job(&teller)));
        let ending = ended.unwrap_or(Err(Error::Bug)).unwrap_or_else(Ending::Failed);
        let _ = sender.send(Message::Ended(Box::new(ending)));
    })?;
    Ok(messages)
}

/// Shows what is told until the end.
fn follow(messages: &Receiver<Message>, limit: Option<Duration>, output: &mut Output) -> io::Result<Ending> {
    let deadline = limit.and_then(|limit| Some((limit, Instant::now().checked_add(limit)?)));
    loop {
        let message = match deadline {
            None => messages.recv().map_err(|_| Ending::Failed(Error::Bug)),
            Some((limit, deadline)) => {
                let left = deadline.saturating_duration_since(Instant::now());
                messages.recv_timeout(left).map_err(|error| match error {
                    RecvTimeoutError::Timeout => Ending::TimedOut(limit),
                    RecvTimeoutError::Disconnected => Ending::Failed(Error::Bug),
                })
            }
        };
        match message {
            Ok(Message::Told(notice)) => output.tell(&notice)?,
            Ok(Message::Ended(ending)) => return Ok(*ending),
            Ok(Message::Interrupted) => return Ok(ended(messages).unwrap_or(Ending::Interrupted)),
            Err(ending) => return Ok(ending),
        }
    }
}

/// How the job has ended, if it has: the tokens may be there while somebody thinks that nothing comes any more.
fn ended(messages: &Receiver<Message>) -> Option<Ending> {
    messages.try_iter().find_map(|message| match message {
        Message::Ended(ending) => Some(*ending),
        Message::Told(_) | Message::Interrupted => None,
    })
}

/// Says that standard output takes nothing more, and what became of the sign-in.
fn unheard(error: &io::Error, loss: &str, output: &mut Output) {
    let reason = match error.kind() {
        io::ErrorKind::BrokenPipe => "nobody reads standard output any more".to_owned(),
        _ => format!("failed to write to standard output: {error}"),
    };
    output.complain(&format!("{reason}; {loss}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Asked;

    #[test]
    fn an_interrupt_drops_no_ending_that_is_there() {
        let (sender, messages) = channel();
        let mut output = Output::new(Asked::Nothing);
        sender.send(Message::Interrupted).unwrap();
        assert!(matches!(follow(&messages, None, &mut output).unwrap(), Ending::Interrupted));
        sender.send(Message::Interrupted).unwrap();
        sender.send(Message::Told(Notice::Warning(String::new()))).unwrap();
        sender.send(Message::Ended(Box::new(Ending::Denied))).unwrap();
        assert!(matches!(follow(&messages, None, &mut output).unwrap(), Ending::Denied));
    }
}
