//! Looks at a pack while it passes by, before anything is stored: how many objects, how large each is when unpacked,
//! how much it all is. A pack of a kilobyte can unpack to gigabytes; it is refused in constant memory.

use flate2::{Decompress, FlushDecompress, Status};

use super::error::Class;

/// What a fetch takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// Bytes that travel.
    pub pack: u64,
    /// Objects in one fetch.
    pub objects: u64,
    /// Bytes of one object, unpacked; bounds the memory that storing takes.
    pub object: u64,
    /// Bytes of all objects, unpacked.
    pub total: u64,
}

impl Default for FetchLimits {
    /// Enough for ten years of a busy repository of manifests, and for somebody's mistake that was taken back.
    fn default() -> Self {
        Self {
            pack: 1 << 30,
            objects: 5_000_000,
            object: 128 << 20,
            total: 16 << 30,
        }
    }
}

/// A pack that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It ended early.
    #[error("it ended before it was complete")]
    Incomplete,
    /// Not a pack, or damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// More than is taken.
    #[error("{what} of {size}; {limit} are the most that are taken")]
    Large {
        /// What is too large.
        what: &'static str,
        /// How large.
        size: u64,
        /// Limit.
        limit: u64,
    },
    /// The disk.
    #[error("it cannot be stored: {0}")]
    Store(String),
}

impl PackError {
    pub(super) fn class(&self) -> Class {
        match self {
            Self::Large { .. } => Class::Permanent,
            Self::Incomplete | Self::Damaged(_) | Self::Store(_) => Class::Transient,
        }
    }
}

/// Bytes of the checksum at the end.
const TRAILER: u64 = 20;
/// Bytes of an unpacked object that pass through memory at once.
const WINDOW: usize = 32 << 10;

/// Watches a pack pass by.
pub(super) struct Guard {
    limits: FetchLimits,
    state: State,
    passed: u64,
    unpacked: u64,
    left: u64,
    inflate: Decompress,
    window: Vec<u8>,
}

/// Which part of the pack comes next.
enum State {
    Header(Vec<u8>),
    /// Kind and size of an object.
    Size {
        kind: u8,
        size: u64,
        shift: u32,
    },
    /// Where the object is that a delta builds on.
    BaseOffset {
        size: u64,
    },
    BaseName {
        size: u64,
        left: u8,
    },
    Body {
        size: u64,
        delta: Option<Vec<u8>>,
    },
    Trailer {
        left: u64,
    },
    End,
}

const START_OF_OBJECT: State = State::Size {
    kind: 0,
    size: 0,
    shift: 0,
};

impl Guard {
    pub(super) fn new(limits: FetchLimits) -> Self {
        Self {
            limits,
            state: State::Header(Vec::with_capacity(12)),
            passed: 0,
            unpacked: 0,
            left: 0,
            inflate: Decompress::new(true),
            window: vec![0; WINDOW],
        }
    }

    /// Looks at the next bytes.
    pub(super) fn watch(&mut self, mut bytes: &[u8]) -> Result<(), PackError> {
        self.passed += bytes.len() as u64;
        within("a pack", self.passed, self.limits.pack)?;
        while !bytes.is_empty() {
            bytes = self.step(bytes)?;
        }
        Ok(())
    }

    /// Nothing is missing.
    pub(super) fn finish(&self) -> Result<(), PackError> {
        match self.state {
            State::End => Ok(()),
            _ => Err(PackError::Incomplete),
        }
    }

