//! Where in an object something is wrong.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::build::{Lines, Value};

/// A step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To a member.
    Member(String),
    /// To an entry of a list.
    Entry(usize),
}

/// A path from an object's root, written as a JSON path: `$.spec.dns.providers[1].name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Of members only.
    pub fn of(members: &[&str]) -> Self {
        Self(
            members
                .iter()
                .map(|name| Step::Member((*name).to_owned()))
                .collect(),
        )
    }

    /// A member of what it leads to.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        self.with(Step::Member(name.to_owned()))
    }

    /// An entry of the list that it leads to.
    #[must_use]
    pub fn entry(&self, index: usize) -> Self {
        self.with(Step::Entry(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut path = self.clone();
        path.0.push(step);
        path
    }

    /// One step further, in place.
    pub fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    /// One step back, in place.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Begins with these members.
    pub fn starts_with(&self, members: &[&str]) -> bool {
        self.0.len() >= members.len()
            && self
                .0
                .iter()
                .zip(members)
                .all(|(step, name)| matches!(step, Step::Member(member) if member == name))
    }

    /// The name of the last member.
    pub fn last_member(&self) -> Option<&str> {
        match self.0.last()? {
            Step::Member(name) => Some(name),
            Step::Entry(_) => None,
        }
    }

    /// Leads to an entry of a list.
    pub fn is_at_entry(&self) -> bool {
        matches!(self.0.last(), Some(Step::Entry(_)))
    }

    /// The path of what holds this.
    #[must_use]
    pub fn parent(&self) -> Self {
        let mut path = self.clone();
        path.pop();
        path
    }

    /// What it leads to.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Entry(index) => value.as_list()?.get(*index),
        })
    }

    /// The line on which it stands in a document; none if the document does not have it.
    pub fn line(&self, document: &Lines) -> Option<usize> {
        self.0
            .iter()
            .try_fold(document, |lines, step| match step {
                Step::Member(name) => lines.members.get(name),
                Step::Entry(index) => lines.entries.get(*index),
            })
            .map(|lines| lines.line)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        self.0.iter().try_for_each(|step| match step {
            Step::Member(name) if is_plain(name) => write!(formatter, ".{name}"),
            Step::Member(name) => write!(
                formatter,
                "['{}']",
                name.replace('\\', "\\\\").replace('\'', "\\'")
            ),
            Step::Entry(index) => write!(formatter, "[{index}]"),
        })
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_' || character == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_be_misread_are_quoted() {
        let path = Path::of(&["metadata", "annotations"])
            .member("a.b/it's")
            .entry(2)
            .member("x");
        assert_eq!(path.to_string(), r"$.metadata.annotations['a.b/it\'s'][2].x");
        assert_eq!(Path::root().to_string(), "$");
    }
}
