//! Links between documents, and the places in the sources that they name.

use crate::pages::{Page, all, root};

/// Targets of `[text](target)` and `[text](target#anchor)`, without those of the web and inside the page.
fn links(page: &Page) -> Vec<&str> {
    let targets = page
        .text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with(['#', '<']));
    local.filter_map(|target| target.split('#').next()).collect()
}

/// Paths in back quotes that begin with a folder of the workspace.
fn named_paths(page: &Page) -> Vec<&str> {
    let folders = [
        "crates/",
        "tests/tests/",
        "tests/src/",
        "xtask/src/",
        "docs/",
        "examples/",
        ".config/",
    ];
    let is_path = |text: &&str| folders.iter().any(|folder| text.starts_with(folder));
    let is_plain = |text: &&str| !text.contains([' ', '*', '{', '<', '…', '\n']);
    page.quoted().filter(is_path).filter(is_plain).collect()
}

#[test]
fn every_link_in_the_documents_leads_to_a_file() {
    let mut broken = Vec::new();
    for page in all() {
        for link in links(&page) {
            if !page.path.parent().unwrap().join(link).exists() {
                broken.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_path_that_the_documents_name_exists() {
    let mut missing = Vec::new();
    for page in all() {
        for path in named_paths(&page) {
            if !root().join(path).exists() {
                missing.push(format!("{}: {path}", page.path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_page_of_the_book_stands_in_its_table_of_contents() {
    let summary = Page::read(root().join("docs/src/SUMMARY.md"));
    let book = root().join("docs/src");
    let listed = links(&summary);
    let pages = all().into_iter().filter_map(|page| {
        let path = page.path.strip_prefix(&book).ok()?.to_str()?.to_owned();
        (path != "SUMMARY.md").then_some(path)
    });
    let lost: Vec<String> = pages.filter(|page| !listed.contains(&page.as_str())).collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
