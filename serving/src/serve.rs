//! From a listening socket to answers, and an orderly end.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crate::app::{App, is_loopback};
use crate::door;
use crate::router::router;

/// Why the door does not open, or does not stay open.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Others could reach it, and nothing would ask who they are.
    #[error(
        "{0} can be reached from other machines, and there is no API key to ask them for: make \
         one with `roomnight keys create --name web --scope shop` and paste what it prints into \
         roomnight.toml, or listen on 127.0.0.1 or [::1]"
    )]
    NoKeys(SocketAddr),
    /// The system refuses.
    #[error("listening: {0}")]
    Io(#[from] io::Error),
}

/// How many connections may wait to be accepted.
pub(crate) const BACKLOG: i32 = 4_096;

/// Refuses an address that more than this machine can reach, unless callers are asked for a key.
pub fn check_address(address: SocketAddr, has_keys: bool) -> Result<(), ServeError> {
    if has_keys || is_loopback(address) { Ok(()) } else { Err(ServeError::NoKeys(address)) }
}

/// Answers on that socket until `stop` is over, then ends the requests under way, at the latest
/// after [`crate::app::Options::drain`].
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    check_address(listener.local_addr()?, app.door.has_keys())?;
    listener.set_nonblocking(true)?;
    // A burst of clients waits in the system's queue instead of trying again a second later.
    rustix::net::listen(&listener, BACKLOG).map_err(io::Error::from)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = router(Arc::clone(&app));
    door::answer(listener, app, router, stop).await;
    Ok(())
}

#[cfg(test)]
mod tests;
