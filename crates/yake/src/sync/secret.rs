//! What Secrets hold.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

/// Keys at which a kubeconfig may stand, where none is named.
const KEYS: [&str; 3] = ["value", "value.yaml", "kubeconfig"];

/// The data of a Secret, decoded. What is no text in base64 is left out.
pub fn data_of(secret: &Value) -> BTreeMap<String, Vec<u8>> {
    let data = secret.get("data").and_then(Value::as_object);
    let decoded = |(key, text): (&String, &Value)| Some((key.clone(), STANDARD.decode(text.as_str()?).ok()?));
    data.into_iter().flatten().filter_map(decoded).collect()
}

/// The kubeconfig that a Secret holds.
pub fn kubeconfig_of(secret: &Value, key: Option<&str>) -> Option<Zeroizing<Vec<u8>>> {
    let data = secret.get("data")?;
    let named = key.into_iter();
    let keys = if key.is_some() { &[][..] } else { &KEYS[..] };
    let text = named
        .chain(keys.iter().copied())
        .find_map(|key| data.get(key)?.as_str())?;
    STANDARD.decode(text).ok().map(Zeroizing::new)
}
