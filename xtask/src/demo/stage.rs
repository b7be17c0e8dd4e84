//! Everything that the story needs: three real clusters, a source of grid figures, and Krake.

use std::thread;

use anyhow::{Context as _, Result, anyhow};

use super::grid::Grid;
use super::observed::Observed;
use super::serve::Krake;
use crate::borrowed::Clusters;
use crate::interrupt;
use crate::labs::kubernetes::{Programs, Up};
use crate::places::Places;
use crate::product::{self, Built, Profile};
use crate::say::{self, Progress};

/// What the application in `examples/krake/echo.yaml` is made of.
pub(super) const NAMESPACE: &str = "default";
pub(super) const DEPLOYMENT: &str = "echo";

/// Where each cluster stands, and how green its grid is to begin with, in percent.
pub(super) const SITES: [Site; 3] = [
    Site {
        location: "DE",
        metric: "green_share_north",
        start: 72.0,
    },
    Site {
        location: "DE",
        metric: "green_share_south",
        start: 35.0,
    },
    Site {
        location: "NO",
        metric: "green_share_fjord",
        start: 98.0,
    },
];

/// Grids are read twice a second and better places taken after one; every 5 and after 60 seconds by default.
pub(super) const EAGERNESS: [&str; 4] = ["--metrics-interval", "0.5", "--reschedule-after", "1"];

/// A place with its own grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) location: &'static str,
    pub(super) metric: &'static str,
    pub(super) start: f64,
}

/// The running parts, in the order in which they go: Krake before the clusters.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) krake: Krake,
    pub(super) grid: Grid,
    pub(super) clusters: Vec<Observed>,
    _lab: Clusters,
    places: Places,
}

impl Stage {
    /// Builds what is missing and starts everything.
    pub(super) fn set(places: &Places) -> Result<Self> {
        let built = build(places)?;
        interrupt::check()?;
        let lab = Clusters::up(places, &Up::default())?;
        interrupt::check()?;
        let grid = Grid::start()?;
        for site in SITES {
            grid.set(site.metric, site.start);
        }
        let clusters = lab.members.iter().take(SITES.len());
        let clusters = clusters.map(|one| Observed::start(&one.name, &one.kubeconfig, NAMESPACE, DEPLOYMENT));
        let clusters = clusters.collect::<Result<Vec<_>>>()?;
        let folder = places.run().join("demo");
        let krake = Krake::start(built.program("krake")?, &folder, &EAGERNESS)?;
        Ok(Self {
            krake,
            grid,
            clusters,
            _lab: lab,
            places: places.clone(),
        })
    }

    /// Clusters with their sites.
    pub(super) fn sites(&self) -> impl Iterator<Item = (&Observed, Site)> {
        self.clusters.iter().zip(SITES)
    }

    pub(super) fn cluster(&self, index: usize) -> Result<&Observed> {
        self.clusters.get(index).context("the lab has too few clusters")
    }

    /// The application that is submitted.
    pub(super) fn manifest(&self) -> String {
        self.places
            .checkout
            .join("examples/krake/echo.yaml")
            .display()
            .to_string()
    }

    /// How to go on by hand.
    pub(super) fn invite(&self) {
        let configs: Vec<String> = self
            .clusters
            .iter()
            .map(|one| one.kubeconfig.display().to_string())
            .collect();
        let program = self.krake.program();
        let folder = program.parent().unwrap_or(program).display();
        say::line(format_args!(
            "\nEverything stays up until Ctrl-C. To go on by hand, in another terminal:\n\n\
             export PATH={folder}:$PATH KRAKE_API_URL={}\n\
             export KUBECONFIG={}\n\n\
             krake kube app list\n\
             krake explain app echo\n\
             krake watch\n\
             krake kube cluster update {} -l location=FR --remove-existing-labels\n\
             kubectl --context {} delete deployment {DEPLOYMENT}",
            self.krake.url,
            configs.join(":"),
            self.clusters.first().map_or("", |one| one.name.as_str()),
            self.clusters.last().map_or("", |one| one.name.as_str()),
        ));
    }
}

/// Cargo and Go build at the same time: each leaves a core idle now and then.
fn build(places: &Places) -> Result<Built> {
    let go = {
        let places = places.clone();
        thread::spawn(move || Programs::build(&places))
    };
    let progress = Progress::start("building krake", "only what changed", None);
    let built = product::build(places, Profile::Dev, &["krake"]);
    progress.done();
    go.join()
        .map_err(|_| anyhow!("the thread that builds the lab came to grief"))??;
    built
}
