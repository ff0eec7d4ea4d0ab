//! From a listening socket to answers, and an orderly end.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Ready, is_loopback};
use crate::router::router;

const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Why the door does not open, or does not stay open.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Others could reach it, and nothing would ask who they are.
    #[error(
        "{0} can be reached from other machines, and this version has no API keys to ask them for: \
         listen on 127.0.0.1 or [::1], and let a proxy that authenticates stand before it"
    )]
    NotLoopback(SocketAddr),
    /// The system refuses.
    #[error("listening: {0}")]
    Io(#[from] io::Error),
}

/// Refuses an address that more than this machine can reach.
pub fn check_address(address: SocketAddr) -> Result<(), ServeError> {
    if is_loopback(address) { Ok(()) } else { Err(ServeError::NotLoopback(address)) }
}

/// Answers on that socket until `stop` is over, then ends the requests under way, at the latest
/// after [`crate::app::Options::drain`].
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    check_address(listener.local_addr()?)?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        // An answer is one small packet; it must not wait for more to go along.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    let stopping = CancellationToken::new();
    let upkeep = tokio::spawn(upkeep(Arc::clone(&app), stopping.clone()));
    let stopped = {
        let (app, stopping) = (Arc::clone(&app), stopping.clone());
        async move {
            stop.await;
            app.readiness.set(Ready::Stopping);
            stopping.cancel();
        }
    };
    let drain = app.options.drain;
    let server = axum::serve(listener, router(app)).with_graceful_shutdown(stopped);
    let out_of_time = async {
        stopping.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    let ended = tokio::select! {
        ended = server => ended,
        () = out_of_time => {
            tracing::warn!(drain_ms = drain.as_millis(), "requests were cut off at the stop");
            Ok(())
        }
    };
    upkeep.abort();
    Ok(ended?)
}

async fn upkeep(app: Arc<App>, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        tokio::time::sleep(UPKEEP_EVERY).await;
        app.metrics.upkeep();
    }
}

#[cfg(test)]
mod tests;
