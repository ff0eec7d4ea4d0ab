//! One connection from its first byte to its end.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::activity::{Activity, Ended};
use super::watched::Watched;
use crate::app::App;
use crate::guard::Peer;

/// A connection that was accepted.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) address: IpAddr,
    pub(super) router: Router,
    pub(super) app: Arc<App>,
    pub(super) http: Arc<Builder<TokioExecutor>>,
    pub(super) stopping: CancellationToken,
}

impl Connection {
    /// Answers its requests until it ends or has taken too long with something.
    pub(super) async fn answer(self) -> Ended {
        let Self { stream, address, router, app, http, stopping } = self;
        let activity = Arc::new(Activity::new(&app.door.options, Instant::now()));
        let service = Answers { router, address, activity: Arc::clone(&activity) };
        let stream = Watched::new(stream, Arc::clone(&activity), Arc::clone(&app));
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut timer = pin!(tokio::time::sleep_until(activity.until().0.into()));
        let mut stop = pin!(stopping.cancelled());
        let mut is_stopping = false;
        std::future::poll_fn(|context| {
            // First, so that a request that came just before the stop is under way at the stop.
            if let Poll::Ready(ended) = connection.as_mut().poll(context) {
                return Poll::Ready(if ended.is_ok() { Ended::Closed } else { Ended::Broken });
            }
            if !is_stopping && stop.as_mut().poll(context).is_ready() {
                is_stopping = true;
                if activity.is_idle() {
                    return Poll::Ready(Ended::Closed);
                }
                connection.as_mut().graceful_shutdown();
                context.waker().wake_by_ref();
            }
            loop {
                let (until, ended) = activity.until();
                // A deadline that has moved away is looked at again when the timer is over.
                let is_over = timer.as_mut().poll(context).is_ready();
                if is_over && Instant::now() >= until {
                    return Poll::Ready(ended);
                }
                if !is_over && timer.deadline().into_std() <= until {
                    return Poll::Pending;
                }
                timer.as_mut().reset(until.into());
            }
        })
        .await
    }
}

/// The router, with a note of who asks and of what is under way.
struct Answers {
    router: Router,
    address: IpAddr,
    activity: Arc<Activity>,
}

impl hyper::service::Service<Request<Incoming>> for Answers {
    type Response = Response<Noted>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let note = Note::new(&self.activity);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(self.address));
        let answer = self.router.clone().call(request);
        Box::pin(async move {
            let response = answer.await?;
            Ok(response.map(|body| Noted { body, note }))
        })
    }
}

/// A request under way.
struct Note(Arc<Activity>);

impl Note {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.request_begun(Instant::now());
        Self(Arc::clone(activity))
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        self.0.request_ended(Instant::now());
    }
}

/// The body of an answer; the request is under way until it is handed over or nobody wants it.
pub(super) struct Noted {
    body: Body,
    note: Note,
}

impl HttpBody for Noted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        // A part is asked for only when the one before has found room on its way to the peer: an
        // answer without an end goes on for as long as its peer takes it.
        self.note.0.moved(Instant::now());
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
