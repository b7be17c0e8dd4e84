//! Annotations for all objects and the pods that they make.

use super::super::field_spec::FieldSpec;
use super::super::kustomization::Pairs;
use super::super::object::Object;
use super::set_pair;

const TABLE: &str = include_str!("../tables/common_annotations.txt");

/// Adds the annotations.
pub(crate) fn add(pairs: &Pairs, objects: &mut [Object]) -> Result<(), String> {
    if pairs.is_empty() {
        return Ok(());
    }
    let specs = FieldSpec::table(TABLE);
    for object in objects {
        for (name, text) in pairs {
            set_pair(object, &specs, name, text)?;
        }
    }
    Ok(())
}
