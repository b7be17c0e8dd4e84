//! Where symbolic links of a repository lead: inside of it, or nowhere.

use std::collections::BTreeMap;

use common::git::Content;

/// Links on the way of one link.
const MOST_HOPS: usize = 40;

/// What a path leads to when all links are followed; none if it leads out, to nothing, or in a circle. The root is the
/// empty path.
pub(super) fn follow(entries: &BTreeMap<String, Content>, path: &str) -> Option<String> {
    let mut hops = 0;
    let mut real: Vec<String> = Vec::new();
    let mut ahead: Vec<String> = parts(path);
    while let Some(part) = ahead.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                real.pop()?;
                continue;
            }
            _ => real.push(part),
        }
        if let Some(Content::Link(target)) = entries.get(&real.join("/")) {
            hops += 1;
            if hops > MOST_HOPS || target.starts_with('/') {
                return None;
            }
            real.pop();
            ahead.extend(parts(target));
        }
    }
    let real = real.join("/");
    (real.is_empty() || entries.contains_key(&real) || is_folder(entries, &real)).then_some(real)
}

/// Parts of a path, the first one last.
fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().map(str::to_owned).collect()
}

/// Something lies below it.
fn is_folder(entries: &BTreeMap<String, Content>, path: &str) -> bool {
    below(entries, path).next().is_some()
}

/// What lies below a folder, with its path inside of it.
pub(super) fn below<'a>(
    entries: &'a BTreeMap<String, Content>,
    folder: &str,
) -> impl Iterator<Item = (&'a str, &'a Content)> {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let from = entries.range(prefix.clone()..);
    from.map_while(move |(path, content)| Some((path.strip_prefix(&prefix)?, content)))
}

#[cfg(test)]
mod tests {
    use common::git::Mode;

    use super::*;

    fn entries(links: &[(&str, &str)]) -> BTreeMap<String, Content> {
        let file = || Content::File {
            bytes: Vec::new(),
            mode: Mode::Plain,
        };
        let mut entries: BTreeMap<_, _> = ["a/x.yaml", "b/c/y.yaml"]
            .map(|path| (path.to_owned(), file()))
            .into();
        entries.extend(
            links
                .iter()
                .map(|(path, target)| ((*path).to_owned(), Content::Link((*target).to_owned()))),
        );
        entries
    }

    #[test]
    fn links_are_followed_through_links_and_folders() {
        let entries = entries(&[
            ("b/up", "../a"),
            ("l", "b/up/x.yaml"),
            ("m", "./l"),
            ("root", "b/.."),
        ]);
        let follow = |path| follow(&entries, path);
        assert_eq!(follow("b/up").as_deref(), Some("a"));
        assert_eq!(follow("m").as_deref(), Some("a/x.yaml"));
        assert_eq!(follow("b/up/x.yaml").as_deref(), Some("a/x.yaml"));
        assert_eq!(follow("root").as_deref(), Some(""));
    }

    #[test]
    fn links_that_lead_out_to_nothing_or_in_circles_lead_nowhere() {
        let entries = entries(&[
            ("out", "../x"),
            ("abs", "/etc/passwd"),
            ("gone", "zzz"),
            ("p", "q"),
            ("q", "p"),
            ("b/o", "../../b/c"),
        ]);
        for path in ["out", "abs", "gone", "p", "q", "b/o"] {
            assert_eq!(follow(&entries, path), None, "{path}");
        }
    }
}
