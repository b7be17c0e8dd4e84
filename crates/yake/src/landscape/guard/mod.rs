//! What may be deleted. Objects on which people's clusters stand are not deleted because a file is gone: a guarded
//! kind needs consent in Git, and nothing is deleted that others still stand on, with or without consent. Gardener
//! itself would refuse most of it, for ever.

mod blockers;
mod named;

use serde::Serialize;
use serde_json::Value;

use super::observed::Observed;
use named::names;

/// `true` lets Gardener delete the object; without it, it refuses.
pub const CONFIRMATION: &str = "confirmation.gardener.cloud/deletion";
/// `true` on an object in Git: it shall be deleted.
pub const REMOVE: &str = "yake.alasca.cloud/remove";

/// Group and kind of what is never deleted without consent. Of namespaces only `garden`.
const GUARDED: [(&str, &str); 11] = [
    ("operator.gardener.cloud", "Garden"),
    ("core.gardener.cloud", "Shoot"),
    ("core.gardener.cloud", "Seed"),
    ("core.gardener.cloud", "Project"),
    ("core.gardener.cloud", "CloudProfile"),
    ("core.gardener.cloud", "BackupBucket"),
    ("extensions.gardener.cloud", "BackupBucket"),
    ("seedmanagement.gardener.cloud", "ManagedSeed"),
    ("seedmanagement.gardener.cloud", "Gardenlet"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("", "Namespace"),
];

/// Group and kind of what is never deleted and made anew, whatever a unit says: what they hold would be lost.
const NEVER_MADE_ANEW: [(&str, &str); 10] = [
    ("operator.gardener.cloud", "Garden"),
    ("core.gardener.cloud", "Shoot"),
    ("core.gardener.cloud", "Seed"),
    ("core.gardener.cloud", "Project"),
    ("core.gardener.cloud", "BackupBucket"),
    ("extensions.gardener.cloud", "BackupBucket"),
    ("seedmanagement.gardener.cloud", "ManagedSeed"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("", "Namespace"),
    ("", "PersistentVolumeClaim"),
];

/// Whether an object may be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "removal", rename_all = "lowercase")]
pub enum Removal {
    /// Nobody has to consent, nothing stands on it.
    Free,
    /// It is guarded, and Git consents. Gardener wants [`CONFIRMATION`] on the object itself before.
    Consented,
    /// Not now.
    Blocked {
        /// Why, each with the way out.
        reasons: Vec<String>,
    },
}

/// Whether objects of this kind need consent.
pub fn is_guarded(object: &Value) -> bool {
    let observed = Observed::new(object);
    let is_one = GUARDED.contains(&(observed.group(), observed.kind()));
    is_one && (observed.kind() != "Namespace" || observed.name() == "garden")
}

/// Whether an object may be deleted and made anew where a member that cannot change would have to.
pub fn may_be_made_anew(object: &Value) -> bool {
    let observed = Observed::new(object);
    !NEVER_MADE_ANEW.contains(&(observed.group(), observed.kind()))
}

/// Whether Git says that an object shall go. It stays in Git until it is gone.
pub fn is_marked_for_removal(git: &Value) -> bool {
    Observed::new(git).has_annotation(REMOVE)
}

/// Whether Git consents to a deletion: marker and confirmation, both.
pub fn has_consent(git: &Value) -> bool {
    let git = Observed::new(git);
    git.has_annotation(REMOVE) && git.has_annotation(CONFIRMATION)
}

/// Judges a deletion. `committed` is the object as Git had it last: with the marker while it is still there, as of the
/// last commit that held it when its file is gone. `others` are the objects of both clusters, as far as known; the
/// object itself may be among them.
pub fn removal<'a>(
    live: &Value,
    committed: Option<&Value>,
    others: impl IntoIterator<Item = &'a Value>,
) -> Removal {
    let object = Observed::new(live);
    let is_guarded = is_guarded(live);
    let mut reasons = blockers::of(object, others);
    let has_consent = committed.is_some_and(has_consent);
    if is_guarded && !has_consent {
        reasons.push(format!(
            "{} {} is guarded: commit it with the annotations {REMOVE}: \"true\" and {CONFIRMATION}: \"true\"",
            object.kind(),
            object.name(),
        ));
    }
    match (reasons.is_empty(), is_guarded) {
        (false, _) => Removal::Blocked { reasons },
        (true, true) => Removal::Consented,
        (true, false) => Removal::Free,
    }
}

/// Secrets and `ConfigMap`s that an object names, as `(kind, name)`: it has to be deleted before them. Gardener keeps
/// them with a finalizer for as long as they are named.
pub fn named_by(object: &Value) -> Vec<(&'static str, String)> {
    names(object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(group: &str, kind: &str, namespace: Option<&str>, name: &str, rest: &Value) -> Value {
        let version = if group.is_empty() {
            "v1".to_owned()
        } else {
            format!("{group}/v1beta1")
        };
        let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}});
        if let Some(namespace) = namespace {
            object["metadata"]["namespace"] = json!(namespace);
        }
        for (key, value) in rest.as_object().into_iter().flatten() {
            object[key] = value.clone();
        }
        object
    }

    fn consenting(object: &Value) -> Value {
        let mut object = object.clone();
        object["metadata"]["annotations"] = json!({REMOVE: "true", CONFIRMATION: "true"});
        object
    }

    fn shoot(seed: &str) -> Value {
        object(
            "core.gardener.cloud",
            "Shoot",
            Some("garden-dev"),
            "a",
            &json!({"spec": {"seedName": seed, "cloudProfile": {"name": "local"}, "credentialsBindingName": "account"}}),
        )
    }

    fn managed_seed() -> Value {
        let rest = json!({"spec": {"shoot": {"name": "eu"}}});
        object(
            "seedmanagement.gardener.cloud",
            "ManagedSeed",
            Some("garden"),
            "eu",
            &rest,
        )
    }

    fn blocked(removal: &Removal) -> String {
        match removal {
            Removal::Blocked { reasons } => reasons.join("\n"),
            other => panic!("{other:?}"),
        }
    }

    /// S5, T7
    #[test]
    fn a_guarded_object_goes_by_consent_only_and_not_while_others_stand_on_it() {
        let seed = managed_seed();
        assert!(blocked(&removal(&seed, None, [])).contains(REMOVE));
        let mut half = seed.clone();
        half["metadata"]["annotations"] = json!({REMOVE: "true"});
        assert!(blocked(&removal(&seed, Some(&half), [])).contains(CONFIRMATION));
        let consent = consenting(&seed);
        let why = blocked(&removal(&seed, Some(&consent), [&shoot("eu"), &shoot("soil")]));
        assert_eq!(why, "ManagedSeed eu: 1 shoot runs on this seed: garden-dev/a");
        assert_eq!(
            removal(&seed, Some(&consent), [&shoot("soil")]),
            Removal::Consented
        );
        assert!(is_marked_for_removal(&half) && !is_marked_for_removal(&seed));
    }

    /// E5
    #[test]
    fn an_extension_that_is_required_stays() {
        let extension = |required: &str| {
            object(
                "operator.gardener.cloud",
                "Extension",
                None,
                "provider-local",
                &json!({"status": {"conditions": [
                {"type": "RequiredVirtual", "status": required, "message": "required by seed soil"},
                {"type": "RequiredRuntime", "status": "False"}]}}),
            )
        };
        let why = blocked(&removal(&extension("True"), None, []));
        assert_eq!(
            why,
            "Extension provider-local: RequiredVirtual: required by seed soil"
        );
        assert_eq!(removal(&extension("False"), None, []), Removal::Free);
    }

    #[test]
    fn what_is_in_use_stays_and_what_is_not_goes() {
        let binding = |name: &str| {
            object(
                "security.gardener.cloud",
                "CredentialsBinding",
                Some("garden-dev"),
                name,
                &json!({
                "credentialsRef": {"apiVersion": "v1", "kind": "Secret", "namespace": "garden-dev", "name": "provider"}}),
            )
        };
        assert!(blocked(&removal(&binding("account"), None, [&shoot("soil")])).contains("garden-dev/a"));
        assert_eq!(removal(&binding("other"), None, [&shoot("soil")]), Removal::Free);
        let profile = object("core.gardener.cloud", "CloudProfile", None, "local", &json!({}));
        assert!(
            blocked(&removal(&profile, Some(&consenting(&profile)), [&shoot("soil")]))
                .contains("garden-dev/a")
        );
        let secret = object("", "Secret", Some("garden-dev"), "provider", &json!({}));
        assert!(blocked(&removal(&secret, None, [&binding("account")])).contains("CredentialsBinding"));
        let elsewhere = object("", "Secret", Some("default"), "provider", &json!({}));
        assert_eq!(removal(&elsewhere, None, [&binding("account")]), Removal::Free);
    }

    /// E7
    #[test]
    fn a_secret_that_the_garden_names_stays() {
        let garden = object(
            "operator.gardener.cloud",
            "Garden",
            None,
            "local",
            &json!({"spec": {
            "dns": {"providers": [{"name": "primary", "secretRef": {"name": "dns"}}]},
            "resources": [{"name": "a", "resourceRef": {"kind": "ConfigMap", "name": "settings"}}],
            "virtualCluster": {"kubernetes": {"kubeAPIServer": {
                "auditWebhook": {"kubeconfigSecretName": "audit"},
                "structuredAuthentication": {"configMapName": "authentication"}}}}}}),
        );
        for (kind, name) in [
            ("Secret", "dns"),
            ("Secret", "audit"),
            ("ConfigMap", "settings"),
            ("ConfigMap", "authentication"),
        ] {
            let named = object("", kind, Some("garden"), name, &json!({}));
            assert_eq!(
                blocked(&removal(&named, None, [&garden])),
                format!("{kind} {name}: Garden local names it: remove that first")
            );
        }
        let other = object("", "Secret", Some("garden"), "settings", &json!({}));
        assert_eq!(removal(&other, None, [&garden]), Removal::Free);
    }

    #[test]
    fn the_landscape_goes_from_the_outside_in() {
        let garden = object("operator.gardener.cloud", "Garden", None, "local", &json!({}));
        let seed = object("core.gardener.cloud", "Seed", None, "soil", &json!({}));
        let namespace = |name| object("", "Namespace", None, name, &json!({}));
        assert!(blocked(&removal(&garden, Some(&consenting(&garden)), [&seed])).contains("Seed soil"));
        assert!(
            blocked(&removal(
                &namespace("garden"),
                Some(&consenting(&namespace("garden"))),
                [&garden]
            ))
            .contains("Garden local")
        );
        assert_eq!(removal(&namespace("other"), None, [&garden]), Removal::Free);
        let mut home = shoot("soil");
        home["metadata"] = json!({"name": "eu", "namespace": "garden"});
        assert!(
            blocked(&removal(&home, Some(&consenting(&home)), [&managed_seed()])).contains("ManagedSeed eu")
        );
        let project = object(
            "core.gardener.cloud",
            "Project",
            None,
            "dev",
            &json!({"spec": {"namespace": "garden-dev"}}),
        );
        assert!(
            blocked(&removal(&project, Some(&consenting(&project)), [&shoot("soil")]))
                .contains("garden-dev/a")
        );
    }

    #[test]
    fn what_holds_data_is_never_made_anew() {
        assert!(!may_be_made_anew(&managed_seed()));
        assert!(!may_be_made_anew(&object(
            "",
            "PersistentVolumeClaim",
            None,
            "a",
            &json!({})
        )));
        assert!(may_be_made_anew(&object("", "ConfigMap", None, "a", &json!({}))));
    }
}
