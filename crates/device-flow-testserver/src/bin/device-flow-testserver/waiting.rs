//! Waits until somebody asks for the end.

use std::io::{self, Read as _};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long requests that have arrived may still be answered.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// Hears signals from the moment it is made.
pub(crate) struct Waiting {
    runtime: Runtime,
    ender: Ender,
    asked: UnboundedReceiver<()>,
}

/// Asks for the end.
#[derive(Clone)]
pub(crate) struct Ender(UnboundedSender<()>);

impl Ender {
    pub(crate) fn end(&self) {
        // Who does not wait any more is ending.
        let _ = self.0.send(());
    }
}

impl Waiting {
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (sender, asked) = unbounded_channel();
        let ender = Ender(sender);
        let guard = runtime.enter();
        listen(&ender)?;
        drop(guard);
        Ok(Self { runtime, ender, asked })
    }

    pub(crate) fn ender(&self) -> Ender {
        self.ender.clone()
    }

    pub(crate) fn until_asked_to_end(mut self, is_stdin_watched: bool) {
        if is_stdin_watched {
            let ender = self.ender();
            // It ends with the process, if nothing else ends it.
            std::thread::spawn(move || {
                let mut ignored = [0; 1024];
                while !matches!(io::stdin().read(&mut ignored), Ok(0) | Err(_)) {}
                ender.end();
            });
        }
        self.runtime.block_on(self.asked.recv());
    }
}

#[cfg(unix)]
fn listen(ender: &Ender) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut signal = signal(kind)?;
        let ender = ender.clone();
        tokio::spawn(async move {
            if signal.recv().await.is_some() {
                ender.end();
            }
        });
    }
    Ok(())
}

#[cfg(windows)]
fn listen(ender: &Ender) -> io::Result<()> {
    let mut pressed = tokio::signal::windows::ctrl_c()?;
    let mut broken = tokio::signal::windows::ctrl_break()?;
    let (first, second) = (ender.clone(), ender.clone());
    tokio::spawn(async move {
        if pressed.recv().await.is_some() {
            first.end();
        }
    });
    tokio::spawn(async move {
        if broken.recv().await.is_some() {
            second.end();
        }
    });
    Ok(())
}
