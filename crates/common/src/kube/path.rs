//! Paths and queries of an API server, from parts that came from strangers.

use std::fmt::Write;

use super::discovery::{Resource, Scope};
use super::error::Failure;

/// One segment of a path, percent-encoded. What could climb or split the path is refused, as the API server
/// itself refuses it in names.
pub(super) fn segment(text: &str) -> Result<String, Failure> {
    if text.is_empty() || text == "." || text == ".." || text.contains(['/', '%']) {
        return Err(Failure::Invalid {
            why: format!("'{text}' cannot be a name"),
        });
    }
    Ok(encode(text))
}

/// Percent-encodes all but unreserved characters and `:`.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `/api/v1` or `/apis/GROUP/VERSION`.
pub(super) fn group_version(api_version: &str) -> Result<String, Failure> {
    match api_version.split_once('/') {
        None => Ok(format!("/api/{}", segment(api_version)?)),
        Some((group, version)) => Ok(format!("/apis/{}/{}", segment(group)?, segment(version)?)),
    }
}

/// All objects of a resource, of one namespace if given.
pub(super) fn collection(resource: &Resource, namespace: Option<&str>) -> Result<String, Failure> {
    let base = group_version(&resource.api.api_version)?;
    let plural = segment(&resource.api.plural)?;
    match (resource.scope, namespace) {
        (Scope::Namespaced, Some(namespace)) => {
            Ok(format!("{base}/namespaces/{}/{plural}", segment(namespace)?))
        }
        (Scope::Namespaced, None) | (Scope::Cluster, _) => Ok(format!("{base}/{plural}")),
    }
}

/// One object of a resource.
pub(super) fn object(resource: &Resource, namespace: Option<&str>, name: &str) -> Result<String, Failure> {
    Ok(format!("{}/{}", collection(resource, namespace)?, segment(name)?))
}

/// A query string without the question mark.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{key}={}", encode(value)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_place_in_the_path() {
        for name in ["", ".", "..", "../secrets", "a/b", "a%2fb"] {
            assert!(segment(name).is_err(), "{name}");
        }
        assert_eq!(
            segment("system:node?x=1#é").unwrap(),
            "system:node%3Fx%3D1%23%C3%A9"
        );
    }

    #[test]
    fn group_versions_have_two_roots() {
        assert_eq!(group_version("v1").unwrap(), "/api/v1");
        assert_eq!(group_version("apps/v1").unwrap(), "/apis/apps/v1");
        assert!(group_version("a/b/c").is_err());
    }
}