    fn step<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], PackError> {
        if matches!(self.state, State::Body { .. }) {
            return self.body(bytes);
        }
        let Some((byte, rest)) = bytes.split_first() else {
            return Ok(bytes);
        };
        let state = std::mem::replace(&mut self.state, State::End);
        self.state = self.byte(state, *byte)?;
        Ok(rest)
    }

    fn byte(&mut self, state: State, byte: u8) -> Result<State, PackError> {
        Ok(match state {
            State::Header(mut seen) => {
                seen.push(byte);
                if seen.len() < 12 {
                    return Ok(State::Header(seen));
                }
                self.left = self.count(&seen)?;
                self.next_object()
            }
            State::Size { kind, size, shift } => return self.size(byte, kind, size, shift),
            State::BaseOffset { size } if byte & 0x80 != 0 => State::BaseOffset { size },
            State::BaseOffset { size } | State::BaseName { size, left: 1 } => State::Body {
                size,
                delta: Some(Vec::with_capacity(START_OF_DELTA)),
            },
            State::BaseName { size, left } => State::BaseName {
                size,
                left: left.saturating_sub(1),
            },
            State::Trailer { left: 1 } => State::End,
            State::Trailer { left } => State::Trailer {
                left: left.saturating_sub(1),
            },
            State::Body { .. } | State::End => return Err(damaged("something follows behind its end")),
        })
    }

    fn count(&self, header: &[u8]) -> Result<u64, PackError> {
        let [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, count @ ..] = header else {
            return Err(damaged("it does not begin as a pack"));
        };
        let count = count.iter().fold(0, |count, byte| count << 8 | u64::from(*byte));
        within("a number of objects", count, self.limits.objects)?;
        Ok(count)
    }

    fn next_object(&mut self) -> State {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                START_OF_OBJECT
            }
            None => State::Trailer { left: TRAILER },
        }
    }

    /// Kind and size: four bits of the size in the first byte beside the kind, seven in each that follows.
    fn size(&mut self, byte: u8, kind: u8, size: u64, shift: u32) -> Result<State, PackError> {
        let is_first = shift == 0;
        let (kind, part) = if is_first {
            (byte >> 4 & 7, u64::from(byte & 0x0f))
        } else {
            (kind, u64::from(byte & 0x7f))
        };
        if shift > 56 {
            return Err(damaged("the size of an object is not a number"));
        }
        let size = size | part << shift;
        within("an object", size, self.limits.object)?;
        if byte & 0x80 != 0 {
            let shift = if is_first { 4 } else { shift + 7 };
            return Ok(State::Size { kind, size, shift });
        }
        self.unpacked += size;
        within("objects", self.unpacked, self.limits.total)?;
        self.inflate.reset(true);
        match kind {
            1..=4 => Ok(State::Body { size, delta: None }),
            6 => Ok(State::BaseOffset { size }),
            7 => Ok(State::BaseName { size, left: 20 }),
            _ => Err(damaged("an object is of no known kind")),
        }
    }

    /// Unpacks what it can, and forgets it.
    fn body<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], PackError> {
        let State::Body { size, delta } = &mut self.state else {
            return Ok(bytes);
        };
        let (eaten, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(bytes, &mut self.window, FlushDecompress::None)
            .map_err(|_| damaged("an object does not unpack"))?;
        let eaten = usize::try_from(self.inflate.total_in() - eaten).unwrap_or(usize::MAX);
        let made = usize::try_from(self.inflate.total_out() - made).unwrap_or(usize::MAX);
        if let Some(start) = delta {
            let wanted = START_OF_DELTA.saturating_sub(start.len());
            start.extend(self.window.iter().take(made).take(wanted));
        }
        let is_over = status == Status::StreamEnd;
        if self.inflate.total_out() > *size || (is_over && self.inflate.total_out() != *size) {
            return Err(damaged("an object is not as large as it says"));
        }
        if is_over {
            let result = delta.as_deref().map(size_of_result).transpose()?.unwrap_or(0);
            self.unpacked += result;
            within("an object", result, self.limits.object)?;
            within("objects", self.unpacked, self.limits.total)?;
            self.state = self.next_object();
        } else if eaten == 0 && made == 0 {
            return Err(damaged("an object does not unpack"));
        }
        Ok(bytes.get(eaten..).unwrap_or_default())
    }
}

/// Two numbers of at most ten bytes: the size of the base, the size of the result.
const START_OF_DELTA: usize = 20;

