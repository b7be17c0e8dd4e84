//! What Gardener's webhooks and its API server refuse, as far as CEL can say it. The definitions' own CEL rules hold
//! beside these. Rules that look at other objects are given those as parameters: each Garden, each shoot of a namespace.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::{Api, Client};
use serde_json::{Value, json};

/// A rule: name, API group, version, plural, operations, the objects it is asked for each of (`""`: none), what has to
/// hold, and what is said otherwise.
struct Rule {
    name: &'static str,
    of: (&'static str, &'static str, &'static str),
    operations: &'static [&'static str],
    each: Option<(&'static str, &'static str)>,
    holds: &'static str,
    message: &'static str,
}

const GARDENS: (&str, &str, &str) = ("operator.gardener.cloud", "v1alpha1", "gardens");
const EXTENSIONS: (&str, &str, &str) = ("operator.gardener.cloud", "v1alpha1", "extensions");
const SHOOTS: (&str, &str, &str) = ("core.gardener.cloud", "v1beta1", "shoots");
const PROJECTS: (&str, &str, &str) = ("core.gardener.cloud", "v1beta1", "projects");
const SEEDS: (&str, &str, &str) = ("core.gardener.cloud", "v1beta1", "seeds");
const PROFILES: (&str, &str, &str) = ("core.gardener.cloud", "v1beta1", "cloudprofiles");
const BINDINGS: (&str, &str, &str) = ("security.gardener.cloud", "v1alpha1", "credentialsbindings");
const MANAGED_SEEDS: (&str, &str, &str) = ("seedmanagement.gardener.cloud", "v1alpha1", "managedseeds");
const EACH_GARDEN: Option<(&str, &str)> = Some(("operator.gardener.cloud/v1alpha1", "Garden"));
const EACH_SHOOT: Option<(&str, &str)> = Some(("core.gardener.cloud/v1beta1", "Shoot"));

const CONFIRMED: &str = "has(oldObject.metadata.annotations) \
    && 'confirmation.gardener.cloud/deletion' in oldObject.metadata.annotations \
    && oldObject.metadata.annotations['confirmation.gardener.cloud/deletion'] == 'true'";
const UNCONFIRMED: &str = "must have a \"confirmation.gardener.cloud/deletion\" annotation to delete";

const RULES: [Rule; 16] = [
    Rule {
        name: "one-garden",
        of: GARDENS,
        operations: &["CREATE"],
        each: EACH_GARDEN,
        holds: "params.metadata.name == object.metadata.name",
        message: "there can be only one Garden",
    },
    Rule {
        name: "confirmed-garden",
        of: GARDENS,
        operations: &["DELETE"],
        each: None,
        holds: CONFIRMED,
        message: UNCONFIRMED,
    },
    Rule {
        name: "confirmed-shoot",
        of: SHOOTS,
        operations: &["DELETE"],
        each: None,
        holds: CONFIRMED,
        message: UNCONFIRMED,
    },
    Rule {
        name: "confirmed-project",
        of: PROJECTS,
        operations: &["DELETE"],
        each: None,
        holds: CONFIRMED,
        message: UNCONFIRMED,
    },
    Rule {
        name: "namespace-of-a-garden",
        of: ("", "v1", "namespaces"),
        operations: &["DELETE"],
        each: EACH_GARDEN,
        holds: "oldObject.metadata.name != 'garden'",
        message: "the namespace garden stays while there is a Garden",
    },
    Rule {
        name: "garden-domains",
        of: GARDENS,
        operations: &["UPDATE"],
        each: None,
        holds: "object.spec.runtimeCluster.ingress.domains[0].name == oldObject.spec.runtimeCluster.ingress.domains[0].name \
            && object.spec.virtualCluster.dns.domains[0].name == oldObject.spec.virtualCluster.dns.domains[0].name",
        message: "the first domains are immutable",
    },
    Rule {
        name: "garden-networks",
        of: GARDENS,
        operations: &["UPDATE"],
        each: None,
        holds: "['nodes', 'pods', 'services'].all(key, !(key in oldObject.spec.runtimeCluster.networking) \
            || (key in object.spec.runtimeCluster.networking && oldObject.spec.runtimeCluster.networking[key] \
                .all(range, range in object.spec.runtimeCluster.networking[key])))",
        message: "networks are only added to",
    },
    Rule {
        name: "garden-availability",
        of: GARDENS,
        operations: &["UPDATE"],
        each: None,
        holds: "!has(oldObject.spec.virtualCluster.controlPlane) || !has(oldObject.spec.virtualCluster.controlPlane.highAvailability) \
            || (has(object.spec.virtualCluster.controlPlane) && has(object.spec.virtualCluster.controlPlane.highAvailability))",
        message: "high availability cannot be removed",
    },
    Rule {
        name: "garden-kubernetes",
        of: GARDENS,
        operations: &["UPDATE"],
        each: None,
        holds: "[0, 1].exists(step, int(object.spec.virtualCluster.kubernetes.version.split('.')[1]) \
            == int(oldObject.spec.virtualCluster.kubernetes.version.split('.')[1]) + step)",
        message: "Kubernetes goes forward, a minor at a time",
    },
    Rule {
        name: "shoot-kubernetes",
        of: SHOOTS,
        operations: &["UPDATE"],
        each: None,
        holds: "[0, 1].exists(step, int(object.spec.kubernetes.version.split('.')[1]) \
            == int(oldObject.spec.kubernetes.version.split('.')[1]) + step)",
        message: "Kubernetes goes forward, a minor at a time",
    },
    Rule {
        name: "garden-operation",
        of: GARDENS,
        operations: &["CREATE", "UPDATE"],
        each: None,
        holds: "!has(object.metadata.annotations) || !('gardener.cloud/operation' in object.metadata.annotations) \
            || object.metadata.annotations['gardener.cloud/operation'].split(';').all(one, one == 'reconcile' || one.startsWith('rotate-'))",
        message: "the operation is not known",
    },
    Rule {
        name: "required-extension",
        of: EXTENSIONS,
        operations: &["DELETE"],
        each: None,
        holds: "!has(oldObject.status) || !has(oldObject.status.conditions) || oldObject.status.conditions.all(condition, \
            !(condition.type in ['RequiredRuntime', 'RequiredVirtual'] && condition.status == 'True'))",
        message: "the extension is still required",
    },
    Rule {
        name: "immutable-binding",
        of: BINDINGS,
        operations: &["UPDATE"],
        each: None,
        holds: "object.provider == oldObject.provider && object.credentialsRef == oldObject.credentialsRef",
        message: "provider and credentialsRef are immutable",
    },
    Rule {
        name: "managed-seed-in-use",
        of: MANAGED_SEEDS,
        operations: &["DELETE"],
        each: EACH_SHOOT,
        holds: "!has(params.spec.seedName) || params.spec.seedName != oldObject.metadata.name",
        message: "shoots run on the seed",
    },
    Rule {
        name: "seed-in-use",
        of: SEEDS,
        operations: &["DELETE"],
        each: EACH_SHOOT,
        holds: "!has(params.spec.seedName) || params.spec.seedName != oldObject.metadata.name",
        message: "shoots run on the seed",
    },
    Rule {
        name: "profile-in-use",
        of: PROFILES,
        operations: &["UPDATE"],
        each: EACH_SHOOT,
        holds: "params.spec.cloudProfile.name != object.metadata.name \
            || object.spec.kubernetes.versions.exists(one, one.version == params.spec.kubernetes.version)",
        message: "a version is still in use",
    },
];

