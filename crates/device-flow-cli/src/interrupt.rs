//! Ctrl-C, and other polite requests to end.

use std::io;
use std::thread;
use std::time::Duration;

use crate::exit::Exit;

/// How long the main thread may take to say goodbye. It may be stuck: whoever reads its output may have stopped.
const PATIENCE: Duration = Duration::from_millis(700);

/// Calls `tell` at the first interrupt, and ends the program soon after in any case.
///
/// # Errors
///
/// When the system offers no way to listen; an interrupt then ends the program by itself.
pub(crate) fn watch(tell: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut interrupts = {
        let _guard = runtime.enter();
        Interrupts::listen()?
    };
    thread::Builder::new().name("interrupts".to_owned()).spawn(move || {
        runtime.block_on(async move {
            interrupts.first().await;
            tell();
            tokio::time::sleep(PATIENCE).await;
            exit();
        });
    })?;
    Ok(())
}

#[expect(clippy::exit, reason = "the main thread cannot return while it is blocked by a write")]
fn exit() {
    std::process::exit(Exit::Interrupted.code().into());
}

/// Ctrl-C and SIGTERM. SIGHUP keeps its meaning, so that `nohup` keeps its own.
#[cfg(unix)]
struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Interrupts {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn first(&mut self) {
        std::future::poll_fn(|context| {
            let interrupt = self.interrupt.poll_recv(context);
            let terminate = self.terminate.poll_recv(context);
            if interrupt.is_ready() || terminate.is_ready() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }
}

/// Ctrl-C and Ctrl-Break.
#[cfg(windows)]
struct Interrupts {
    ctrl_c: tokio::signal::windows::CtrlC,
    ctrl_break: tokio::signal::windows::CtrlBreak,
}

#[cfg(windows)]
impl Interrupts {
    fn listen() -> io::Result<Self> {
        Ok(Self { ctrl_c: tokio::signal::windows::ctrl_c()?, ctrl_break: tokio::signal::windows::ctrl_break()? })
    }

    async fn first(&mut self) {
        std::future::poll_fn(|context| {
            let ctrl_c = self.ctrl_c.poll_recv(context);
            let ctrl_break = self.ctrl_break.poll_recv(context);
            if ctrl_c.is_ready() || ctrl_break.is_ready() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }
}
