//! Kubeconfigs in Secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

/// Keys at which a kubeconfig may stand, where none is named.
const KEYS: [&str; 3] = ["value", "value.yaml", "kubeconfig"];

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
