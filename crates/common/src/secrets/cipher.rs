//! One value encrypted with the key of its file: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.

use std::collections::{HashMap, VecDeque};

use aes_gcm::aead::consts::{U12, U16, U32};
use aes_gcm::aead::generic_array::{ArrayLength, GenericArray};
use aes_gcm::aead::{AeadInPlace, KeyInit as _};
use aes_gcm::{AesGcm, aes::Aes256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use super::plain::{Kind, Plain};

/// Where random bytes come from.
pub trait Randomness {
    /// Fills the buffer with bytes fit for keys.
    fn fill(&mut self, buffer: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&mut self, buffer: &mut [u8]) {
        use aes_gcm::aead::rand_core::RngCore as _;
        aes_gcm::aead::OsRng.fill_bytes(buffer);
    }
}

/// The key of one file.
#[derive(Clone)]
pub(super) struct DataKey(Zeroizing<[u8; 32]>);

type Cipher<N> = AesGcm<Aes256, N>;

impl DataKey {
    pub(super) fn random(randomness: &mut dyn Randomness) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        randomness.fill(key.as_mut());
        Self(key)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The value in sops's notation; an empty one stays as it is.
    pub(super) fn encrypt(&self, plain: &Plain, iv: &[u8; 32], additional: &str) -> Option<String> {
        if plain.is_empty() {
            return Some(String::new());
        }
        let mut data = plain.expose().to_vec();
        let tag = Cipher::<U32>::new(GenericArray::from_slice(self.bytes()))
            .encrypt_in_place_detached(GenericArray::from_slice(iv), additional.as_bytes(), &mut data)
            .ok()?;
        Some(format!(
            "ENC[AES256_GCM,data:{},iv:{},tag:{},type:{}]",
            STANDARD.encode(&data),
            STANDARD.encode(iv),
            STANDARD.encode(tag),
            plain.kind().tag()
        ))
    }

    /// The value behind sops's notation, or why there is none.
    pub(super) fn decrypt(&self, text: &str, additional: &str) -> Result<(Plain, Vec<u8>), &'static str> {
        let parts = Parts::parse(text).ok_or("it is not in the notation of sops")?;
        let mut data = Zeroizing::new(parts.data);
        let (iv, tag, additional) = (&parts.iv, &parts.tag, additional.as_bytes());
        let opened = match iv.len() {
            32 => self.open::<U32>(iv, additional, &mut data, tag),
            16 => self.open::<U16>(iv, additional, &mut data, tag),
            12 => self.open::<U12>(iv, additional, &mut data, tag),
            _ => return Err("its iv has an unusual length"),
        };
        opened.ok_or("it was changed, moved, or encrypted with another key")?;
        let plain = Plain::new(parts.kind, data.to_vec());
        if !well_formed(&plain) {
            return Err("its type and its value do not fit");
        }
        Ok((plain, parts.iv))
    }

    fn open<N: ArrayLength<u8>>(
        &self,
        iv: &[u8],
        additional: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Option<()> {
        if tag.len() != 16 {
            return None;
        }
        Cipher::<N>::new(GenericArray::from_slice(self.bytes()))
            .decrypt_in_place_detached(
                GenericArray::from_slice(iv),
                additional,
                data,
                GenericArray::from_slice(tag),
            )
            .ok()
    }
}

fn well_formed(plain: &Plain) -> bool {
    let text = plain.expose_text();
    match plain.kind() {
        Kind::Text | Kind::Time => true,
        Kind::Comment => text.is_some(),
        Kind::Integer => text.is_some_and(|text| text.parse::<i64>().is_ok()),
        Kind::Float => text.is_some_and(|text| text.parse::<f64>().is_ok()),
        Kind::Boolean => text.is_some_and(|text| ["true", "false"].contains(&&*text.to_lowercase())),
    }
}

struct Parts {
    data: Vec<u8>,
    iv: Vec<u8>,
    tag: Vec<u8>,
    kind: Kind,
}

impl Parts {
    fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix("ENC[AES256_GCM,data:")?.strip_suffix(']')?;
        let (data, rest) = inner.split_once(",iv:")?;
        let (iv, rest) = rest.split_once(",tag:")?;
        let (tag, kind) = rest.split_once(",type:")?;
        Some(Self {
            data: STANDARD.decode(data).ok()?,
            iv: STANDARD.decode(iv).ok()?,
            tag: STANDARD.decode(tag).ok()?,
            kind: Kind::from_tag(kind)?,
        })
    }
}

/// Whether a text looks like an encrypted value.
pub(super) fn is_encrypted(text: &str) -> bool {
    text.starts_with("ENC[AES256_GCM,")
}

/// Initialisation vectors of values that were decrypted, so that an untouched value keeps its ciphertext.
#[derive(Default, Clone)]
pub(super) struct Known(HashMap<[u8; 64], VecDeque<[u8; 32]>>);

impl Known {
    pub(super) fn remember(&mut self, plain: &Plain, additional: &str, iv: &[u8]) {
        if let Ok(iv) = iv.try_into() {
            self.0
                .entry(identity(plain, additional))
                .or_default()
                .push_back(iv);
        }
    }

    /// The one of this very value at this very place, else a new one.
    pub(super) fn take(
        &mut self,
        plain: &Plain,
        additional: &str,
        randomness: &mut dyn Randomness,
    ) -> [u8; 32] {
        let known = self.0.get_mut(&identity(plain, additional));
        known.and_then(VecDeque::pop_front).unwrap_or_else(|| {
            let mut iv = [0; 32];
            randomness.fill(&mut iv);
            iv
        })
    }
}

fn identity(plain: &Plain, additional: &str) -> [u8; 64] {
    let mut hash = Sha512::new();
    hash.update(plain.kind().tag());
    hash.update((additional.len() as u64).to_be_bytes());
    hash.update(additional);
    hash.update(plain.expose());
    hash.finalize().into()
}
