//! The socket of a connection, with a note of when something came, and with an answer of its own to
//! requests that are turned away for load: whoever reads requests behind it never sees those.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::activity::Activity;
use super::sieve::{Sieve, Step};
use crate::app::App;

/// How many bytes are read at once: many requests.
const READ_BYTES: usize = 8 << 10;

/// The socket.
pub(super) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    app: Arc<App>,
    is_http_2: Option<bool>,
    sieve: Sieve,
    /// What came and was not handed on yet.
    kept: Kept,
    /// Answers that the socket has not taken yet.
    unsent: Kept,
    /// Whether whoever answers requests has written something that the socket has not taken yet.
    has_unsent_behind: bool,
}

/// Bytes from some place on; it holds no memory while there are none.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    from: usize,
}

impl Kept {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.from..]
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn advance(&mut self, count: usize) {
        self.from += count;
        if self.from >= self.bytes.len() {
            *self = Self::default();
        }
    }
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>, app: Arc<App>) -> Self {
        Self {
            stream,
            activity,
            app,
            is_http_2: None,
            sieve: Sieve::new(),
            kept: Kept::default(),
            unsent: Kept::default(),
            has_unsent_behind: false,
        }
    }

    fn came(&mut self, came: &[u8]) {
        // The preface of HTTP/2 begins as no request of HTTP/1 does.
        let is_http_2 = *self.is_http_2.get_or_insert(came.starts_with(b"PRI"));
        self.activity.received(is_http_2, Instant::now());
    }

    /// Hands on what is there, and answers what need not be; how many bytes of it are done with,
    /// and whether any of them were handed on.
    fn sift(&mut self, bytes: &[u8], buffer: &mut ReadBuf<'_>) -> (usize, bool) {
        let mut done = 0;
        while done < bytes.len() {
            let rest = &bytes[done..];
            let (activity, app) = (&self.activity, &self.app);
            // Answers keep the order of their requests: nothing may be under way behind.
            let may_answer = !self.has_unsent_behind;
            let step = self.sieve.step(rest, buffer.remaining(), |sieve, head| {
                let is_quiet = may_answer && activity.has_ended_all_of(sieve.passed_count());
                if is_quiet { app.door.turn_away(head, &app.metrics) } else { None }
            });
            match step {
                Step::Pass(count) => {
                    buffer.put_slice(&rest[..count]);
                    return (done + count, true);
                }
                Step::Drop(count) => done += count,
                Step::Answer(count, answer) => {
                    self.unsent.push(answer);
                    activity.turned_away(Instant::now());
                    done += count;
                }
            }
        }
        (done, false)
    }

    /// Something is handed on: what was answered before it need not wait for its answer.
    fn hand_on(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_send(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
        }
    }

    /// Sends the answers of its own.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.rest().is_empty() {
            let sent = Pin::new(&mut self.stream).poll_write(context, self.unsent.rest());
            match ready!(sent)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.unsent.advance(count),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            // Who does not take answers is not read from.
            ready!(this.poll_send(context))?;
            if !this.kept.rest().is_empty() {
                let kept = std::mem::take(&mut this.kept);
                let (done, is_handed_on) = this.sift(kept.rest(), buffer);
                this.kept = kept;
                this.kept.advance(done);
                if is_handed_on {
                    return this.hand_on(context);
                }
                continue;
            }
            if this.sieve.is_open() {
                let before = buffer.filled().len();
                ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
                if buffer.filled().len() > before {
                    this.came(&buffer.filled()[before..]);
                }
                return Poll::Ready(Ok(()));
            }
            let mut space = [MaybeUninit::uninit(); READ_BYTES];
            let mut space = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut space))?;
            let came = space.filled();
            if came.is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.came(came);
            let (done, is_handed_on) = this.sift(came, buffer);
            this.kept.push(&came[done..]);
            if is_handed_on {
                return this.hand_on(context);
            }
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.has_unsent_behind = true;
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.has_unsent_behind = true;
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Whoever writes flushes once the last of it was taken.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        self.has_unsent_behind = false;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