/// A rule of which it is known when it holds, so that the others do.
const PROBE: &str = "gardener-stand-in-probe";

/// Makes the rules hold on a cluster, and waits until they do. Of shoots those in `namespaces` are looked at.
pub async fn enforce(client: &Client, namespaces: &[&str]) -> Result<()> {
    for rule in &RULES {
        create(client, rule, namespaces).await?;
    }
    let probe = Rule {
        name: "probe",
        of: ("", "v1", "configmaps"),
        operations: &["CREATE"],
        each: None,
        holds: "object.metadata.name != 'gardener-stand-in-probe'",
        message: "rules hold",
    };
    create(client, &probe, &[]).await?;
    holds(client).await
}

async fn create(client: &Client, rule: &Rule, namespaces: &[&str]) -> Result<()> {
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(client.clone());
    policies
        .create(&PostParams::default(), &serde_json::from_value(policy(rule))?)
        .await?;
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(client.clone());
    for (index, parameters) in parameters(rule, namespaces).into_iter().enumerate() {
        let mut spec = json!({"policyName": policy_name(rule), "validationActions": ["Deny"]});
        if let Some(parameters) = parameters {
            spec["paramRef"] = parameters;
        }
        let metadata = json!({"name": format!("{}-{index}", policy_name(rule))});
        let binding = json!({"metadata": metadata, "spec": spec});
        bindings
            .create(&PostParams::default(), &serde_json::from_value(binding)?)
            .await?;
    }
    Ok(())
}

fn policy_name(rule: &Rule) -> String {
    format!("gardener-stand-in-{}", rule.name)
}

fn policy(rule: &Rule) -> Value {
    let (group, version, plural) = rule.of;
    let mut spec = json!({
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [{"apiGroups": [group], "apiVersions": [version],
            "resources": [plural], "operations": rule.operations}]},
        "validations": [{"expression": rule.holds, "message": rule.message}],
    });
    if let Some((api_version, kind)) = rule.each {
        spec["paramKind"] = json!({"apiVersion": api_version, "kind": kind});
    }
    json!({"metadata": {"name": policy_name(rule)}, "spec": spec})
}

/// A binding for all objects that are parameters; for those in namespaces one for each.
fn parameters(rule: &Rule, namespaces: &[&str]) -> Vec<Option<Value>> {
    let all = |namespace: Option<&str>| {
        let mut parameters = json!({"selector": {}, "parameterNotFoundAction": "Allow"});
        if let Some(namespace) = namespace {
            parameters["namespace"] = json!(namespace);
        }
        Some(parameters)
    };
    match rule.each {
        None => vec![None],
        Some((_, "Shoot")) => namespaces.iter().map(|namespace| all(Some(namespace))).collect(),
        Some(_) => vec![all(None)],
    }
}

async fn holds(client: &Client) -> Result<()> {
    let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let probe = serde_json::from_value(json!({"metadata": {"name": PROBE}}))?;
    let parameters = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while maps.create(&parameters, &probe).await.is_ok() {
        if Instant::now() > deadline {
            bail!("the admission rules do not hold");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
