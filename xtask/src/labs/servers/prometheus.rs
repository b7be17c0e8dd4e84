//! A real Prometheus that reads its targets every second.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::instance::{Instance, Instances};
use crate::labs::ports;
use crate::places::Places;
use crate::process::Process;
use crate::setup::debian;
use crate::{interrupt, wait};

const PORTS: std::ops::Range<u16> = 30_000..31_000;

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct Prometheus {
    program: PathBuf,
    targets: Vec<String>,
}

impl Prometheus {
    pub(crate) fn new(places: &Places, targets: Vec<String>) -> Result<Self> {
        Ok(Self {
            program: Self::program(places)?,
            targets,
        })
    }

    /// Debian's program, in the cache.
    pub(crate) fn program(places: &Places) -> Result<PathBuf> {
        debian::program(
            places,
            "prometheus",
            "usr/bin/prometheus",
            "the source of metrics in tests",
        )
    }

    /// The running instance of this name with these targets, started if there is none.
    pub(crate) fn start(&self, instances: &Instances, name: &str) -> Result<Instance> {
        let configuration = self.configuration();
        if let Some(known) = instances.find(name)? {
            if known.process.is_running() && known.configuration == configuration {
                return Ok(known);
            }
            instances.end(&known)?;
        }
        self.launch(instances, name, configuration)
    }

    fn launch(&self, instances: &Instances, name: &str, configuration: String) -> Result<Instance> {
        let folder = instances.folder(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let file = folder.join("prometheus.json");
        fs::write(&file, &configuration)?;

        // Nobody else may choose the same port before this server listens on it.
        let _ports = instances.ports_lock()?;
        let port = ports::free(PORTS, &mut BTreeSet::new())?;
        let mut command = Command::new(&self.program);
        command
            .arg("--config.file")
            .arg(&file)
            .arg("--storage.tsdb.path")
            .arg(folder.join("data"));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command.args(["--storage.tsdb.retention.time=1h", "--log.level=warn"]);
        let log = folder.join("log");
        let process = Process::spawn(&mut command, &log)?;
        let instance = Instance {
            name: name.to_owned(),
            url: format!("http://127.0.0.1:{port}"),
            configuration,
            process,
        };
        instances.save(&instance)?;
        wait::until("a ready Prometheus", Duration::from_secs(30), || {
            interrupt::check()?;
            if !instance.process.is_running() {
                bail!(
                    "prometheus ended: {}",
                    fs::read_to_string(&log).unwrap_or_default().trim()
                );
            }
            Ok(ureq::get(format!("{}/-/ready", instance.url)).call().is_ok())
        })?;
        Ok(instance)
    }

    /// JSON, which Prometheus reads as the YAML that it is.
    fn configuration(&self) -> String {
        let targets = json!([{"targets": self.targets}]);
        let configuration = json!({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "targets", "static_configs": targets}],
        });
        configuration.to_string()
    }
}
