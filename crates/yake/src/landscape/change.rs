//! Changes that Gardener refuses, or worse, does not: told before anything is written.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::Version;
use super::observed::Observed;

/// A change that must not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forbidden {
    /// JSON pointer into the object in Git.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub hint: String,
}

/// What of the step from `live` to `git` is forbidden. `others` are the objects of the virtual garden.
pub fn forbidden<'a>(
    git: &Value,
    live: &Value,
    others: impl IntoIterator<Item = &'a Value>,
) -> Vec<Forbidden> {
    let (git, live) = (Observed::new(git), Observed::new(live));
    match (git.group(), git.kind()) {
        ("core.gardener.cloud", "CloudProfile") => profile(git, live, others),
        ("core.gardener.cloud", "Shoot") => kubernetes(git, live, "/spec/kubernetes/version")
            .into_iter()
            .collect(),
        ("operator.gardener.cloud", "Garden") => {
            let version = "/spec/virtualCluster/kubernetes/version";
            let back = (git.version(version) < live.version(version)).then(|| backwards(version));
            let step = kubernetes(git, live, version);
            step.or(back.filter(|_| git.has(version))).into_iter().collect()
        }
        ("security.gardener.cloud", "CredentialsBinding") => binding(git, live),
        _ => Vec::new(),
    }
}

/// Kubernetes goes forward, a minor at a time.
fn kubernetes(git: Observed<'_>, live: Observed<'_>, pointer: &str) -> Option<Forbidden> {
    let (wanted, now) = (git.version(pointer)?, live.version(pointer)?);
    let hint = match wanted.minors_ahead_of(&now) {
        Some(0 | 1) => return None,
        Some(ahead) if ahead > 1 => format!("go to {}.{} first", now.major, now.minor + 1),
        _ => "commit the version that runs, or a newer one".to_owned(),
    };
    Some(Forbidden {
        pointer: pointer.to_owned(),
        message: format!("Kubernetes {now} → {wanted}"),
        hint,
    })
}

/// Nobody brings patches to a Garden but Git.
fn backwards(pointer: &str) -> Forbidden {
    Forbidden {
        pointer: pointer.to_owned(),
        message: "Kubernetes does not go back".to_owned(),
        hint: "commit the version that runs, or a newer one".to_owned(),
    }
}

fn binding(git: Observed<'_>, live: Observed<'_>) -> Vec<Forbidden> {
    let members = [
        "/provider/type",
        "/credentialsRef/kind",
        "/credentialsRef/namespace",
        "/credentialsRef/name",
        "/quotas",
    ];
    let changed = members.into_iter().filter(|pointer| {
        let differs = git.value(pointer) != live.value(pointer);
        differs && git.has(pointer)
    });
    changed
        .map(|pointer| Forbidden {
            pointer: pointer.to_owned(),
            message: "it is immutable".to_owned(),
            hint: "create a new binding and switch the shoots to it".to_owned(),
        })
        .collect()
}

/// A version of a profile: of Kubernetes, or of a named image.
type Entry = (Option<String>, String);

/// Versions that a profile had and shall lose, and that shoots use. Where only dates change, nothing is lost.
fn profile<'a>(
    git: Observed<'_>,
    live: Observed<'_>,
    others: impl IntoIterator<Item = &'a Value>,
) -> Vec<Forbidden> {
    let kept = entries(git);
    let lost: Vec<Entry> = entries(live).difference(&kept).cloned().collect();
    let shoots: Vec<(String, BTreeSet<Entry>)> = users(git.name(), others);
    lost.into_iter()
        .filter_map(|entry| {
            let users = shoots.iter().filter(|(_, used)| used.contains(&entry));
            let users: Vec<&str> = users.map(|(name, _)| name.as_str()).collect();
            (!users.is_empty()).then(|| in_use(&entry, &users))
        })
        .collect()
}

fn in_use((image, version): &Entry, users: &[&str]) -> Forbidden {
    let (pointer, what) = match image {
        None => ("/spec/kubernetes/versions", format!("Kubernetes {version}")),
        Some(image) => ("/spec/machineImages", format!("image {image} {version}")),
    };
    Forbidden {
        pointer: pointer.to_owned(),
        message: format!("{what} is used by {}", users.join(", ")),
        hint: "give it an expirationDate, and take it away when no shoot has it any more".to_owned(),
    }
}

