//! Units among each other.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::Finding;
use super::super::path::Path;
use super::super::rule::Rule;
use super::super::unit::Unit;
use super::super::world::{Sink, World};

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    claimed_twice(world, sink);
}

/// Names and dependencies, which are known before anything is built.
pub(in crate::check) fn order(units: &[Unit]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known: BTreeMap<&str, &Unit> = BTreeMap::new();
    for unit in units {
        if let Some(other) = known.insert(&unit.name, unit) {
            let message = format!(
                "the unit {:?} is there twice; the other stands in {}",
                unit.name, other.file
            );
            findings.push(of_unit(unit, Rule::UnitTwice, unit.line, message));
        }
    }
    for unit in units {
        for (name, line) in &unit.depends_on {
            if !known.contains_key(name.as_str()) {
                let message = format!("{:?} depends on {name:?}, which does not exist", unit.name);
                let names = known.keys().copied();
                let mut finding = of_unit(unit, Rule::UnitUnknown, *line, message);
                finding.hint = common::config::did_you_mean(name, names);
                findings.push(finding);
            }
        }
        if let Some(chain) = cycle(unit, &known) {
            let message = format!("units wait for each other: {}", chain.join(" → "));
            let line = unit.depends_on.first().and_then(|(_, line)| *line);
            findings.push(of_unit(unit, Rule::UnitCycle, line, message));
        }
    }
    findings
}

fn of_unit(unit: &Unit, rule: Rule, line: Option<usize>, message: String) -> Finding {
    let mut finding = Finding::of_file(rule, &unit.file, line, message);
    finding.unit = Some(unit.name.clone());
    finding
}

/// The way from a unit back to itself; told of by the first of its members only.
fn cycle<'a>(start: &'a Unit, known: &BTreeMap<&str, &'a Unit>) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![vec![start]];
    while let Some(chain) = waiting.pop() {
        let last = chain.last()?;
        for (name, _) in &last.depends_on {
            let Some(next) = known.get(name.as_str()) else {
                continue;
            };
            let mut longer = chain.clone();
            longer.push(next);
            if next.name == start.name {
                let names: Vec<&str> = longer.iter().map(|unit| unit.name.as_str()).collect();
                let is_first = names.iter().all(|name| *name >= start.name.as_str());
                return is_first.then_some(names);
            }
            if seen.insert(next.name.as_str()) {
                waiting.push(longer);
            }
        }
    }
    None
}

/// Objects of two units of one cluster.
fn claimed_twice(world: &World<'_>, sink: &mut Sink<'_>) {
    let mut owners = BTreeMap::new();
    for item in &world.items {
        let kind = item.object.kind();
        // One object may be written in several versions of its kind.
        let key = (
            &item.unit.cluster,
            kind.group,
            kind.kind,
            item.object.namespace(),
            item.object.name(),
        );
        let Some(other) = owners.insert(key, item) else {
            continue;
        };
        if std::ptr::eq(other.unit, item.unit) && !item.unit.is_plain {
            continue;
        }
        let message = format!("is also in {}, of {}", other.unit.name, other.object.origin.file);
        sink.find(item, Rule::ObjectTwice, Path::root(), message);
    }
}
