//! Kinds without pods that have rules of their own.

use serde_json::Value;

use super::Health;
use super::read::{condition, flag, list, message, text};

/// A load balancer is there when it has an address.
pub(super) fn service(object: &Value) -> Health {
    let waits = text(object, "/spec/type") == Some("LoadBalancer")
        && list(object, "/status/loadBalancer/ingress").is_empty();
    if waits {
        Health::progressing("its load balancer has no address yet")
    } else {
        Health::Healthy
    }
}

pub(super) fn volume_claim(object: &Value) -> Health {
    match text(object, "/status/phase") {
        Some("Bound") => Health::Healthy,
        Some("Lost") => Health::unhealthy("its volume is lost"),
        _ => Health::progressing("it is not bound to a volume yet"),
    }
}

pub(super) fn namespace(object: &Value) -> Health {
    match text(object, "/status/phase") {
        Some("Active") => Health::Healthy,
        Some("Terminating") => Health::progressing("it is being deleted"),
        _ => Health::progressing("it is not active yet"),
    }
}

pub(super) fn definition(object: &Value) -> Health {
    if let Some(names) = condition(object, "NamesAccepted").filter(|names| flag(names) == Some(false)) {
        return Health::unhealthy(message(names));
    }
    must_hold(object, "Established")
}

pub(super) fn api_service(object: &Value) -> Health {
    must_hold(object, "Available")
}

fn must_hold(object: &Value, name: &str) -> Health {
    match condition(object, name) {
        Some(found) if flag(found) == Some(true) => Health::Healthy,
        Some(found) => Health::progressing(message(found)),
        None => Health::progressing(format!("it is not {} yet", name.to_lowercase())),
    }
}