fn entries(profile: Observed<'_>) -> BTreeSet<Entry> {
    let kubernetes = versions(profile.list("/spec/kubernetes/versions"), None);
    let images = profile.list("/spec/machineImages").flat_map(|image| {
        let name = image.get("name").and_then(Value::as_str);
        let list = image.get("versions").and_then(Value::as_array);
        versions(list.into_iter().flatten(), name)
    });
    kubernetes.into_iter().chain(images).collect()
}

fn versions<'a>(list: impl Iterator<Item = &'a Value>, image: Option<&str>) -> Vec<Entry> {
    let versions = list.filter_map(|entry| entry.get("version")?.as_str());
    versions
        .map(|version| (image.map(str::to_owned), plain(version)))
        .collect()
}

/// `v1.34.1` is `1.34.1`; what is no version stays as it is.
fn plain(version: &str) -> String {
    version
        .parse::<Version>()
        .map_or_else(|_| version.to_owned(), |version| version.to_string())
}

/// Shoots with a profile, or with one of a project that stands on it, and what each uses of it.
fn users<'a>(profile: &str, others: impl IntoIterator<Item = &'a Value>) -> Vec<(String, BTreeSet<Entry>)> {
    let others: Vec<Observed<'_>> = others.into_iter().map(Observed::new).collect();
    let of_projects: BTreeSet<(Option<&str>, &str)> = others
        .iter()
        .filter(|other| {
            other.kind() == "NamespacedCloudProfile" && other.text("/spec/parent/name") == Some(profile)
        })
        .map(|other| (other.namespace(), other.name()))
        .collect();
    let uses = |shoot: &&Observed<'_>| {
        let name = shoot
            .text("/spec/cloudProfile/name")
            .or_else(|| shoot.text("/spec/cloudProfileName"));
        match (name, shoot.text("/spec/cloudProfile/kind")) {
            (Some(name), Some("NamespacedCloudProfile")) => of_projects.contains(&(shoot.namespace(), name)),
            (name, _) => name == Some(profile),
        }
    };
    let shoots = others
        .iter()
        .filter(|other| (other.group(), other.kind()) == ("core.gardener.cloud", "Shoot"))
        .filter(uses);
    shoots
        .map(|shoot| {
            (
                format!("{}/{}", shoot.namespace().unwrap_or_default(), shoot.name()),
                used(*shoot),
            )
        })
        .collect()
}

