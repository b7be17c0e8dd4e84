//! The `sops` block in formats without depth: `age__list_0__map_enc`.

use super::super::error::Reason;
use super::super::plain::{Kind, Plain};
use super::super::tree::{Branch, Element, Member, Node};

const MAP: &str = "__map_";
const LIST: &str = "__list_";

/// Takes the members whose names begin with `sops_`, without it.
pub(super) fn take_prefixed(branch: &mut Branch) -> Option<Branch> {
    let is_block = |member: &Member| matches!(member, Member::Entry(key, _) if key.starts_with("sops_"));
    let (block, rest): (Branch, Branch) = std::mem::take(branch).into_iter().partition(is_block);
    *branch = rest;
    let strip = |member| match member {
        Member::Entry(key, node) => {
            let key = key.strip_prefix("sops_").unwrap_or(&key).to_owned();
            Member::Entry(key, node)
        }
        Member::Comment(comment) => Member::Comment(comment),
    };
    let block: Branch = block.into_iter().map(strip).collect();
    (!block.is_empty()).then_some(block)
}

pub(super) fn flatten(branch: &Branch, prefix: &str) -> Branch {
    let mut flat = Branch::new();
    for member in branch {
        if let Member::Entry(key, node) = member {
            descend(node, format!("{prefix}{key}"), &mut flat);
        }
    }
    flat
}

fn descend(node: &Node, name: String, flat: &mut Branch) {
    match node {
        Node::Branch(branch) => {
            for member in branch {
                if let Member::Entry(key, node) = member {
                    descend(node, format!("{name}{MAP}{key}"), flat);
                }
            }
        }
        Node::List(list) => {
            let nodes = list.iter().filter_map(|element| match element {
                Element::Node(node) => Some(node),
                Element::Comment(_) => None,
            });
            for (index, node) in nodes.enumerate() {
                descend(node, format!("{name}{LIST}{index}"), flat);
            }
        }
        leaf => flat.push(Member::Entry(name, leaf.clone())),
    }
}

pub(super) fn unflatten(flat: &Branch) -> Result<Branch, Reason> {
    let mut root = Branch::new();
    for member in flat {
        if let Member::Entry(name, node) = member {
            let steps = steps(name);
            let (first, rest) = steps.split_first().ok_or(Reason::Metadata("a name is empty"))?;
            let Step::Key(first) = first else {
                return Err(Reason::Metadata("a name begins with a list"));
            };
            if let Some(at) = entry(&mut root, first) {
                place(at, rest, node.clone())?;
            }
        }
    }
    Ok(root)
}

enum Step {
    Key(String),
    Index(usize),
}

fn steps(name: &str) -> Vec<Step> {
    let marked = name.replace(MAP, "\u{0}m").replace(LIST, "\u{0}l");
    let step = |part: &str| match (part.strip_prefix('m'), part.strip_prefix('l')) {
        (_, Some(index)) => Step::Index(index.parse().unwrap_or(usize::MAX)),
        (Some(key), None) => Step::Key(key.to_owned()),
        (None, None) => Step::Key(part.to_owned()),
    };
    let mut parts = marked.split('\u{0}');
    let first = parts.next().map(|first| Step::Key(first.to_owned()));
    first.into_iter().chain(parts.map(step)).collect()
}

/// The value of a key, added where there is none.
fn entry<'a>(branch: &'a mut Branch, key: &str) -> Option<&'a mut Node> {
    let is_it = |member: &Member| matches!(member, Member::Entry(name, _) if name == key);
    if !branch.iter().any(is_it) {
        branch.push(Member::Entry(key.to_owned(), Node::Null));
    }
    branch.iter_mut().find_map(|member| match member {
        Member::Entry(name, node) if name == key => Some(node),
        _ => None,
    })
}

fn place(at: &mut Node, steps: &[Step], node: Node) -> Result<(), Reason> {
    match steps.split_first() {
        None => *at = node,
        Some((Step::Key(key), rest)) => {
            if matches!(at, Node::Null) {
                *at = Node::Branch(Branch::new());
            }
            let Node::Branch(branch) = at else {
                return Err(Reason::Metadata("a name is a mapping and something else"));
            };
            if let Some(at) = entry(branch, key) {
                place(at, rest, node)?;
            }
        }
        Some((Step::Index(index), rest)) => {
            if matches!(at, Node::Null) {
                *at = Node::List(Vec::new());
            }
            let Node::List(list) = at else {
                return Err(Reason::Metadata("a name is a list and something else"));
            };
            if *index > 1000 {
                return Err(Reason::Metadata("a list is too long"));
            }
            while list.len() <= *index {
                list.push(Element::Node(Node::Null));
            }
            if let Some(Element::Node(at)) = list.get_mut(*index) {
                place(at, rest, node)?;
            }
        }
    }
    Ok(())
}

/// Line breaks as `\n`, for INI.
pub(super) fn escape(branch: Branch) -> Branch {
    replace(branch, "\n", "\\n")
}

pub(super) fn unescape(branch: Branch) -> Branch {
    replace(branch, "\\n", "\n")
}

fn replace(branch: Branch, from: &str, to: &str) -> Branch {
    let change = |member| match member {
        Member::Entry(key, Node::Leaf(leaf)) if leaf.kind() == Kind::Text => {
            let text = leaf.expose_text().unwrap_or_default().replace(from, to);
            Member::Entry(key, Node::Leaf(Plain::text(text)))
        }
        other => other,
    };
    branch.into_iter().map(change).collect()
}
