//! The rules: a table of facts about releases, and the checks that use it.

use super::refusal::{Refusal, Rule};
use super::state::ClusterState;
use super::vector::Vector;
use crate::landscape::Version;

/// How many minors a gardenlet may be older than the API server.
const GARDENLET_LAG: i64 = 2;

/// Facts about releases; they change with every release and so are data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Minors of Kubernetes, and the minor of Gardener since which each can be a virtual garden's.
    pub kubernetes_since: Vec<(u32, u32)>,
    /// Versions of Kubernetes that do not do as seeds, from and to, and why.
    pub bad_seeds: Vec<(Version, Version, String)>,
}

impl Default for Rules {
    /// As documented by Gardener 1.150, `docs/usage/shoot-operations/supported_k8s_versions.md`.
    fn default() -> Self {
        let version = |major, minor, patch| Version::new(major, minor, patch);
        Self {
            kubernetes_since: vec![(32, 113), (33, 122), (34, 132), (35, 136)],
            bad_seeds: vec![(
                version(1, 35, 0),
                version(1, 35, 3),
                "StatefulSets regress there; 1.35.4 mends it".to_owned(),
            )],
        }
    }
}

impl Rules {
    /// Every rule that the way from `state` to `vector` breaks.
    pub fn refuse(&self, vector: &Vector, state: &ClusterState) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        gardener(vector, state, &mut refusals);
        gardenlets(vector, state, &mut refusals);
        extensions(vector, state, &mut refusals);
        self.kubernetes(vector, state, &mut refusals);
        acknowledgements(vector, &mut refusals);
        refusals
    }

    /// What is allowed and still unwise.
    pub fn warn(&self, state: &ClusterState) -> Vec<String> {
        let mut warnings = Vec::new();
        for (name, seed) in &state.seeds {
            let Some(version) = &seed.kubernetes else { continue };
            let bad = self
                .bad_seeds
                .iter()
                .find(|(from, to, _)| from <= version && version <= to);
            warnings.extend(bad.map(|(.., why)| format!("seed {name} runs Kubernetes {version}: {why}")));
        }
        warnings
    }

    fn kubernetes(&self, vector: &Vector, state: &ClusterState, refusals: &mut Vec<Refusal>) {
        let Some(wanted) = &vector.kubernetes else { return };
        let now = state
            .garden
            .as_ref()
            .and_then(|garden| garden.kubernetes.as_ref());
        if let Some(now) = now {
            kubernetes_step(now, wanted, refusals);
        }
        let since = self
            .kubernetes_since
            .iter()
            .find(|(minor, _)| *minor == wanted.minor);
        if since.is_none_or(|(_, gardener)| vector.gardener.minor < *gardener) {
            let hint = since.map_or_else(
                || "it is in no table of supported versions".to_owned(),
                |(_, gardener)| format!("it is supported since Gardener 1.{gardener}"),
            );
            let message = format!(
                "Gardener {} does not support Kubernetes {wanted}",
                vector.gardener
            );
            refusals.push(Refusal::new(Rule::KubernetesUnsupported, message, hint));
        }
    }
}

fn kubernetes_step(now: &Version, wanted: &Version, refusals: &mut Vec<Refusal>) {
    let message = format!("Kubernetes {now} → {wanted}");
    if wanted < now {
        let hint = "commit the version that runs, or a newer one";
        refusals.push(Refusal::new(Rule::KubernetesDowngrade, message, hint));
    } else if wanted.minors_ahead_of(now) != Some(0) && wanted.minors_ahead_of(now) != Some(1) {
        let hint = format!("go to {}.{} first", now.major, now.minor + 1);
        refusals.push(Refusal::new(Rule::KubernetesSkipMinor, message, hint));
    }
}

fn gardener(vector: &Vector, state: &ClusterState, refusals: &mut Vec<Refusal>) {
    let (wanted, Some(now)) = (&vector.gardener, state.gardener()) else {
        return;
    };
    let message = format!("Gardener {now} → {wanted}");
    if wanted < now {
        let hint = format!("Gardener does not go back; commit {now} or newer and mend forward");
        refusals.push(Refusal::new(Rule::Downgrade, message, hint));
    } else if !matches!(wanted.minors_ahead_of(now), Some(0 | 1)) {
        let hint = format!("go to the newest patch of {}.{} first", now.major, now.minor + 1);
        refusals.push(Refusal::new(Rule::SkipMinor, message, hint));
    }
}

fn gardenlets(vector: &Vector, state: &ClusterState, refusals: &mut Vec<Refusal>) {
    for (name, seed) in &state.seeds {
        let Some(version) = &seed.version else { continue };
        let lag = vector.gardener.minors_ahead_of(version);
        if lag.is_some_and(|lag| (0..=GARDENLET_LAG).contains(&lag)) {
            continue;
        }
        let message = format!(
            "the gardenlet of seed {name} is {version}, Gardener shall be {}",
            vector.gardener
        );
        let hint = format!(
            "a gardenlet is at most {GARDENLET_LAG} minors older and never newer: bring it along first"
        );
        refusals.push(Refusal::new(Rule::SkewGardenlet, message, hint));
    }
}

fn extensions(vector: &Vector, state: &ClusterState, refusals: &mut Vec<Refusal>) {
    let Some((seed, oldest)) = state.oldest_gardenlet() else {
        return;
    };
    for (name, pin) in &vector.extensions {
        let Some(library) = &pin.library else { continue };
        if library.minors_ahead_of(oldest).is_some_and(|ahead| ahead <= 0) {
            continue;
        }
        let message = format!(
            "extension {name} {} is built with Gardener {library}, the gardenlet of seed {seed} is {oldest}",
            pin.version
        );
        refusals.push(Refusal::new(
            Rule::SkewExtension,
            message,
            "upgrade the gardenlets first, then the extension",
        ));
    }
}

fn acknowledgements(vector: &Vector, refusals: &mut Vec<Refusal>) {
    let open = vector
        .requires
        .iter()
        .filter(|(id, _)| !vector.acknowledged.contains(*id));
    refusals.extend(open.map(|(id, text)| {
        let message = format!("{id}: {text}");
        Refusal::new(
            Rule::Unacknowledged,
            message,
            format!("commit the acknowledgement of {id} when it is done"),
        )
    }));
}
