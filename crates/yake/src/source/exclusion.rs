//! Which files of a repository are not part of it as a source: what Flux leaves out, and what `.sourceignore` files
//! say, in the syntax of `.gitignore`.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Name of the files that say what is left out, of their folder and below.
pub const IGNORE_FILE: &str = ".sourceignore";

/// What Flux leaves out unless a `.sourceignore` takes it in again.
const DEFAULTS: [&str; 24] = [
    ".git/",
    ".gitignore",
    ".gitmodules",
    ".gitattributes",
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// A line of a `.sourceignore` that is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {pattern:?} is not a pattern: {why}")]
pub struct ExclusionError {
    /// File.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// As written.
    pub pattern: String,
    /// What is wrong.
    pub why: String,
}

/// Patterns, by the folders that they are for, outer ones first.
#[derive(Debug)]
pub struct Exclusions {
    folders: Vec<(String, Gitignore)>,
}

impl Exclusions {
    /// What is left out of every source.
    pub fn new() -> Self {
        let defaults = DEFAULTS.iter().map(|pattern| (0, *pattern));
        // A pattern of the table that did not parse would fail the test below.
        let defaults = patterns("", defaults).unwrap_or_else(|_| Gitignore::empty());
        Self {
            folders: vec![(String::new(), defaults)],
        }
    }

    /// Adds the text of the `.sourceignore` of a folder. Folders come before the folders inside of them.
    pub fn add(&mut self, folder: &str, text: &str) -> Result<(), ExclusionError> {
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        let patterns = patterns(folder, lines.map(|(index, line)| (index + 1, line)))?;
        self.folders.push((folder.to_owned(), patterns));
        Ok(())
    }

    /// The file is left out. The last pattern that means it, or a folder above it, decides; inner folders speak last.
    pub fn hides(&self, path: &str) -> bool {
        let said = self.folders.iter().rev().find_map(|(folder, patterns)| {
            let inside = below(folder, path)?;
            match patterns.matched_path_or_any_parents(inside, false) {
                Match::None => None,
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
            }
        });
        said.unwrap_or(false)
    }
}

impl Default for Exclusions {
    fn default() -> Self {
        Self::new()
    }
}

/// The path as it is called inside of the folder.
fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

fn patterns<'a>(
    folder: &str,
    lines: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Gitignore, ExclusionError> {
    let mut builder = GitignoreBuilder::new("");
    let failed = |line, pattern: &str, error: &ignore::Error| ExclusionError {
        file: if folder.is_empty() {
            IGNORE_FILE.to_owned()
        } else {
            format!("{folder}/{IGNORE_FILE}")
        },
        line,
        pattern: pattern.to_owned(),
        why: error.to_string(),
    };
    for (number, line) in lines {
        builder
            .add_line(None, line)
            .map_err(|error| failed(number, line, &error))?;
    }
    builder.build().map_err(|error| failed(0, "", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden<'a>(exclusions: &Exclusions, paths: &[&'a str]) -> Vec<&'a str> {
        paths
            .iter()
            .copied()
            .filter(|path| exclusions.hides(path))
            .collect()
    }

    #[test]
    fn what_flux_leaves_out_is_left_out_at_any_depth() {
        let paths = [
            "a.yaml",
            "logo.png",
            "u/chart.tar.gz",
            ".github/workflows/x.yaml",
            "u/.github/x.yaml",
            ".gitlab-ci.yml",
            "u/.sops.yaml",
            "u/github/x.yaml",
            "u/png.yaml",
        ];
        let hidden = hidden(&Exclusions::new(), &paths);
        assert_eq!(
            hidden,
            [
                "logo.png",
                "u/chart.tar.gz",
                ".github/workflows/x.yaml",
                "u/.github/x.yaml",
                ".gitlab-ci.yml",
                "u/.sops.yaml"
            ]
        );
    }

    #[test]
    fn inner_files_speak_last_and_may_take_in_again() {
        let mut exclusions = Exclusions::new();
        exclusions.add("", "# docs\n/docs/\n*.md\n!logo.png\n").unwrap();
        exclusions.add("u", "!README.md\n/private/\n").unwrap();
        let paths = [
            "docs/a.yaml",
            "u/docs/a.yaml",
            "a.md",
            "u/README.md",
            "logo.png",
            "x.png",
            "u/private/a",
            "private/a",
        ];
        assert_eq!(
            hidden(&exclusions, &paths),
            ["docs/a.yaml", "a.md", "x.png", "u/private/a"]
        );
    }

    #[test]
    fn a_line_that_is_no_pattern_is_an_error_with_its_place() {
        let error = Exclusions::new().add("u", "ok\na[z-a]\n").unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("u/.sourceignore", 2));
    }

    #[test]
    fn every_default_is_a_pattern() {
        assert_eq!(
            Exclusions::new().folders[0].1.num_ignores(),
            DEFAULTS.len() as u64
        );
    }
}
