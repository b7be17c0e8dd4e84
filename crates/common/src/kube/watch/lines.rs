//! The lines of an answer that does not end.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use kube::client::Body;

use crate::causes::chain;
use crate::kube::error::Failure;

/// Longer lines are no objects.
const LINE_LIMIT: usize = 16 << 20;

pub(super) enum Next {
    Line(Bytes),
    End,
    Broken(Failure),
}

pub(super) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// Up to here the buffer holds no line end.
    searched: usize,
}

impl Lines {
    pub(super) fn new(body: Body) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            searched: 0,
        }
    }

    /// The next line. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Next {
        loop {
            if let Some(line) = self.buffered() {
                return Next::Line(line);
            }
            if self.buffer.len() > LINE_LIMIT {
                let why = "a line of a watch is too long".to_owned();
                return Next::Broken(Failure::Unreadable { why });
            }
            match self.body.frame().await {
                None => return Next::End,
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.buffer.extend_from_slice(data);
                    }
                }
                Some(Err(error)) => {
                    return Next::Broken(Failure::Unreachable { cause: chain(&error) });
                }
            }
        }
    }

    fn buffered(&mut self) -> Option<Bytes> {
        let unseen = self.buffer.get(self.searched..)?;
        let Some(offset) = unseen.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let line = self.buffer.split_to(self.searched + offset + 1);
        self.searched = 0;
        Some(line.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_cut_at_their_ends() {
        let mut lines = Lines::new(Body::from(b"{\"a\":1}\n\n{\"b\":2}\nrest".to_vec()));
        let mut seen = Vec::new();
        while let Next::Line(line) = lines.next().await {
            seen.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(seen, ["{\"a\":1}\n", "\n", "{\"b\":2}\n"]);
    }
}
