//! What of an object in Git is not applied because somebody else is in charge of it, by the object as it is.
//!
//! Gardener writes into the specifications that people write: the scheduler chooses seeds, maintenance brings patches,
//! schedules hibernate, the operator takes bootstrap credentials away. An engine that puts Git's value back fights
//! them for ever. Each row of [`ROWS`] is such a member, with the condition under which it is left alone.

mod shoot;
mod versions;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::observed::Observed;
use super::upgrade::Vector;

/// What is known besides the object.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Names of the seeds that exist.
    pub seeds: &'a BTreeSet<String>,
    /// The versions that the landscape shall have, where it has a file of them: upgrades move those, in their order.
    pub versions: Option<&'a Vector>,
}

/// What is done with a member instead of applying Git's value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Instead {
    /// It is not in what is applied, so that nobody of ours owns it. Whoever owns it already has to give that up
    /// first (`Connection::own_only`): a server removes what its last owner no longer names.
    LeaveOut,
    /// This value, which the object has, stands in what is applied: in lists, what is left out would be removed.
    Keep(Value),
}

/// A member that is not applied as Git has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ignored {
    /// JSON pointer into the object as Git has it.
    pub pointer: String,
    /// What is done.
    pub instead: Instead,
    /// Why, for people.
    pub why: String,
}

/// Git's object, the object as it is, and the rest.
#[derive(Debug, Clone, Copy)]
struct Case<'a> {
    git: Observed<'a>,
    live: Observed<'a>,
    surroundings: Surroundings<'a>,
}

/// Members of a case, by a row.
type Find = fn(Case<'_>) -> Vec<Ignored>;

/// API group and kind (`*`: all of Gardener's) and what is not applied.
const ROWS: [(&str, &str, Find); 11] = [
    ("*", "*", operation),
    ("core.gardener.cloud", "Shoot", shoot::seed_name),
    ("core.gardener.cloud", "Shoot", shoot::kubernetes),
    ("core.gardener.cloud", "Shoot", shoot::workers),
    ("core.gardener.cloud", "Shoot", shoot::hibernation),
    ("seedmanagement.gardener.cloud", "Gardenlet", bootstrap),
    (
        "seedmanagement.gardener.cloud",
        "Gardenlet",
        chart_of_the_operator,
    ),
    ("seedmanagement.gardener.cloud", "Gardenlet", versions::gardenlet),
    ("operator.gardener.cloud", "Extension", versions::extension),
    ("operator.gardener.cloud", "Garden", versions::garden),
    ("apps", "Deployment", versions::operator),
];

/// Lets the operator rewrite the reference of a gardenlet's chart.
const AUTO_UPDATE: &str = "operator.gardener.cloud/auto-update-gardenlet-helm-chart-ref";
const OPERATION: &str = "/metadata/annotations/gardener.cloud~1operation";
const KUBECONFIG: &str = "/spec/kubeconfigSecretRef";
const CHART: &str = "/spec/deployment/helm/ociRepository/ref";

/// What of `git` is not applied onto `live`. Nothing where the object does not exist: all of it is applied then,
/// but for bootstrap credentials of a seed that is there already.
pub fn of(git: &Value, live: Option<&Value>, surroundings: Surroundings<'_>) -> Vec<Ignored> {
    let git = Observed::new(git);
    let case = Case {
        git,
        live: live.map_or(git, Observed::new),
        surroundings,
    };
    let rows = ROWS.iter().filter(|(group, kind, _)| concerns(group, kind, git));
    let found = rows.flat_map(|(.., find)| find(case));
    found
        .filter(|ignored| live.is_some() || [KUBECONFIG, OPERATION].contains(&ignored.pointer.as_str()))
        .collect()
}

/// Takes what is ignored out of an object.
pub fn take_out(git: &mut Value, ignored: &[Ignored]) {
    for Ignored { pointer, instead, .. } in ignored {
        match instead {
            Instead::Keep(value) => {
                if let Some(member) = git.pointer_mut(pointer) {
                    member.clone_from(value);
                }
            }
            Instead::LeaveOut => remove(git, pointer),
        }
    }
}

/// Whether a Secret was only there to make a seed that exists by now: the operator has deleted it, and nobody makes
/// it anew. `gardenlets` are Git's.
pub fn is_retired<'a>(
    secret: &Value,
    gardenlets: impl IntoIterator<Item = &'a Value>,
    surroundings: Surroundings<'_>,
) -> bool {
    let secret = Observed::new(secret);
    (secret.group(), secret.kind()) == ("", "Secret")
        && gardenlets.into_iter().map(Observed::new).any(|gardenlet| {
            gardenlet.text("/spec/kubeconfigSecretRef/name") == Some(secret.name())
                && gardenlet.namespace() == secret.namespace()
                && surroundings.seeds.contains(gardenlet.name())
        })
}

fn concerns(group: &str, kind: &str, object: Observed<'_>) -> bool {
    let is_gardeners = object.group().ends_with(".gardener.cloud");
    (group == "*" && is_gardeners) || (group, kind) == (object.group(), object.kind())
}

