//! Which commit of a repository is meant: a commit, a full name, a range of versions, a tag or a branch.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use git2::Oid;

use super::range::{Range, RangeError, version_of};
use super::wire::Advertisement;

/// The branch that is meant where nothing is said.
const DEFAULT_BRANCH: &str = "master";

/// The hash of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commit(pub(super) Oid);

/// A text that is not the hash of a commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a commit; write all 40 digits of its hash")]
pub struct CommitError(String);

impl FromStr for Commit {
    type Err = CommitError;

    fn from_str(text: &str) -> Result<Self, CommitError> {
        let oid = Some(text)
            .filter(|text| text.len() == 40)
            .and_then(|text| Oid::from_str(text).ok());
        oid.map(Self).ok_or_else(|| CommitError(text.to_owned()))
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A commit, and the branch, tag or name that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Commit.
    pub commit: Commit,
    /// `main`, `v1.1.0`, `refs/pull/1/head`; none where the commit itself was asked for.
    pub name: Option<String>,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}@sha1:{}", self.commit),
            None => write!(f, "sha1:{}", self.commit),
        }
    }
}

/// What people may write of a reference, all of it at once if they like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Hash of a commit; beats all others.
    pub commit: Option<String>,
    /// Full name, `refs/pull/1/head`.
    pub name: Option<String>,
    /// Range of versions among the tags.
    pub semver: Option<String>,
    /// Name of a tag.
    pub tag: Option<String>,
    /// Name of a branch; together with `commit`, the one that the commit must be on.
    pub branch: Option<String>,
}

/// What is asked of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// This commit, which must be on the branch if one is given.
    Commit {
        /// Commit.
        commit: Commit,
        /// Branch.
        branch: Option<String>,
    },
    /// Full name.
    Name(String),
    /// The greatest version of the range that has a tag.
    SemVer(Range),
    /// Tag.
    Tag(String),
    /// Branch.
    Branch(String),
}

/// A wish that cannot be granted by any repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Commit.
    #[error("ref.commit: {0}")]
    Commit(#[from] CommitError),
    /// Range.
    #[error("ref.semver: {0}")]
    Range(#[from] RangeError),
    /// Name that git does not allow.
    #[error("ref.{field}: {name:?} is not a name that git allows{hint}")]
    Name {
        /// Member.
        field: &'static str,
        /// As written.
        name: String,
        /// What to write instead, if it can be told.
        hint: &'static str,
    },
}

impl Default for Reference {
    fn default() -> Self {
        Self::Branch(DEFAULT_BRANCH.to_owned())
    }
}

impl Reference {
    /// What is meant where several things are given: commit, else name, else range, else tag, else branch. All that
    /// is given must be well-formed, used or not.
    pub fn choose(wish: &Wish) -> Result<Self, ReferenceError> {
        let Wish {
            commit,
            name,
            semver,
            tag,
            branch,
        } = wish;
        let commit = given(commit.as_ref()).map(str::parse::<Commit>).transpose()?;
        let range = given(semver.as_ref()).map(str::parse::<Range>).transpose()?;
        let name = given(name.as_ref())
            .map(|name| checked("name", "", name))
            .transpose()?;
        let tag = given(tag.as_ref())
            .map(|tag| checked("tag", "refs/tags/", tag))
            .transpose()?;
        let branch = given(branch.as_ref())
            .map(|branch| checked("branch", "refs/heads/", branch))
            .transpose()?;
        Ok(match (commit, name, range, tag, branch) {
            (Some(commit), _, _, _, branch) => Self::Commit { commit, branch },
            (_, Some(name), ..) => Self::Name(name),
            (_, _, Some(range), ..) => Self::SemVer(range),
            (_, _, _, Some(tag), _) => Self::Tag(tag),
            (_, _, _, _, Some(branch)) => Self::Branch(branch),
            (None, None, None, None, None) => Self::default(),
        })
    }
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn checked(field: &'static str, prefix: &str, name: &str) -> Result<String, ReferenceError> {
    let full = format!("{prefix}{name}");
    let is_full = !prefix.is_empty() || name.starts_with("refs/") || name == "HEAD";
    if is_full && git2::Reference::is_valid_name(&full) {
        return Ok(name.to_owned());
    }
    Err(ReferenceError::Name {
        field,
        name: name.to_owned(),
        hint: if is_full {
            ""
        } else {
            "; a full name begins with refs/, for instance refs/heads/main"
        },
    })
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { commit, branch: None } => write!(f, "commit {commit}"),
            Self::Commit {
                commit,
                branch: Some(branch),
            } => write!(f, "commit {commit} of branch {branch}"),
            Self::Name(name) => f.write_str(name),
            Self::SemVer(range) => write!(f, "tag in the range {range}"),
            Self::Tag(tag) => write!(f, "tag {tag}"),
            Self::Branch(branch) => write!(f, "branch {branch}"),
        }
    }
}

