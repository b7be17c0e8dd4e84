//! Single servers that a test asks for. Every instance has a name, a folder and a port of its own.

mod instance;
mod prometheus;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::kubernetes::Output;
use crate::places::Places;
use crate::say;

use instance::{Instance, Instances};
pub(crate) use prometheus::Prometheus;

/// What can be done with the servers.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a server; one of the same name is replaced if it watches other targets
    Up(Up),
    /// Show what runs, since when, and how much memory it takes
    Status {
        #[arg(short, long, default_value = "table")]
        output: Output,
    },
    /// End all servers, or the named ones, and remove their data
    Down { names: Vec<String> },
}

/// Which server to start, and how.
#[derive(Debug, Args)]
pub(crate) struct Up {
    server: Server,
    /// Name of the instance [default: the server's]
    #[arg(long)]
    name: Option<String>,
    /// Where Prometheus reads metrics, HOST:PORT; may be repeated
    #[arg(long = "target", value_name = "HOST:PORT")]
    targets: Vec<String>,
    #[arg(short, long, default_value = "table")]
    output: Output,
}

/// The servers there are.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Server {
    /// Debian's Prometheus; reads its targets every second
    Prometheus,
}

impl Command {
    pub(crate) fn run(self, places: &Places) -> Result<()> {
        let instances = Instances::of(places);
        match self {
            Self::Up(request) => up(places, &instances, &request),
            Self::Status { output } => print(&instances.list()?, output),
            Self::Down { names } => down(&instances, &names),
        }
    }
}

fn up(places: &Places, instances: &Instances, request: &Up) -> Result<()> {
    let Server::Prometheus = request.server;
    let prometheus = Prometheus::new(places, request.targets.clone())?;
    let _lock = instances.lock()?;
    let instance = prometheus.start(instances, request.name.as_deref().unwrap_or("prometheus"))?;
    print(&[instance], request.output)
}

/// Ends the named servers, or all.
pub(crate) fn down(instances: &Instances, names: &[String]) -> Result<()> {
    let _lock = instances.lock()?;
    let all = instances.list()?;
    if let Some(unknown) = names
        .iter()
        .find(|name| !all.iter().any(|instance| &instance.name == *name))
    {
        bail!("there is no server {unknown}");
    }
    for instance in all
        .iter()
        .filter(|instance| names.is_empty() || names.contains(&instance.name))
    {
        instances.end(instance)?;
        say::line(format_args!("server {} is gone", instance.name));
    }
    Ok(())
}

/// Ends all servers of this checkout.
pub(crate) fn down_all(places: &Places) -> Result<()> {
    down(&Instances::of(places), &[])
}

fn print(instances: &[Instance], output: Output) -> Result<()> {
    match output {
        Output::Json => say::data(serde_json::to_string_pretty(instances)?)?,
        Output::Env => {
            for instance in instances {
                let name = instance.name.to_uppercase().replace('-', "_");
                say::data(format_args!("export ALASCA_{name}_URL='{}'", instance.url))?;
            }
        }
        Output::Table if instances.is_empty() => say::line("no server is up"),
        Output::Table => {
            let rows = instances.iter().map(Instance::row).collect::<Vec<_>>();
            say::data(say::table(&["NAME", "STATE", "SINCE", "MEMORY", "URL"], &rows))?;
        }
    }
    Ok(())
}
