//! What is applied onto one object as it is: the manifest without what others are in charge of.

use std::collections::BTreeMap;

use common::kube::{Connection, Error, Fields, is_applied_by};
use serde_json::Value;

use super::super::manifest::Manifest;
use crate::api::names;
use crate::landscape::ignores::{self, Instead, Surroundings};

/// What is applied.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sync) struct Wanted {
    /// The object.
    pub(super) value: Value,
    /// JSON pointers of what others are in charge of.
    left_out: Vec<String>,
}

impl Wanted {
    /// Of a manifest, for the object as it is.
    pub(super) fn of(manifest: &Manifest, live: Option<&Value>, surroundings: Surroundings<'_>) -> Self {
        let mut value = manifest.value.clone();
        let ignored = ignores::of(&value, live, surroundings);
        ignores::take_out(&mut value, &ignored);
        let mut left_out = manifest.left_out.clone();
        let of_landscape = ignored
            .into_iter()
            .filter(|ignored| ignored.instead == Instead::LeaveOut)
            .map(|ignored| ignored.pointer);
        left_out.extend(of_landscape);
        Self { value, left_out }
    }

    /// The object after an apply, by a dry run: what others are in charge of stays as it is.
    pub(super) fn after(&self, mut dry: Value, live: &Value) -> Value {
        for pointer in &self.left_out {
            if let Some(kept) = live.pointer(pointer) {
                put(&mut dry, pointer, kept);
            }
        }
        dry
    }

    /// Lets go of what others are in charge of from now on. Without that, an apply that no longer names a member would
    /// remove it.
    pub(super) async fn give_up(&self, connection: &Connection, live: &Value) -> Result<(), Error> {
        if self.left_out.is_empty() || !is_applied_by(live, names::FIELD_MANAGER) {
            return Ok(());
        }
        let owned = fields(&self.value);
        connection
            .own_only(live, &self.value, &owned, names::FIELD_MANAGER)
            .await?;
        Ok(())
    }
}

/// Puts a value where a pointer leads, if everything on the way is there.
fn put(object: &mut Value, pointer: &str, value: &Value) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    if let Some(members) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
        members.insert(name, value.clone());
    }
}

/// All members that a value names.
fn fields(value: &Value) -> Fields {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(name, value)| (name.clone(), fields(value)));
            Fields::Members(members.collect::<BTreeMap<_, _>>())
        }
        Value::Array(entries) if entries.iter().all(Value::is_object) && !entries.is_empty() => {
            Fields::Positions(entries.iter().map(fields).collect())
        }
        _ => Fields::All,
    }
}
