//! What Secrets hold.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::kube::{Connection, Error, ObjectId, Timeouts};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::api::Landscape;

/// Keys at which a kubeconfig may stand, where none is named.
const KEYS: [&str; 3] = ["value", "value.yaml", "kubeconfig"];

/// The data of a Secret, decoded. What is no text in base64 is left out.
pub fn data_of(secret: &Value) -> BTreeMap<String, Vec<u8>> {
    let data = secret.get("data").and_then(Value::as_object);
    let decoded = |(key, text): (&String, &Value)| Some((key.clone(), STANDARD.decode(text.as_str()?).ok()?));
    data.into_iter().flatten().filter_map(decoded).collect()
}

/// The kubeconfig that a Secret holds.
fn kubeconfig_of(secret: &Value, key: Option<&str>) -> Option<Zeroizing<Vec<u8>>> {
    let data = secret.get("data")?;
    let named = key.into_iter();
    let keys = if key.is_some() { &[][..] } else { &KEYS[..] };
    let text = named
        .chain(keys.iter().copied())
        .find_map(|key| data.get(key)?.as_str())?;
    STANDARD.decode(text).ok().map(Zeroizing::new)
}

/// The virtual garden, by the Secret that the landscape names as it is now, for its token changes; none as long as
/// there is no such Secret.
pub async fn garden(landscape: &Landscape, runtime: &Connection) -> Result<Option<Connection>, Error> {
    let Some(garden) = &landscape.spec.virtual_garden else {
        return Ok(None);
    };
    let secret = runtime
        .get(&secret_of(landscape, &garden.secret_ref.name))
        .await?;
    match secret.and_then(|secret| kubeconfig_of(&secret, garden.secret_ref.key.as_deref())) {
        Some(kubeconfig) => Ok(Some(
            Connection::from_slice(&kubeconfig, Timeouts::default()).await?,
        )),
        None => Ok(None),
    }
}

/// A Secret of a landscape's namespace.
pub fn secret_of(landscape: &Landscape, name: &str) -> ObjectId {
    ObjectId {
        api_version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        namespace: Some(landscape.metadata.namespace.clone()),
        name: name.to_owned(),
    }
}
