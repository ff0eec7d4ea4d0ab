//! The door of a process that is still loading its state: everybody is answered at once, and
//! nothing is done.
//!
//! The address is taken before the state is loaded. From then on the system accepts connections on
//! its own, and without this door whoever asked meanwhile would hang for as long as the load takes.
//! A connection is told one thing and then closed, so that whoever comes again meets the real door.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::TcpListener;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;

use crate::door::{ACCEPT_PAUSE, DoorOptions, http, no_delay};
use crate::extract::BODY_BYTES_MAX;
use crate::paths;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::serve::BACKLOG;
use crate::wire::answers::Health;

/// How many connections may be told at once; the others wait in the system's queue, which moves on
/// at the latest as fast as [`CONNECTION_MAX`] allows.
const CONNECTIONS_MAX: usize = 1_024;

/// How long a connection may take to ask and to be told.
const CONNECTION_MAX: Duration = Duration::from_secs(5);

/// Tells everybody on that socket that the process is not ready, until `stop` is over; then accepts
/// no more, and returns once those that it has accepted are told.
///
/// The real door may open on the same socket from the end of `stop` on.
pub async fn answer_not_ready(
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    rustix::net::listen(&listener, BACKLOG)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let tracker = TaskTracker::new();
    {
        let accepting = accept(&listener, &tracker);
        tokio::select! {
            () = stop => {}
            () = accepting => {}
        }
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
    Ok(())
}

async fn accept(listener: &tokio::net::TcpListener, tracker: &TaskTracker) {
    let http = Arc::new(http(&DoorOptions::default()));
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // It is never closed.
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                no_delay(&stream);
                let http = Arc::clone(&http);
                tracker.spawn(async move {
                    tell(stream, &http).await;
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers what is asked on a connection, and closes it.
async fn tell(stream: TcpStream, http: &Builder<TokioExecutor>) {
    let asked = Notify::new();
    let service = service_fn(|request| {
        asked.notify_one();
        answer(request)
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let told = async {
        tokio::select! {
            ended = &mut connection => return ended,
            () = asked.notified() => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    match tokio::time::timeout(CONNECTION_MAX, told).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection broke before it was told"),
        Err(_) => tracing::debug!("a connection took too long to ask"),
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let lives = request.method() == Method::GET && request.uri().path() == paths::LIVEZ;
    // A body that is left unread would turn the close into a reset, and the answer would be lost.
    let is_read = read_past(request.into_body()).await;
    let mut response = match lives {
        true => respond::of_body(StatusCode::OK, &Health { status: "alive" }),
        false if is_read => Problem::new(Kind::NotReady).into_response(),
        false => Problem::new(Kind::BodyUnreadable).into_response(),
    };
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(response)
}

/// Reads a body to its end and keeps nothing of it; `false` where it breaks off or does not end.
async fn read_past(mut body: Incoming) -> bool {
    let mut bytes = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else { return false };
        bytes += frame.data_ref().map_or(0, |data| data.len());
        if bytes > BODY_BYTES_MAX {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests;
