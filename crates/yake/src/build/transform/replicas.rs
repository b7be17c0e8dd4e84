//! Numbers of replicas by name.

use super::super::field_spec::FieldSpec;
use super::super::kustomization::Replicas;
use super::super::object::Object;
use super::super::value::Value;

const TABLE: &str = include_str!("../tables/replicas.txt");

/// Sets the numbers; a name that nothing bears is an error.
pub(crate) fn set(replicas: &[Replicas], objects: &mut [Object]) -> Result<(), String> {
    let specs = FieldSpec::table(TABLE);
    for Replicas { name, count } in replicas {
        let number = Value::Number((*count).into());
        let mut is_found = false;
        for object in objects.iter_mut() {
            let kind = object.kind();
            let is_named = object.name() == name || object.previous.iter().any(|id| id.name == *name);
            for spec in specs
                .iter()
                .filter(|spec| is_named && kind.is_selected_by(&spec.kind))
            {
                is_found = true;
                let Ok(()) = spec.visit(&kind, &mut object.value, &number, &mut |value| {
                    *value = number.clone();
                    Ok::<(), std::convert::Infallible>(())
                });
            }
        }
        if !is_found {
            return Err(format!("names {name:?}, which nothing with replicas bears"));
        }
    }
    Ok(())
}
