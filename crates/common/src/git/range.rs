//! Ranges of semantic versions in the dialect of Masterminds' semver 3, which GitOps sources are written in: `1.x`,
//! `~1.2`, `^1.2.3`, `>=1.0.0-0 <2`, `1.2 - 1.4`, `a || b`. No crate speaks it: npm's and Cargo's dialects differ in
//! what they take of previews and of partial versions.

use std::fmt;
use std::str::FromStr;

use semver::{Prerelease, Version};

/// A range: one of its groups holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    text: String,
    groups: Vec<Vec<Comparison>>,
}

/// A text that is not a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{range:?} is not a range of versions: {part:?} is not understood; write for instance \">=1.2.0 <2.0.0\""
)]
pub struct RangeError {
    /// As written.
    pub range: String,
    /// What is wrong with it.
    pub part: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Greater,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

/// Longer ones first, so that `>=` is not read as `>`.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::Unequal),
    (">=", Operator::AtLeast),
    ("=>", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=<", Operator::AtMost),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// Which number of a version is left open, with all behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: Version,
    open: Open,
}

/// A version as tags carry it: strict, with or without a `v` before it.
pub(super) fn version_of(tag: &str) -> Option<Version> {
    Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()
}

impl Range {
    /// The version is in the range. Previews are only where a comparison of the same group names one.
    pub fn has(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let takes_previews = group.iter().any(|comparison| !comparison.version.pre.is_empty());
            (version.pre.is_empty() || takes_previews)
                && group.iter().all(|comparison| comparison.holds(version))
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let wrong = |part: &str| RangeError {
            range: text.to_owned(),
            part: part.trim().to_owned(),
        };
        let groups = text.split("||").map(|group| read_group(group).map_err(wrong));
        Ok(Self {
            text: text.to_owned(),
            groups: groups.collect::<Result<_, _>>()?,
        })
    }
}

/// Comparisons that blanks or commas part; `a - b` stands for two.
fn read_group(group: &str) -> Result<Vec<Comparison>, &str> {
    let mut comparisons = Vec::new();
    let mut rest = group.trim();
    if rest.is_empty() {
        return Err(group);
    }
    while !rest.is_empty() {
        let (comparison, after) = read_comparison(rest).ok_or(rest)?;
        let upper = after
            .trim_start()
            .strip_prefix("- ")
            .filter(|_| after.starts_with(char::is_whitespace));
        rest = match upper {
            Some(upper) if comparison.operator == Operator::Equal => {
                let (upper, after) = read_comparison(upper.trim_start()).ok_or(rest)?;
                comparisons.push(Comparison {
                    operator: Operator::AtLeast,
                    ..comparison
                });
                comparisons.push(Comparison {
                    operator: Operator::AtMost,
                    ..upper
                });
                next(after).ok_or(rest)?
            }
            _ => {
                comparisons.push(comparison);
                next(after).ok_or(rest)?
            }
        };
    }
    Ok(comparisons)
}

/// What follows behind a blank or a comma; none if something else stands there, or nothing behind a comma.
fn next(after: &str) -> Option<&str> {
    let rest = after.trim_start();
    if let Some(rest) = rest.strip_prefix(',') {
        let rest = rest.trim_start();
        return (!rest.is_empty()).then_some(rest);
    }
    (rest.is_empty() || rest.len() < after.len()).then_some(rest)
}

fn read_comparison(text: &str) -> Option<(Comparison, &str)> {
    let operator = OPERATORS.iter().find(|(sign, _)| text.starts_with(sign));
    let (operator, rest) = match operator {
        Some((sign, operator)) => (*operator, text.get(sign.len()..)?.trim_start()),
        None => (Operator::Equal, text),
    };
    let end = rest
        .find(|c: char| c.is_whitespace() || c == ',')
        .unwrap_or(rest.len());
    let (version, open) = read_version(rest.get(..end)?)?;
    let comparison = Comparison {
        operator,
        version,
        open,
    };
    Some((comparison, rest.get(end..)?))
}

/// A version whose numbers may be missing or `x`, `X`, `*`.
fn read_version(text: &str) -> Option<(Version, Open)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = text.split_once('+').unwrap_or((text, "none"));
    let (numbers, preview) = text.split_once('-').unwrap_or((text, "none"));
    let has_preview = numbers.len() < text.len();
    if build.is_empty() || preview.is_empty() || semver::BuildMetadata::new(build).is_err() {
        return None;
    }
    let mut parts = numbers.split('.');
    let mut read = || match parts.next() {
        None | Some("x" | "X" | "*") => Some(None),
        Some(digits) => read_number(digits).map(Some),
    };
    let (major, minor, patch) = (read()?, read()?, read()?);
    if parts.next().is_some() || numbers.is_empty() {
        return None;
    }
    let open = match (major, minor, patch) {
        (None, ..) => Open::All,
        (Some(_), None, _) => Open::Minor,
        (Some(_), Some(_), None) => Open::Patch,
        (Some(_), Some(_), Some(_)) => Open::Nothing,
    };
    let known = |number: Option<u64>, is_open: bool| if is_open { 0 } else { number.unwrap_or_default() };
    let version = Version {
        pre: Prerelease::new(if has_preview { preview } else { "" }).ok()?,
        ..Version::new(
            known(major, open == Open::All),
            known(minor, matches!(open, Open::All | Open::Minor)),
            known(patch, open != Open::Nothing),
        )
    };
    Some((version, open))
}