/// What to ask the server for, and which of it is the commit that was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Objects to ask for: commits, or tags that lead to them.
    pub(super) wants: Vec<Oid>,
    /// The object that leads to the commit.
    pub(super) tip: Oid,
    /// Name of the revision.
    pub(super) name: Option<String>,
    /// Object whose history must have the commit.
    pub(super) within: Option<Oid>,
}

impl Reference {
    /// Looks the reference up among what the server offers; none if it is not there.
    pub(super) fn find(&self, offer: &Advertisement) -> Option<Target> {
        let named = |full: &str, name: &str| {
            offer.refs.get(full).map(|tip| Target {
                wants: vec![*tip],
                tip: *tip,
                name: Some(name.to_owned()),
                within: None,
            })
        };
        match self {
            Self::Name(name) => named(name, name),
            Self::Tag(tag) => named(&format!("refs/tags/{tag}"), tag),
            Self::Branch(branch) => named(&format!("refs/heads/{branch}"), branch),
            Self::SemVer(range) => {
                let tag = greatest(range, &offer.refs)?;
                named(&format!("refs/tags/{tag}"), tag)
            }
            Self::Commit {
                commit,
                branch: Some(branch),
            } => {
                let tip = offer.refs.get(&format!("refs/heads/{branch}"))?;
                Some(Target {
                    wants: vec![*tip],
                    tip: commit.0,
                    name: Some(branch.clone()),
                    within: Some(*tip),
                })
            }
            Self::Commit { commit, branch: None } => Some(Target {
                wants: roots(commit.0, offer),
                tip: commit.0,
                name: None,
                within: None,
            }),
        }
    }

    /// The name among the server's that resembles the missing one most.
    pub(super) fn resembling(&self, offer: &Advertisement) -> Option<String> {
        let (prefix, wanted) = match self {
            Self::Name(name) => ("", name),
            Self::Tag(tag) => ("refs/tags/", tag),
            Self::Branch(branch)
            | Self::Commit {
                branch: Some(branch), ..
            } => ("refs/heads/", branch),
            Self::SemVer(_) | Self::Commit { branch: None, .. } => return None,
        };
        let names = offer
            .refs
            .keys()
            .filter_map(|full| full.strip_prefix(prefix))
            .take(1000);
        let scored = names.map(|name| (strsim::jaro_winkler(name, wanted), name));
        let best = scored.max_by(|(left, _), (right, _)| left.total_cmp(right));
        best.filter(|(score, _)| *score > 0.75)
            .map(|(_, name)| name.to_owned())
    }
}

fn greatest<'a>(range: &Range, refs: &'a BTreeMap<String, Oid>) -> Option<&'a str> {
    let tags = refs.keys().filter_map(|full| full.strip_prefix("refs/tags/"));
    let versions = tags.filter_map(|tag| Some((version_of(tag)?, tag)));
    versions
        .filter(|(version, _)| range.has(version))
        .max()
        .map(|(_, tag)| tag)
}

