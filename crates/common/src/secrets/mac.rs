//! The checksum over all values of a file, in order.
//!
//! Comments do not count, but sops up to 3.13.1 counted encrypted comments in lists: both sums are made.

use sha2::{Digest as _, Sha512};

use super::plain::{Kind, Plain};

/// What sops begins with where only encrypted values count: SHA-256 of `sops`.
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b,
    0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// Which values the MAC covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All of them.
    AllValues,
    /// Those that are encrypted: the others may be changed by hand.
    EncryptedValues,
}

pub(super) struct Mac {
    coverage: Coverage,
    values: Sha512,
    with_list_comments: Sha512,
}

impl Mac {
    pub(super) fn new(coverage: Coverage) -> Self {
        let mut values = Sha512::new();
        if coverage == Coverage::EncryptedValues {
            values.update(ONLY_ENCRYPTED);
        }
        Self {
            coverage,
            with_list_comments: values.clone(),
            values,
        }
    }

    pub(super) fn add(&mut self, plain: &Plain, encrypted: bool) {
        if self.coverage == Coverage::EncryptedValues && !encrypted {
            return;
        }
        self.with_list_comments.update(plain.expose());
        if plain.kind() != Kind::Comment {
            self.values.update(plain.expose());
        }
    }

    pub(super) fn text(&self) -> String {
        hexadecimal(self.values.clone())
    }

    pub(super) fn fits(&self, text: &[u8]) -> bool {
        [&self.values, &self.with_list_comments]
            .into_iter()
            .any(|hash| hexadecimal(hash.clone()).as_bytes() == text)
    }
}

fn hexadecimal(hash: Sha512) -> String {
    format!("{:X}", hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum over values, with and without an encrypted comment of a list.
    #[test]
    fn a_comment_of_a_list_may_count_as_it_did_for_sops_3_13_1() {
        let of = |values: &[(Kind, &str)]| {
            let mut mac = Mac::new(Coverage::AllValues);
            for (kind, value) in values {
                mac.add(&Plain::new(*kind, *value), true);
            }
            mac
        };
        let file = of(&[(Kind::Text, "a"), (Kind::Comment, "note"), (Kind::Text, "b")]);
        let text = |values: &[(Kind, &str)]| of(values).text();
        assert!(file.fits(text(&[(Kind::Text, "a"), (Kind::Text, "b")]).as_bytes()));
        assert!(file.fits(text(&[(Kind::Text, "a"), (Kind::Text, "note"), (Kind::Text, "b")]).as_bytes()));
        assert!(!file.fits(text(&[(Kind::Text, "b"), (Kind::Text, "a")]).as_bytes()));
    }
}