fn used(shoot: Observed<'_>) -> BTreeSet<Entry> {
    let mut used: BTreeSet<Entry> = shoot
        .text("/spec/kubernetes/version")
        .map(|version| (None, plain(version)))
        .into_iter()
        .collect();
    for worker in shoot.list("/spec/provider/workers") {
        let text = |pointer: &str| worker.pointer(pointer).and_then(Value::as_str);
        used.extend(text("/kubernetes/version").map(|version| (None, plain(version))));
        let image = text("/machine/image/name").map(str::to_owned);
        used.extend(text("/machine/image/version").map(|version| (image.clone(), plain(version))));
    }
    used
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn profile(kubernetes: &[&str], images: &[&str]) -> Value {
        let list = |versions: &[&str]| {
            versions
                .iter()
                .map(|version| json!({"version": version}))
                .collect::<Vec<_>>()
        };
        json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "CloudProfile", "metadata": {"name": "local"},
            "spec": {"kubernetes": {"versions": list(kubernetes)},
                "machineImages": [{"name": "gardenlinux", "versions": list(images)}]}})
    }

    fn shoot(profile: &Value) -> Value {
        json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot",
            "metadata": {"name": "a", "namespace": "garden-dev"},
            "spec": {"cloudProfile": profile, "kubernetes": {"version": "1.34.1"}, "provider": {"workers": [
                {"name": "one", "machine": {"image": {"name": "gardenlinux", "version": "1443.3.0"}}}]}}})
    }

    fn told(git: &Value, live: &Value, others: &[Value]) -> Vec<String> {
        forbidden(git, live, others)
            .into_iter()
            .map(|forbidden| forbidden.message)
            .collect()
    }

    /// T9
    #[test]
    fn a_version_that_a_shoot_uses_is_not_taken_away() {
        let live = profile(&["1.33.5", "1.34.1"], &["1443.3.0", "1592.1.0"]);
        let shoots = [shoot(&json!({"name": "local"}))];
        assert_eq!(
            told(&profile(&["1.33.5"], &["1592.1.0"]), &live, &shoots),
            [
                "Kubernetes 1.34.1 is used by garden-dev/a",
                "image gardenlinux 1443.3.0 is used by garden-dev/a"
            ]
        );
        assert_eq!(
            told(&profile(&["1.34.1"], &["1443.3.0"]), &live, &shoots),
            [""; 0],
            "unused ones go"
        );
        assert_eq!(
            told(&profile(&[], &[]), &live, &[shoot(&json!({"name": "other"}))]),
            [""; 0]
        );
    }

    /// T9
    #[test]
    fn shoots_with_a_projects_own_profile_count_as_well() {
        let own = json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "NamespacedCloudProfile",
            "metadata": {"name": "own", "namespace": "garden-dev"}, "spec": {"parent": {"kind": "CloudProfile", "name": "local"}}});
        let others = [
            own,
            shoot(&json!({"kind": "NamespacedCloudProfile", "name": "own"})),
        ];
        let live = profile(&["1.34.1"], &["1443.3.0"]);
        assert_eq!(told(&profile(&[], &["1443.3.0"]), &live, &others).len(), 1);
        assert_eq!(told(&profile(&[], &["1443.3.0"]), &live, &others[1..]).len(), 0);
    }

    /// T9
    #[test]
    fn dates_may_change() {
        let live = profile(&["1.34.1"], &["1443.3.0"]);
        let mut git = live.clone();
        git["spec"]["kubernetes"]["versions"][0]["expirationDate"] = json!("2027-01-01T00:00:00Z");
        assert_eq!(told(&git, &live, &[shoot(&json!({"name": "local"}))]), [""; 0]);
    }

    /// T3b, T3c
    #[test]
    fn the_kubernetes_of_a_shoot_goes_forward_a_minor_at_a_time() {
        let at = |version: &str| {
            let mut shoot = shoot(&json!({"name": "local"}));
            shoot["spec"]["kubernetes"]["version"] = json!(version);
            shoot
        };
        assert_eq!(told(&at("1.35.0"), &at("1.34.2"), &[]), [""; 0]);
        assert_eq!(
            told(&at("1.34.1"), &at("1.34.2"), &[]),
            [""; 0],
            "a patch behind is not applied and no fault"
        );
        assert_eq!(
            told(&at("1.34.9"), &at("1.35.0"), &[]),
            ["Kubernetes 1.35.0 → 1.34.9"]
        );
        assert_eq!(
            told(&at("1.36.0"), &at("1.34.2"), &[]),
            ["Kubernetes 1.34.2 → 1.36.0"]
        );
    }

    #[test]
    fn the_kubernetes_of_the_garden_never_goes_back() {
        let at = |version: &str| {
            json!({"apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Garden", "metadata": {"name": "local"},
                "spec": {"virtualCluster": {"kubernetes": {"version": version}}}})
        };
        assert_eq!(
            told(&at("1.34.1"), &at("1.34.2"), &[]),
            ["Kubernetes does not go back"]
        );
        assert_eq!(
            told(&at("1.36.0"), &at("1.34.2"), &[]),
            ["Kubernetes 1.34.2 → 1.36.0"]
        );
        assert_eq!(told(&at("1.34.3"), &at("1.34.2"), &[]), [""; 0]);
    }

    /// T2
    #[test]
    fn a_binding_never_gets_other_credentials() {
        let binding = |name: &str| {
            json!({"apiVersion": "security.gardener.cloud/v1alpha1", "kind": "CredentialsBinding",
                "metadata": {"name": "account", "namespace": "garden-dev"}, "provider": {"type": "local"},
                "credentialsRef": {"apiVersion": "v1", "kind": "Secret", "namespace": "garden-dev", "name": name}})
        };
        let found = forbidden(&binding("new"), &binding("old"), []);
        assert_eq!(found[0].pointer, "/credentialsRef/name");
        assert_eq!(forbidden(&binding("old"), &binding("old"), []), []);
    }
}
