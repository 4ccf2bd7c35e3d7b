//! Ctrl-C: the first asks to stop at the next safe point, the second ends the process.

use std::thread;

use provisio::connector::CancelToken;

use crate::exit::Exit;
use crate::output::Output;

/// Cancels the token at the first interrupt. A thread of its own listens, since the run may compute for long.
pub(crate) fn listen(cancel: CancelToken) {
    let listen = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        runtime.block_on(async {
            if next().await.is_err() {
                return;
            }
            cancel.cancel();
            Output::stderr().line(
                "\nInterrupted: finishing the writes that are under way. Press Ctrl-C again to end at once.",
            );
            if next().await.is_ok() {
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        });
    };
    // Without the thread, Ctrl-C ends the process at once, and the next run continues.
    let _ = thread::Builder::new().name("interrupt".to_owned()).spawn(listen);
}

#[cfg(unix)]
async fn next() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    std::future::poll_fn(|context| {
        let terminated = terminate.poll_recv(context).is_ready();
        let interrupted = interrupt.poll_recv(context).is_ready();
        if terminated || interrupted { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    Ok(())
}

#[cfg(not(unix))]
async fn next() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
