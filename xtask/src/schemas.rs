//! `cargo xtask schemas`: the schemas that `yake check` carries, from definitions of other projects and from the
//! lab's own API server.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::borrowed::Clusters;
use crate::child;
use crate::labs::kubernetes::Up;
use crate::places::Places;
use crate::product::{self, Profile};

/// Where the definitions are.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Folder with `gardener/crds` and `flux/crds`, the one that `ALASCA_CONFORMANCE_DATA` names in tests
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
}

/// Where they are kept.
const SCHEMAS: &str = "crates/yake/schemas";

/// What a bundle is made of.
struct Bundle<'a> {
    name: &'a str,
    source: &'a str,
    folders: Vec<PathBuf>,
    by_hand: Option<PathBuf>,
    kubeconfig: Option<&'a Path>,
}

pub(crate) fn run(places: &Places, arguments: &Arguments) -> Result<()> {
    let data = &arguments.data;
    if !data.is_dir() {
        bail!("{} is not a folder", data.display());
    }
    let yake = product::build(places, Profile::Dev, &["yake"])?;
    let yake = yake.program("yake")?;
    let request = Up {
        clusters: 1,
        ..Up::default()
    };
    let clusters = Clusters::up(places, &request)?;
    let server = clusters.members.first().context("the lab has no cluster")?;
    let bundles = [
        Bundle {
            name: "kubernetes",
            source: "kube-apiserver of the lab",
            folders: Vec::new(),
            by_hand: None,
            kubeconfig: Some(&server.kubeconfig),
        },
        Bundle {
            name: "flux",
            source: "fluxcd/source-controller, kustomize-controller, helm-controller",
            folders: vec![data.join("flux/crds")],
            by_hand: None,
            kubeconfig: None,
        },
        Bundle {
            name: "gardener",
            source: "gardener/gardener b312835d",
            folders: vec![data.join("gardener/crds")],
            by_hand: Some(places.checkout.join(SCHEMAS).join("aggregated")),
            kubeconfig: None,
        },
    ];
    bundles.iter().try_for_each(|bundle| write(places, yake, bundle))
}

fn write(places: &Places, yake: &Path, bundle: &Bundle<'_>) -> Result<()> {
    let mut command = places.program(yake);
    command.args(["schemas", "--source", bundle.source, "--output"]);
    command.arg(
        places
            .checkout
            .join(SCHEMAS)
            .join(format!("{}.json.zlib", bundle.name)),
    );
    for folder in &bundle.folders {
        command.arg("--definitions").arg(folder);
    }
    if let Some(folder) = &bundle.by_hand {
        command.arg("--by-hand").arg(folder);
    }
    if let Some(kubeconfig) = bundle.kubeconfig {
        command.arg("--kubeconfig").arg(kubeconfig);
    }
    child::run(&mut command)
}
