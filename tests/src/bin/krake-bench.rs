//! Measures Krake from outside; `cargo xtask bench krake` builds, calls and judges it.
//!
//! Writes one JSON line per measurement to standard output as soon as it is known.

use std::io::Write as _;
use std::path::PathBuf;

use alasca_tests::bench::{Bench, Figure, Scale, run};
use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum as _};

/// Measures Krake from outside.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program `krake`, built for release
    #[arg(long)]
    krake: PathBuf,
    /// Kubeconfig of a real cluster; at least two for figures about moves
    #[arg(long = "member")]
    members: Vec<PathBuf>,
    /// Kubeconfig of an API server whose etcd syncs to disk
    #[arg(long)]
    peer: Option<PathBuf>,
    /// Folder on a real disk for data directories
    #[arg(long)]
    folder: PathBuf,
    /// Only these figures
    #[arg(long, value_delimiter = ',')]
    only: Vec<Figure>,
    /// A tenth of the load, to see that everything works
    #[arg(long)]
    quick: bool,
}

// One thread: the client shares two cores with what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    // Fails only if a provider is installed already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let arguments = Arguments::parse();
    let figures = if arguments.only.is_empty() {
        Figure::value_variants().to_vec()
    } else {
        arguments.only
    };
    let bench = Bench {
        krake: arguments.krake,
        members: arguments.members,
        peer: arguments.peer,
        folder: arguments.folder,
        scale: if arguments.quick {
            Scale::Quick
        } else {
            Scale::Full
        },
    };
    for figure in figures {
        let measurements = run(&bench, figure)
            .await
            .with_context(|| format!("the figure {figure:?} failed"))?;
        for measurement in measurements {
            writeln!(
                std::io::stdout().lock(),
                "{}",
                serde_json::to_string(&measurement)?
            )?;
        }
    }
    Ok(())
}
