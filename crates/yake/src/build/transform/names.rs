//! Prefixes and suffixes of names.

use super::super::object::Object;

/// Puts a prefix before the names.
pub(crate) fn prefix(prefix: &str, objects: &mut [Object]) {
    rename(prefix, objects, |object, prefix| {
        object.prefixes.push(prefix.to_owned());
        format!("{prefix}{}", object.name())
    });
}

/// Puts a suffix behind the names.
pub(crate) fn suffix(suffix: &str, objects: &mut [Object]) {
    rename(suffix, objects, |object, suffix| {
        object.suffixes.push(suffix.to_owned());
        format!("{}{suffix}", object.name())
    });
}

fn rename(affix: &str, objects: &mut [Object], name: fn(&mut Object, &str) -> String) {
    if affix.is_empty() {
        return;
    }
    for object in objects.iter_mut().filter(|object| !is_fixed(object)) {
        object.remember();
        let name = name(object, affix);
        object.rename(&name);
    }
}

/// Names that mean something.
fn is_fixed(object: &Object) -> bool {
    let kind = object.original().kind;
    matches!(kind.kind.as_str(), "CustomResourceDefinition" | "Namespace")
        || (kind.group == "apiregistration.k8s.io" && kind.kind == "APIService")
}