/// From where a commit is reached: itself if the server gives it out, else all branches and tags.
fn roots(commit: Oid, offer: &Advertisement) -> Vec<Oid> {
    if offer.gives_any_commit || offer.refs.values().any(|tip| *tip == commit) {
        return vec![commit];
    }
    let is_root = |name: &str| name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
    let roots = offer.refs.iter().filter(|(name, _)| is_root(name));
    let mut roots: Vec<Oid> = roots.map(|(_, tip)| *tip).collect();
    roots.sort_unstable();
    roots.dedup();
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(names: &[&str]) -> Advertisement {
        let number = |index: usize| Oid::from_bytes(&[u8::try_from(index).unwrap() + 1; 20]).unwrap();
        let refs = names
            .iter()
            .enumerate()
            .map(|(index, name)| ((*name).to_owned(), number(index)));
        Advertisement {
            refs: refs.collect(),
            ..Advertisement::default()
        }
    }

    fn name_of(range: &str, tags: &[&str]) -> Option<String> {
        let tags: Vec<_> = tags.iter().map(|tag| format!("refs/tags/{tag}")).collect();
        let tags: Vec<_> = tags.iter().map(String::as_str).collect();
        let target = Reference::SemVer(range.parse().unwrap()).find(&offer(&tags));
        target.and_then(|target| target.name)
    }

    /// G1: several at once.
    #[test]
    fn what_is_most_exact_beats_the_rest() {
        let text = |text: &str| Some(text.to_owned());
        let mut wish = Wish {
            commit: text("0123456789012345678901234567890123456789"),
            name: text("refs/pull/1/head"),
            semver: text("1.x"),
            tag: text("v1.0.0"),
            branch: text("dev"),
        };
        let commit = wish.commit.clone().unwrap().parse().unwrap();
        let branch = text("dev");
        assert_eq!(Reference::choose(&wish), Ok(Reference::Commit { commit, branch }));
        wish.commit = None;
        assert_eq!(
            Reference::choose(&wish),
            Ok(Reference::Name("refs/pull/1/head".to_owned()))
        );
        wish.name = None;
        assert_eq!(
            Reference::choose(&wish),
            Ok(Reference::SemVer("1.x".parse().unwrap()))
        );
        wish.semver = None;
        assert_eq!(Reference::choose(&wish), Ok(Reference::Tag("v1.0.0".to_owned())));
        wish.tag = text("");
        assert_eq!(Reference::choose(&wish), Ok(Reference::Branch("dev".to_owned())));
        wish.branch = None;
        assert_eq!(
            Reference::choose(&wish),
            Ok(Reference::Branch("master".to_owned()))
        );
    }

    #[test]
    fn what_is_malformed_is_refused_even_where_something_else_wins() {
        let wish = |field: &str, text: &str| {
            let mut wish = Wish {
                commit: Some("0".repeat(40)),
                ..Wish::default()
            };
            let member = match field {
                "commit" => &mut wish.commit,
                "name" => &mut wish.name,
                "semver" => &mut wish.semver,
                "tag" => &mut wish.tag,
                _ => &mut wish.branch,
            };
            *member = Some(text.to_owned());
            Reference::choose(&wish).map_err(|error| error.to_string())
        };
        for (field, text) in [
            ("commit", "abc123"),
            ("name", "main"),
            ("semver", "one"),
            ("tag", "a b"),
            ("branch", "a..b"),
        ] {
            let error = wish(field, text).unwrap_err();
            assert!(error.starts_with(&format!("ref.{field}: ")), "{error}");
        }
    }

    #[test]
    fn the_greatest_version_of_a_range_wins() {
        let tags = ["v1.0.0", "v1.10.0", "v1.9.0", "v2.0.0-rc.1", "latest"];
        assert_eq!(name_of("1.x", &tags).as_deref(), Some("v1.10.0"));
        assert_eq!(name_of(">=1.0.0-0", &tags).as_deref(), Some("v2.0.0-rc.1"));
        assert_eq!(name_of("3.x", &tags), None);
    }

    #[test]
    fn a_name_that_is_not_there_is_answered_with_the_closest() {
        let offer = offer(&["refs/heads/main", "refs/heads/dev", "refs/tags/mains"]);
        let missing = Reference::Branch("mian".to_owned());
        assert_eq!(missing.find(&offer), None);
        assert_eq!(missing.resembling(&offer).as_deref(), Some("main"));
    }
}