fn read_number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

impl Comparison {
    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        let is_major = version.major == self.version.major;
        let is_minor = is_major && version.minor == self.version.minor;
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.is_in_tilde(version),
            Operator::Unequal => match self.open {
                // Upstream takes `!=*` for "not 0.0.0"; it can only mean "nothing", and nobody writes it.
                Open::All => false,
                Open::Minor => !is_major,
                Open::Patch => !is_minor,
                Open::Nothing => order.is_ne(),
            },
            Operator::Less => order.is_lt(),
            Operator::AtLeast => order.is_ge(),
            Operator::Greater => match self.open {
                Open::Minor => version.major > self.version.major,
                Open::Patch => {
                    version.major > self.version.major || (is_major && version.minor > self.version.minor)
                }
                Open::All | Open::Nothing => order.is_gt(),
            },
            Operator::AtMost => match self.open {
                Open::Nothing => order.is_le(),
                Open::All => true,
                Open::Minor => version.major <= self.version.major,
                Open::Patch => {
                    version.major < self.version.major || (is_major && version.minor <= self.version.minor)
                }
            },
            Operator::Caret => order.is_ge() && self.is_in_caret(version),
        }
    }

    /// The same minor, or the same major where the minor is left open.
    fn is_in_tilde(&self, version: &Version) -> bool {
        let is_major = version.major == self.version.major;
        match self.open {
            Open::All => true,
            Open::Minor => is_major,
            Open::Patch | Open::Nothing => is_major && version.minor == self.version.minor,
        }
    }

    /// The first number that is not zero stays.
    fn is_in_caret(&self, version: &Version) -> bool {
        let (own, is_major) = (&self.version, version.major == self.version.major);
        match self.open {
            Open::All => true,
            _ if own.major > 0 => is_major,
            Open::Minor => is_major,
            Open::Patch => is_major && version.minor == own.minor,
            Open::Nothing if own.minor > 0 => is_major && version.minor == own.minor,
            Open::Nothing => is_major && version.minor == 0 && version.patch == own.patch,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn has(range: &str, version: &str) -> bool {
        range.parse::<Range>().unwrap().has(&version.parse().unwrap())
    }

    #[test]
    fn ranges_mean_what_the_original_says() {
        for (range, inside, outside) in [
            ("1.x", "1.9.9", "2.0.0"),
            ("1", "1.0.0", "0.9.0"),
            ("*", "3.2.1", "3.2.1-rc.1"),
            ("1.2", "1.2.9", "1.3.0"),
            ("=1.2.3", "1.2.3", "1.2.4"),
            ("v1.2.3", "1.2.3+build", "1.2.4"),
            ("!=1.2.x", "1.3.0", "1.2.7"),
            (">11", "12.0.0", "11.9.0"),
            (">11.1", "11.2.0", "11.1.9"),
            ("<=11", "11.9.9", "12.0.0"),
            ("<=11.2", "11.2.9", "11.3.0"),
            ("<2", "1.9.9", "2.0.0"),
            ("~1.2.3", "1.2.9", "1.3.0"),
            ("~1", "1.9.0", "2.0.0"),
            ("~>1.2", "1.2.0", "1.3.0"),
            ("^1.2.3", "1.9.0", "2.0.0"),
            ("^0.2.3", "0.2.9", "0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("^0.0", "0.0.9", "0.1.0"),
            ("^0", "0.9.0", "1.0.0"),
            ("1.2 - 1.4.5", "1.4.5", "1.4.6"),
            ("1.2-2 - 1.4", "1.4.9", "1.5.0"),
            (">=1.2, <1.5", "1.4.0", "1.5.0"),
            (">= 1.2 < 1.5 || ^3", "3.1.0", "1.6.0"),
            ("1.x || >=2.1.0", "2.1.0", "2.0.9"),
        ] {
            assert!(has(range, inside), "{inside} is in {range}");
            assert!(!has(range, outside), "{outside} is not in {range}");
        }
    }

    #[test]
    fn previews_are_only_in_a_range_that_names_one() {
        assert!(!has(">=1.0.0", "2.0.0-rc.1"));
        assert!(!has("2.x", "2.0.0-rc.1"));
        assert!(has(">=1.0.0-0", "2.0.0-rc.1"));
        assert!(has("~2.0.0-alpha", "2.0.0-rc.1"));
        assert!(has(">=1.0.0-0 <3.0.0", "2.0.0-rc.1"));
        assert!(!has(">=1.0.0-0 <1.5.0 || >=2.0.0", "2.0.1-rc.1"));
    }

    #[test]
    fn what_is_no_range_is_refused_with_the_part_that_is_wrong() {
        for text in [
            "", "  ", "1.2.3.4", "abc", ">=", "1.x ||", "1,,2", "1.2.3-", "=>x1", "1 -- 2", ">1.2foo", "|1",
            "1,",
        ] {
            let error = text.parse::<Range>().unwrap_err().to_string();
            assert!(error.contains("not a range"), "{error}");
        }
    }

    #[test]
    fn tags_are_strict_versions_with_or_without_v() {
        assert_eq!(version_of("v1.2.3"), Some(Version::new(1, 2, 3)));
        assert_eq!(version_of("1.2.3"), Some(Version::new(1, 2, 3)));
        for tag in ["1.2", "v1", "release-1.2.3", "vv1.2.3", "v01.2.3"] {
            assert_eq!(version_of(tag), None, "{tag}");
        }
    }

    fn versions() -> impl Strategy<Value = Version> {
        let numbers = (0_u64..4, 0_u64..4, 0_u64..4);
        (
            numbers,
            prop_oneof![Just(""), Just("0"), Just("alpha.1"), Just("rc.1")],
        )
            .prop_map(|((major, minor, patch), pre)| Version {
                pre: Prerelease::new(pre).unwrap(),
                ..Version::new(major, minor, patch)
            })
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[-=<>~^!|,.*xXv0-9a-z+ ]{0,24}") {
            let _ = text.parse::<Range>();
        }

        #[test]
        fn an_exact_version_means_itself_alone(version in versions(), other in versions()) {
            let range: Range = format!("={version}").parse().unwrap();
            prop_assert!(range.has(&version));
            prop_assert_eq!(range.has(&other), version == other);
        }

        #[test]
        fn opposites_part_all_versions(bound in versions(), version in versions()) {
            // With a preview in the bound, both sides take previews.
            let bound = Version { pre: Prerelease::new("0").unwrap(), ..bound };
            let has = |sign: &str| format!("{sign}{bound}").parse::<Range>().unwrap().has(&version);
            prop_assert_ne!(has("<"), has(">="));
            prop_assert_ne!(has(">"), has("<="));
            prop_assert_ne!(has("="), has("!="));
        }

        #[test]
        fn a_caret_takes_what_a_tilde_takes_above_zero(bound in versions(), version in versions()) {
            prop_assume!(bound.major > 0);
            let has = |sign: &str| format!("{sign}{bound}").parse::<Range>().unwrap().has(&version);
            prop_assert!(!has("~") || has("^"));
        }

        #[test]
        fn a_hyphen_is_two_bounds(lower in versions(), upper in versions(), version in versions()) {
            let hyphen: Range = format!("{lower} - {upper}").parse().unwrap();
            let bounds: Range = format!(">={lower} <={upper}").parse().unwrap();
            prop_assert_eq!(hyphen.has(&version), bounds.has(&version));
        }

        #[test]
        fn or_is_either(left in versions(), right in versions(), version in versions()) {
            let has = |text: String| text.parse::<Range>().unwrap().has(&version);
            prop_assert_eq!(has(format!("^{left} || ~{right}")), has(format!("^{left}")) || has(format!("~{right}")));
        }
    }
}
