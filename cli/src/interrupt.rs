//! Ctrl-C: the first asks to stop at the next safe point, the second ends the process.

use std::thread;

use provisio::connector::CancelToken;

use crate::exit::Exit;
use crate::output::Output;

/// Cancels the token at the first interrupt. A thread of its own listens, since the run may compute for long; an
/// interrupt from now on is heard, also before that thread has begun.
pub(crate) fn listen(cancel: CancelToken) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
    let signals = {
        let _within = runtime.enter();
        Signals::new()
    };
    let Ok(mut signals) = signals else { return };
    let listen = move || {
        runtime.block_on(async {
            signals.next().await;
            cancel.cancel();
            Output::stderr().line(
                "\nInterrupted: finishing the writes that are under way. Press Ctrl-C again to end at once.",
            );
            signals.next().await;
            std::process::exit(i32::from(Exit::Interrupted.code()));
        });
    };
    // Without the thread, a run cannot be interrupted but by force, and the next one continues.
    let _ = thread::Builder::new().name("interrupt".to_owned()).spawn(listen);
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let terminated = self.terminate.poll_recv(context).is_ready();
            let interrupted = self.interrupt.poll_recv(context).is_ready();
            if terminated || interrupted { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
