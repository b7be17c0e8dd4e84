//! What every kind has in common: its names on the wire, its metadata, its status.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Metadata, ResourceRef, Violations};

/// Whether objects of a kind live in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Routes without a namespace; `metadata.namespace` is null.
    Global,
    /// Routes under `/namespaces/{namespace}`.
    Namespaced,
}

/// A kind of the API. Everything that is generic over kinds (routes, validation, client, command line,
/// documents) is driven by this trait and the table in `server`.
pub trait Kind:
    Serialize + DeserializeOwned + JsonSchema + Clone + fmt::Debug + Send + Sync + 'static
{
    /// API group: `core`, `kubernetes`, `infrastructure`, `openstack`.
    const API: &'static str;
    /// Kind as in the `kind` member, `Application`.
    const KIND: &'static str;
    /// Plural as in routes and store keys, `applications`.
    const PLURAL: &'static str;
    /// Namespaced or global.
    const SCOPE: Scope;
    /// JSON pointers of members that only a holder of `secrets` rights may read; `*` stands for every
    /// element or member. Redacted members are replaced by [`REDACTED`].
    const SECRETS: &'static [&'static str];
    /// The status subresource; `()` for kinds without one.
    type Status: Serialize + DeserializeOwned + Default + Clone + PartialEq + Send + Sync + 'static;

    /// Read access to the metadata.
    fn metadata(&self) -> &Metadata;
    /// Write access to the metadata.
    fn metadata_mut(&mut self) -> &mut Metadata;
    /// Read access to the status.
    fn status(&self) -> &Self::Status;
    /// Write access to the status.
    fn status_mut(&mut self) -> &mut Self::Status;
    /// Checks what types cannot say and reports every violation with its JSON path.
    fn validate(&self, violations: &mut Violations);
    /// Reports the names of immutable members (beyond `metadata.name` and `metadata.namespace`) that differ.
    fn immutable_changes(&self, _stored: &Self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The reference by which others name this object.
    fn reference(&self) -> ResourceRef {
        ResourceRef {
            api: Self::API.to_owned(),
            namespace: self.metadata().namespace.clone(),
            kind: Self::KIND.to_owned(),
            name: self.metadata().name.clone(),
        }
    }
}

/// What a reader without the right to secrets sees in their place.
pub const REDACTED: &str = "<redacted>";

/// Implements [`Kind`] for a struct whose fields are `metadata` and, where it has one, `status`.
macro_rules! kind {
    ($type:ident, $api:literal, $plural:literal, $scope:ident, secrets: [$($secret:literal),*]) => {
        kind!(@common $type, $api, $plural, $scope, [$($secret),*], (),
            fn status(&self) -> &() { &() }
            fn status_mut(&mut self) -> &mut () { Box::leak(Box::new(())) }
        );
    };
    ($type:ident, $api:literal, $plural:literal, $scope:ident, status: $status:ty, secrets: [$($secret:literal),*]
     $(, immutable: $immutable:path)?) => {
        kind!(@common $type, $api, $plural, $scope, [$($secret),*], $status,
            fn status(&self) -> &$status { &self.status }
            fn status_mut(&mut self) -> &mut $status { &mut self.status }
            $(fn immutable_changes(&self, stored: &Self) -> Vec<&'static str> { $immutable(self, stored) })?
        );
    };
    (@common $type:ident, $api:literal, $plural:literal, $scope:ident, [$($secret:literal),*], $status:ty, $($items:item)*) => {
        impl $crate::api::Kind for $type {
            const API: &'static str = $api;
            const KIND: &'static str = stringify!($type);
            const PLURAL: &'static str = $plural;
            const SCOPE: $crate::api::Scope = $crate::api::Scope::$scope;
            const SECRETS: &'static [&'static str] = &[$($secret),*];
            type Status = $status;
            fn metadata(&self) -> &$crate::api::Metadata { &self.metadata }
            fn metadata_mut(&mut self) -> &mut $crate::api::Metadata { &mut self.metadata }
            fn validate(&self, violations: &mut $crate::api::Violations) { self.check(violations); }
            $($items)*
        }
    };
}
pub(super) use kind;

/// The constant member `api` of a kind: optional in requests, but never another value.
pub struct ApiTag<K>(PhantomData<fn() -> K>);
/// The constant member `kind` of a kind: optional in requests, but never another value.
pub struct KindTag<K>(PhantomData<fn() -> K>);

macro_rules! tag {
    ($tag:ident, $constant:ident) => {
        impl<K> Default for $tag<K> {
            fn default() -> Self {
                Self(PhantomData)
            }
        }
        impl<K> Clone for $tag<K> {
            fn clone(&self) -> Self {
                Self(PhantomData)
            }
        }
        impl<K> PartialEq for $tag<K> {
            fn eq(&self, _: &Self) -> bool {
                true
            }
        }
        impl<K: Kind> fmt::Debug for $tag<K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(K::$constant)
            }
        }
        impl<K: Kind> Serialize for $tag<K> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(K::$constant)
            }
        }
        impl<'de, K: Kind> Deserialize<'de> for $tag<K> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Cow::<'de, str>::deserialize(deserializer)?;
                if value == K::$constant {
                    Ok(Self(PhantomData))
                } else {
                    Err(D::Error::custom(format_args!("must be '{}', not '{value}'", K::$constant)))
                }
            }
        }
        impl<K: Kind> JsonSchema for $tag<K> {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                format!("{}{}", K::KIND, stringify!($tag)).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "const": K::$constant, "default": K::$constant })
            }
        }
    };
}
tag!(ApiTag, API);
tag!(KindTag, KIND);