fn size_of_result(start: &[u8]) -> Result<u64, PackError> {
    let mut bytes = start.iter();
    let mut number = || {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = bytes.next()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    };
    number()
        .and_then(|_| number())
        .ok_or_else(|| damaged("a delta does not say how large its result is"))
}

fn within(what: &'static str, size: u64, limit: u64) -> Result<(), PackError> {
    if size <= limit {
        return Ok(());
    }
    Err(PackError::Large { what, size, limit })
}

fn damaged(why: &str) -> PackError {
    PackError::Damaged(why.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn head(kind: u8, mut size: u64) -> Vec<u8> {
        let mut bytes = vec![kind << 4 | u8::try_from(size & 0x0f).unwrap()];
        size >>= 4;
        while size > 0 {
            *bytes.last_mut().unwrap() |= 0x80;
            bytes.push(u8::try_from(size & 0x7f).unwrap());
            size >>= 7;
        }
        bytes
    }

    fn number(mut number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number > 0x7f {
            bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).unwrap());
        bytes
    }

    fn pack(objects: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"PACK\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(objects.len()).unwrap().to_be_bytes());
        bytes.extend(objects.concat());
        bytes.extend([0; 20]);
        bytes
    }

    fn blob(bytes: &[u8]) -> Vec<u8> {
        [head(3, bytes.len() as u64), packed(bytes)].concat()
    }

    fn watch(pack: &[u8], limits: FetchLimits, at_once: usize) -> Result<(), PackError> {
        let mut guard = Guard::new(limits);
        pack.chunks(at_once).try_for_each(|bytes| guard.watch(bytes))?;
        guard.finish()
    }

    fn small() -> FetchLimits {
        FetchLimits {
            pack: 1 << 20,
            objects: 10,
            object: 1 << 20,
            total: 2 << 20,
        }
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_says_and_by_what_it_is() {
        let honest = [head(3, 1 << 30), packed(&[0; 1000])].concat();
        assert!(matches!(
            watch(&pack(&[honest]), small(), 7),
            Err(PackError::Large {
                size: 0x4000_0000,
                ..
            })
        ));
        let liar = [head(3, 10), packed(&vec![0; 1 << 20])].concat();
        assert!(matches!(
            watch(&pack(&[liar]), small(), 7),
            Err(PackError::Damaged(_))
        ));
        let delta = [number(10), number(1 << 30), vec![1]].concat();
        let delta = [head(6, delta.len() as u64), vec![0x81, 0x01], packed(&delta)].concat();
        assert!(matches!(
            watch(&pack(&[blob(b"x"), delta]), small(), 7),
            Err(PackError::Large {
                what: "an object",
                ..
            })
        ));
        let many = vec![blob(&vec![0; 900 << 10]); 3];
        assert!(matches!(
            watch(&pack(&many), small(), 4096),
            Err(PackError::Large { what: "objects", .. })
        ));
        assert!(matches!(
            watch(&pack(&vec![blob(b""); 11]), small(), 4096),
            Err(PackError::Large {
                what: "a number of objects",
                ..
            })
        ));
    }

    proptest! {
        #[test]
        fn a_pack_passes_in_pieces_of_any_size(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..500), 0..5), at_once in 1_usize..700
        ) {
            let delta = [number(3), number(9), vec![1, 2, 3]].concat();
            let mut objects: Vec<_> = bodies.iter().map(|body| blob(body)).collect();
            objects.push([head(7, delta.len() as u64), vec![7; 20], packed(&delta)].concat());
            let pack = pack(&objects);
            prop_assert_eq!(watch(&pack, small(), at_once), Ok(()));
            let cut = &pack[..pack.len() - 1];
            prop_assert_eq!(watch(cut, small(), at_once), Err(PackError::Incomplete));
        }

        #[test]
        fn no_bytes_make_the_guard_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = watch(&bytes, small(), 11);
            let _ = watch(&[b"PACK\0\0\0\x02\0\0\0\x03".to_vec(), bytes].concat(), small(), 11);
        }
    }
}
