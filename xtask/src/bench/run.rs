//! Builds for release, brings labs up as figures need them, and lets the load program measure.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::figures::{Figure, Lab};
use crate::borrowed::Clusters;
use crate::labs::kubernetes::Up;
use crate::places::Places;
use crate::product::{self, Built, Profile};
use crate::say::{self, Progress};

const MEMBERS: u32 = 3;
const PEER: &str = "bench-peer";

/// Measured values by name, and what could not be measured.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) values: BTreeMap<String, f64>,
    pub(super) failures: Vec<String>,
}

/// One line of the load program.
#[derive(Debug, Deserialize)]
struct Measurement {
    name: String,
    value: f64,
}

/// Measures the figures one after the other. One that fails does not keep the others from running.
pub(super) fn all(places: &Places, figures: &[Figure], quick: bool) -> Result<Outcome> {
    let progress = Progress::start("building for release", "debug builds measure nothing", None);
    let built = product::build(places, Profile::Release, &["krake", "krake-bench"])?;
    progress.done();
    let mut outcome = Outcome::default();
    for lab in [Lab::None, Lab::Peer, Lab::Members] {
        let of_lab: Vec<Figure> = figures
            .iter()
            .copied()
            .filter(|figure| figure.lab() == lab)
            .collect();
        if of_lab.is_empty() {
            continue;
        }
        let clusters = clusters(places, lab)?;
        let kubeconfigs = clusters.iter().flat_map(|clusters| &clusters.members);
        let kubeconfigs: Vec<&PathBuf> = kubeconfigs.map(|member| &member.kubeconfig).collect();
        for figure in of_lab {
            if let Err(error) = measure(places, &built, &kubeconfigs, figure, quick, &mut outcome) {
                say::failure(&error);
                outcome
                    .failures
                    .push(format!("{} was not measured", figure.name()));
            }
        }
    }
    Ok(outcome)
}

fn measure(
    places: &Places,
    built: &Built,
    kubeconfigs: &[&PathBuf],
    figure: Figure,
    quick: bool,
    outcome: &mut Outcome,
) -> Result<()> {
    let progress = Progress::start(figure.name(), figure.why(), Some(figure.expected()));
    let mut program = Command::new(built.program("krake-bench")?);
    program.arg("--krake").arg(built.program("krake")?);
    // Beside the build: a folder of temporary files may be in memory, where syncing costs nothing.
    program.arg("--folder").arg(places.checkout.join("target/bench"));
    program.args(["--only", figure.name()]);
    for kubeconfig in kubeconfigs {
        let role = if figure.lab() == Lab::Peer {
            "--peer"
        } else {
            "--member"
        };
        program.arg(role).arg(kubeconfig);
    }
    if quick {
        program.arg("--quick");
    }
    let mut child = program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start krake-bench")?;
    let lines = BufReader::new(child.stdout.take().context("krake-bench has no output")?).lines();
    for line in lines {
        let measurement: Measurement = serde_json::from_str(&line?)?;
        outcome.values.insert(measurement.name, measurement.value);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("krake-bench ended with {status} on {}", figure.name());
    }
    progress.done();
    Ok(())
}

/// Clusters of a stage, of the right sort.
fn clusters(places: &Places, lab: Lab) -> Result<Option<Clusters>> {
    let request = match lab {
        Lab::None => return Ok(None),
        Lab::Peer => Up {
            name: Some(PEER.to_owned()),
            fsync: true,
            ..Up::default()
        },
        Lab::Members => Up {
            clusters: MEMBERS,
            ..Up::default()
        },
    };
    Clusters::up(places, &request).map(Some)
}
