//! Schemas by kind, in bundles of one source each, packed and unpacked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::{Deserialize, Serialize};

use super::{Schema, from_definition};
use crate::api::definition;

/// Bytes that a packed bundle may become.
const LARGEST: usize = 64 << 20;

/// Whether objects of a kind have a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// They have none.
    Cluster,
    /// They have one.
    Namespaced,
}

/// A kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KindSchema {
    /// Group and version, `v1` or `apps/v1`.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Where its objects live.
    pub scope: Scope,
    /// Its fields were noted by hand: what it does not know is a warning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// What its objects may be.
    pub schema: Schema,
}

/// Kinds of one source, and the definitions that they share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// Where it comes from, for people.
    pub source: String,
    /// Kinds.
    pub kinds: Vec<KindSchema>,
    /// Definitions by name.
    pub definitions: BTreeMap<String, Schema>,
}

/// A packed bundle that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schemas are not readable: {0}")]
pub struct UnpackError(String);

impl Bundle {
    /// Small, and the same for the same content.
    pub fn pack(&self) -> Result<Vec<u8>, UnpackError> {
        let text = serde_json::to_vec(self).map_err(|error| UnpackError(error.to_string()))?;
        Ok(compress_to_vec_zlib(&text, 10))
    }

    /// From its packed form.
    pub fn unpack(bytes: &[u8]) -> Result<Self, UnpackError> {
        let text = decompress_to_vec_zlib_with_limit(bytes, LARGEST)
            .map_err(|error| UnpackError(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| UnpackError(error.to_string()))
    }

    /// Adds another bundle's content.
    pub fn extend(&mut self, other: Self) {
        let Self {
            source: _,
            kinds,
            definitions,
        } = other;
        self.kinds.extend(kinds);
        self.definitions.extend(definitions);
    }

    /// Brings kinds into one order, and drops definitions that none of them leads to.
    pub fn tidy(&mut self) {
        let key = |kind: &KindSchema| (kind.api_version.clone(), kind.kind.clone());
        self.kinds.sort_by_key(key);
        self.kinds.dedup_by_key(|kind| key(kind));
        let mut wanted = BTreeSet::new();
        let mut waiting: Vec<&Schema> = self.kinds.iter().map(|kind| &kind.schema).collect();
        while let Some(schema) = waiting.pop() {
            if let Some(name) = &schema.reference
                && wanted.insert(name.clone())
            {
                waiting.extend(self.definitions.get(name));
            }
            waiting.extend(schema.below());
        }
        self.definitions.retain(|name, _| wanted.contains(name));
    }
}

/// All bundles that a check knows. What comes later is asked first.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    bundles: Vec<Arc<Bundle>>,
}

/// What comes with the program.
const SHIPPED: [&[u8]; 3] = [
    include_bytes!("../../../schemas/kubernetes.json.zlib"),
    include_bytes!("../../../schemas/flux.json.zlib"),
    include_bytes!("../../../schemas/gardener.json.zlib"),
];

impl Schemas {
    /// Those that come with the program.
    pub fn shipped() -> Result<Self, UnpackError> {
        let mut schemas = Self::default();
        for bytes in SHIPPED {
            schemas.add(Bundle::unpack(bytes)?);
        }
        schemas.add(Bundle {
            source: "this program".to_owned(),
            kinds: from_definition(&definition()).map_err(|error| UnpackError(error.to_string()))?,
            definitions: BTreeMap::new(),
        });
        Ok(schemas)
    }

    /// Adds a bundle; its kinds take the place of those that are there.
    pub fn add(&mut self, bundle: Bundle) {
        self.bundles.push(Arc::new(bundle));
    }

    /// The schema of a kind.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&KindSchema> {
        self.kinds()
            .find(|known| known.kind == kind && known.api_version == api_version)
    }

    /// All kinds, the latest bundle first.
    pub fn kinds(&self) -> impl Iterator<Item = &KindSchema> {
        self.bundles.iter().rev().flat_map(|bundle| &bundle.kinds)
    }

    /// A definition by name.
    pub(in crate::check) fn definition(&self, name: &str) -> Option<&Schema> {
        self.bundles
            .iter()
            .rev()
            .find_map(|bundle| bundle.definitions.get(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_the_same_after_packing_and_keeps_only_what_its_kinds_need() {
        let mut bundle = Bundle {
            source: "a test".to_owned(),
            kinds: vec![KindSchema {
                api_version: "v1".to_owned(),
                kind: "A".to_owned(),
                scope: Scope::Cluster,
                by_hand: false,
                schema: Schema::reference("a"),
            }],
            definitions: ["a", "b", "c"]
                .map(|name| (name.to_owned(), Schema::default()))
                .into(),
        };
        bundle.definitions.insert("a".to_owned(), Schema::reference("b"));
        bundle.tidy();
        assert_eq!(bundle.definitions.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(Bundle::unpack(&bundle.pack().unwrap()).unwrap(), bundle);
        assert!(Bundle::unpack(b"nonsense").is_err());
    }
}
