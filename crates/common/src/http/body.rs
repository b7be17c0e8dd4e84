//! Bodies: a request's is read to its end first, a response's is watched until its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::activity::Activity;
use super::limits::Limits;
use super::problem::Problem;

/// Reads a request's body within the limits; the error is the answer.
pub(super) async fn collect<B>(headers: &HeaderMap, body: B, limits: &Limits) -> Result<Bytes, Problem>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if announced_length(headers).is_some_and(|length| length > limits.body_bytes) {
        return Err(too_long(limits.body_bytes));
    }
    match timeout(limits.body_time, collect_bounded(body, limits.body_bytes)).await {
        Ok(result) => result,
        Err(_) => Err(too_slow(limits.body_time)),
    }
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn collect_bounded<B>(mut body: B, limit: usize) -> Result<Bytes, Problem>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(unreadable)?.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > limit {
            return Err(too_long(limit));
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn too_long(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE)
        .detail(format!("the body of a request may have at most {limit} bytes"))
}

fn too_slow(limit: Duration) -> Problem {
    let detail = format!(
        "the body of the request did not arrive within {} s",
        limit.as_secs_f64()
    );
    Problem::new(StatusCode::REQUEST_TIMEOUT).detail(detail)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST)
        .detail("the body of the request cannot be read")
        .cause(error)
}

/// Counts a request as in flight until its response is complete or dropped.
pub(super) struct InFlight(Arc<Activity>);

impl InFlight {
    pub(super) fn begin(activity: &Arc<Activity>, is_http2: bool) -> Self {
        activity.begin_request(is_http2);
        Self(Arc::clone(activity))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.end_request();
    }
}

/// Body of a response; its request is in flight as long as it exists.
pub(super) struct Tracked {
    pub(super) body: Body,
    pub(super) _in_flight: InFlight,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use http_body_util::StreamBody;
    use proptest::prelude::*;
    use std::convert::Infallible;

    proptest! {
        #[test]
        fn a_body_arrives_whole_or_is_refused_for_its_length(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..8),
            limit in 0_usize..80,
        ) {
            let whole = chunks.concat();
            let frames = chunks.into_iter().map(|chunk| Ok::<_, Infallible>(Frame::data(Bytes::from(chunk))));
            let body = StreamBody::new(stream::iter(frames));
            let collected = futures::executor::block_on(collect_bounded(body, limit));
            match collected {
                Ok(bytes) => prop_assert!(whole.len() <= limit && bytes == whole),
                Err(problem) => {
                    prop_assert!(whole.len() > limit);
                    prop_assert_eq!(problem.status, StatusCode::PAYLOAD_TOO_LARGE);
                }
            }
        }
    }
}
