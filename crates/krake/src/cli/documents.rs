//! YAML and JSON files that users hand in, with errors that show the place.

use std::path::{Path, PathBuf};

use miette::Report;
use serde_json::Value;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// It is not YAML; the report shows file, line and column.
    #[error("{path} is not valid YAML")]
    Invalid {
        /// File.
        path: PathBuf,
        /// What is wrong, with the source around it.
        report: Box<Report>,
    },
    /// It holds nothing.
    #[error("{path} contains no document")]
    Empty {
        /// File.
        path: PathBuf,
    },
}

/// Reads all documents of a file; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<Value>, DocumentError> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|source| DocumentError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text, path)
}

/// Reads all documents of a text; empty ones are left out.
fn parse(text: &str, path: &Path) -> Result<Vec<Value>, DocumentError> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| {
            DocumentError::Invalid {
                path: path.to_owned(),
                report: Box::new(show(&error, text, path)),
            }
        })?;
    let documents: Vec<Value> = documents
        .into_iter()
        .filter(|document| !document.is_null())
        .collect();
    if documents.is_empty() {
        return Err(DocumentError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(documents)
}

/// Errors are shown by [`show`], not by the parser itself.
pub(super) fn options() -> serde_saphyr::Options {
    serde_saphyr::options! { with_snippet: false }
}

/// What is wrong with a YAML text, with file, line, column and the source around it.
pub(super) fn show(error: &serde_saphyr::Error, text: &str, path: &Path) -> Report {
    serde_saphyr::miette::to_miette_report(error, text, &path.display().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn several_documents_are_read_and_empty_ones_left_out() {
        let documents = parse("---\na: 1\n---\n---\nb: [x, 2]\n", Path::new("f.yaml")).unwrap();
        assert_eq!(documents, [json!({"a": 1}), json!({"b": ["x", 2]})]);
    }

    #[test]
    fn a_broken_file_is_reported_with_its_line_and_column() {
        let error = parse("a: 1\nb: [1, 2\nc: 3\n", Path::new("f.yaml")).unwrap_err();
        let DocumentError::Invalid { report, .. } = error else {
            panic!("{error}")
        };
        assert!(format!("{report:?}").contains("f.yaml:3:2"), "{report:?}");
    }

    #[test]
    fn a_file_without_content_is_an_error() {
        assert!(matches!(
            parse("# nothing\n", Path::new("f")),
            Err(DocumentError::Empty { .. })
        ));
    }
}
