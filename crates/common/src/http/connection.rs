//! Serves one connection until it ends, is cut, or the server stops.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, Verdict};
use super::limits::Limits;
use super::peer::Peer;
use super::service::{Answerer, Shared};
use super::stream::Watched;

/// The last words to a client whose request did not arrive in time.
const REQUEST_TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\n\
    content-type: application/problem+json; charset=utf-8\r\n\
    content-length: 101\r\n\
    connection: close\r\n\r\n\
    {\"type\":\"about:blank\",\"status\":408,\"detail\":\"the head of the request did not arrive within its time\"}";

/// How long a client may go on sending what nobody reads before its connection is reset.
const LINGER: Duration = Duration::from_secs(2);

/// How a connection came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    SlowHead,
    Cut,
}

/// What HTTP says of bytes, limits and versions; the same for all connections of a server.
pub(super) fn protocol(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Not `pipeline_flush`: with it hyper buffers streams without bound.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    // hyper panics below 8 KiB.
    builder.http1().max_buf_size(limits.head_bytes.max(8 * 1024));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(20)));
    builder
}

/// Serves `socket`; `stop` lets requests in progress end and begins no other.
pub(super) async fn serve<S>(
    socket: S,
    peer: Peer,
    shared: Arc<Shared>,
    protocol: Arc<auto::Builder<TokioExecutor>>,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _open = shared.metrics.connection();
    let (socket, activity) = (Arc::new(Mutex::new(socket)), Arc::new(Activity::new()));
    let stream = Watched {
        socket: Arc::clone(&socket),
        activity: Arc::clone(&activity),
    };
    let limits = shared.limits;
    let answerer = Answerer {
        shared,
        peer,
        activity: Arc::clone(&activity),
    };
    let service = service_fn(move |request| answerer.clone().answer(request));
    let end = {
        let connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
        drive(
            connection,
            auto::Connection::graceful_shutdown,
            &activity,
            &limits,
            &stop,
        )
        .await
    };
    if let Some(socket) = Arc::into_inner(socket) {
        say_goodbye(socket.into_inner(), end, &activity).await;
    }
}

/// Polls a connection to its end, and ends it when its watchdog or the server says so.
async fn drive<C, E>(
    mut connection: std::pin::Pin<&mut C>,
    shut_down: impl Fn(std::pin::Pin<&mut C>),
    activity: &Activity,
    limits: &Limits,
    stop: &CancellationToken,
) -> End
where
    C: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut stopped = pin!(stop.cancelled());
    let mut is_stopping = false;
    let mut watchdog = pin!(sleep_until(Instant::now()));
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "connection failed");
                }
                return End::Closed;
            }
            () = &mut stopped, if !is_stopping => {
                is_stopping = true;
                shut_down(connection.as_mut());
            }
            () = &mut watchdog => match activity.verdict(limits) {
                Verdict::Later(at) => watchdog.as_mut().reset(at),
                Verdict::SlowHead => return End::SlowHead,
                Verdict::Stalled => return End::Cut,
                Verdict::Idle => {
                    shut_down(connection.as_mut());
                    // The peer has a moment to acknowledge; HTTP/1 is closed at once.
                    let _ = timeout(LINGER, connection.as_mut()).await;
                    return End::Cut;
                }
            },
        }
    }
}

/// Says why the connection ends and lets the client read it: a socket that is closed with unread bytes in
/// it is reset, and what was written last is lost.
async fn say_goodbye<S: AsyncRead + AsyncWrite + Unpin>(mut socket: S, end: End, activity: &Activity) {
    let is_slow = end == End::SlowHead;
    if end == End::Cut || !(is_slow || activity.must_linger()) {
        return;
    }
    let farewell = async {
        if is_slow {
            socket.write_all(REQUEST_TIMEOUT).await?;
        }
        socket.shutdown().await?;
        let mut unread = [0_u8; 4096];
        while socket.read(&mut unread).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    let _ = timeout(LINGER, farewell).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_well_formed() {
        let text = std::str::from_utf8(REQUEST_TIMEOUT).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["status"], 408);
    }
}
