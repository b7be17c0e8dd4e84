//! Labels for all objects, and where asked for, in their selectors and templates.

use super::super::field_spec::{FieldSpec, Missing};
use super::super::identity::Kind;
use super::super::kustomization::{Field, Kustomization, LabelSet, Pairs};
use super::super::object::Object;
use super::set_pair;

/// Labels, templates and selectors.
const COMMON: &str = include_str!("../tables/common_labels.txt");
/// Labels and templates.
const TEMPLATES: &str = include_str!("../tables/template_labels.txt");
/// Templates of claims.
const CLAIMS: &str = include_str!("../tables/claim_labels.txt");

/// Adds the labels of a kustomization.
pub(crate) fn add(kustomization: &Kustomization, objects: &mut [Object]) -> Result<(), String> {
    for set in &kustomization.labels {
        add_to(&places(set), &set.pairs, objects)?;
    }
    add_to(&FieldSpec::table(COMMON), &kustomization.common_labels, objects)
}

fn add_to(specs: &[FieldSpec], pairs: &Pairs, objects: &mut [Object]) -> Result<(), String> {
    for object in objects {
        for (name, text) in pairs {
            set_pair(object, specs, name, text)?;
        }
    }
    Ok(())
}

fn places(set: &LabelSet) -> Vec<FieldSpec> {
    let mut specs: Vec<FieldSpec> = set.fields.iter().map(place).collect();
    if set.include_selectors {
        specs.extend(FieldSpec::table(COMMON));
        return specs;
    }
    if set.include_templates {
        specs.extend(FieldSpec::table(TEMPLATES));
    }
    if set.include_volume_claim_templates {
        specs.extend(FieldSpec::table(CLAIMS));
    }
    specs.push(FieldSpec::anywhere("metadata/labels", Missing::Create));
    specs
}

fn place(field: &Field) -> FieldSpec {
    let kind = Kind {
        group: field.group.clone(),
        version: field.version.clone(),
        kind: field.kind.clone(),
    };
    let missing = if field.create {
        Missing::Create
    } else {
        Missing::Keep
    };
    FieldSpec::new(&field.path, kind, missing)
}