fn left_out(case: Case<'_>, pointer: &str, why: impl Into<String>) -> Vec<Ignored> {
    let is_in_git = case.git.has(pointer);
    let ignored = is_in_git.then(|| Ignored {
        pointer: pointer.to_owned(),
        instead: Instead::LeaveOut,
        why: why.into(),
    });
    ignored.into_iter().collect()
}

/// An operation is asked for once; an annotation that Git keeps would ask for it again and again.
fn operation(case: Case<'_>) -> Vec<Ignored> {
    left_out(case, OPERATION, "an operation is asked for once, not kept in Git")
}

fn bootstrap(case: Case<'_>) -> Vec<Ignored> {
    if !case.surroundings.seeds.contains(case.git.name()) {
        return Vec::new();
    }
    let why = format!(
        "seed {} exists: its bootstrap credentials are retired",
        case.git.name()
    );
    left_out(case, KUBECONFIG, why)
}

fn chart_of_the_operator(case: Case<'_>) -> Vec<Ignored> {
    if case.git.label(AUTO_UPDATE) != Some("true") {
        return Vec::new();
    }
    left_out(
        case,
        CHART,
        format!("label {AUTO_UPDATE} leaves the chart to the operator"),
    )
}

fn remove(object: &mut Value, pointer: &str) {
    let Some((parent, member)) = pointer.rsplit_once('/') else {
        return;
    };
    let member = member.replace("~1", "/").replace("~0", "~");
    if let Some(Value::Object(parent)) = object.pointer_mut(parent) {
        parent.shift_remove(&member);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn gardenlet() -> Value {
        json!({"apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "Gardenlet",
            "metadata": {"name": "soil", "namespace": "garden"},
            "spec": {"deployment": {"helm": {"ociRepository": {"ref": "reg/gardenlet:v1.147.3"}}},
                "kubeconfigSecretRef": {"name": "soil-kubeconfig"}}})
    }

    fn secret(name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "garden"}})
    }

    fn applied(git: &Value, live: Option<&Value>, seeds: &[&str]) -> Value {
        let seeds = seeds.iter().map(ToString::to_string).collect();
        let mut git = git.clone();
        let ignored = of(
            &git,
            live,
            Surroundings {
                seeds: &seeds,
                versions: None,
            },
        );
        take_out(&mut git, &ignored);
        git
    }

    /// S2
    #[test]
    fn bootstrap_credentials_are_applied_until_the_seed_exists_and_again_when_it_is_gone() {
        let git = gardenlet();
        assert_eq!(applied(&git, None, &[]), git);
        assert_eq!(applied(&git, Some(&git), &["other"]), git);
        let later = applied(&git, Some(&git), &["soil"]);
        assert_eq!(later.pointer(KUBECONFIG), None);
        assert_eq!(later.pointer(CHART), git.pointer(CHART));
        assert_eq!(applied(&git, None, &["soil"]).pointer(KUBECONFIG), None);
    }

    /// S2
    #[test]
    fn the_secret_of_a_seed_that_exists_is_retired_and_no_other() {
        let seeds: BTreeSet<String> = ["soil".to_owned()].into();
        let surroundings = Surroundings {
            seeds: &seeds,
            versions: None,
        };
        let gardenlets = [gardenlet()];
        assert!(is_retired(&secret("soil-kubeconfig"), &gardenlets, surroundings));
        assert!(!is_retired(&secret("other"), &gardenlets, surroundings));
        let mut elsewhere = secret("soil-kubeconfig");
        elsewhere["metadata"]["namespace"] = json!("default");
        assert!(!is_retired(&elsewhere, &gardenlets, surroundings));
        let none = BTreeSet::new();
        assert!(!is_retired(
            &secret("soil-kubeconfig"),
            &gardenlets,
            Surroundings {
                seeds: &none,
                versions: None
            }
        ));
    }

    /// S3
    #[test]
    fn a_chart_that_the_label_leaves_to_the_operator_is_left_out() {
        let mut git = gardenlet();
        git["metadata"]["labels"] = json!({AUTO_UPDATE: "true"});
        assert_eq!(applied(&git, Some(&git), &[]).pointer(CHART), None);
        assert_eq!(applied(&git, None, &[]), git, "the first one needs a chart");
    }

    /// R5
    #[test]
    fn an_operation_in_git_is_never_applied() {
        let mut git = gardenlet();
        git["metadata"]["annotations"] = json!({"gardener.cloud/operation": "reconcile", "a": "b"});
        for live in [None, Some(&gardenlet())] {
            assert_eq!(
                applied(&git, live, &[])["metadata"]["annotations"],
                json!({"a": "b"})
            );
        }
        let mut foreign = secret("a");
        foreign["metadata"]["annotations"] = json!({"gardener.cloud/operation": "renew"});
        assert_eq!(applied(&foreign, None, &[]), foreign);
    }
}
