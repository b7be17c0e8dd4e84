//! What the figures were measured on.

use std::fs;

use serde::Serialize;

/// A machine, as far as it matters to the figures.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: u64,
    kernel: String,
    /// Of the last minute before the report: other work on the machine shows here.
    load: String,
}

/// This machine now.
pub(super) fn describe() -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    Machine {
        processor: value_of(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
        cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        memory_gib: value_of(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
            .map_or(0, |kibibytes| kibibytes.div_ceil(1 << 20)),
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        load: read("/proc/loadavg")
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn value_of(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}

impl std::fmt::Display for Machine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} cores of {}, {} GiB, Linux {}, load {}",
            self.cores, self.processor, self.memory_gib, self.kernel, self.load
        )
    }
}
