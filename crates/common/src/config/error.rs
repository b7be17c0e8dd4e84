//! What is wrong with a configuration: all of it, each with its place.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};

use super::setting::Origin;

/// One thing that is wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{origin}: {message}{}", hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct ConfigError {
    /// Where the value or key stands.
    pub origin: Origin,
    /// The key, names joined by dots; empty if it concerns the whole file.
    pub key: String,
    /// What is wrong, without place and hint.
    pub message: String,
    /// What was probably meant, or what to do.
    pub hint: Option<String>,
    pub(super) span: Option<SourceSpan>,
    pub(super) source_code: Option<NamedSource<String>>,
}

impl ConfigError {
    pub(super) fn new(origin: Origin, key: &[String], message: impl Into<String>) -> Self {
        Self {
            origin,
            key: key.join("."),
            message: message.into(),
            hint: None,
            span: None,
            source_code: None,
        }
    }
}

impl Diagnostic for ConfigError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint
            .as_ref()
            .map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source_code.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some(self.message.clone()), self.span?);
        Some(Box::new(std::iter::once(label)))
    }
}

/// All that is wrong; never empty. Printed as a diagnostic, each error shows its line of the file.
#[derive(Clone, Debug)]
pub struct ConfigErrors {
    /// In the order of layers and, within a file, of lines.
    pub errors: Vec<ConfigError>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the configuration has {} error(s)", self.errors.len())?;
        self.errors
            .iter()
            .try_for_each(|error| write!(formatter, "\n  {error}"))
    }
}

impl std::error::Error for ConfigErrors {}

impl Diagnostic for ConfigErrors {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.errors.iter().map(|error| error as &dyn Diagnostic)))
    }
}

/// `did you mean "port"?`, if one of the candidates is near enough.
pub fn did_you_mean<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let similarity = |candidate: &str| strsim::jaro_winkler(given, candidate);
    candidates
        .map(|candidate| (similarity(candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| format!("did you mean {candidate:?}?"))
}
