//! A socket that notes what happens on it and outlives the HTTP connection that is served over it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;

/// Handle to a socket. The connection has one, and whoever serves it another for the last word.
///
/// The lock is never contended: the second handle is used once the first is gone.
pub(super) struct Watched<S> {
    pub(super) socket: Arc<Mutex<S>>,
    pub(super) activity: Arc<Activity>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut *self.socket.lock()).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn note<T>(&self, poll: Poll<T>) -> Poll<T> {
        self.activity.wrote(poll.is_ready());
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut *self.socket.lock()).poll_write(context, bytes);
        self.note(poll)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut *self.socket.lock()).poll_flush(context);
        self.note(poll)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut *self.socket.lock()).poll_shutdown(context);
        self.note(poll)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut *self.socket.lock()).poll_write_vectored(context, slices);
        self.note(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.lock().is_write_vectored()
    }
}
