//! A document of any format as a tree that keeps order and comments.

use super::error::Reason;
use super::plain::{Kind, Plain};

/// The documents of a file; all formats but YAML have one.
pub type Documents = Vec<Branch>;

/// The members of a mapping.
pub type Branch = Vec<Member>;

/// A member of a mapping, or a comment between members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A key and its value.
    Entry(String, Node),
    /// A comment on the member that follows it.
    Comment(Comment),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Nothing; never encrypted.
    Null,
    /// One value.
    Leaf(Plain),
    /// A mapping.
    Branch(Branch),
    /// A list.
    List(Vec<Element>),
}

/// An element of a list, or a comment between elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// An element.
    Node(Node),
    /// A comment on the element that follows it.
    Comment(Comment),
}

/// A comment without its `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub(super) text: Plain,
    /// Whether it stands behind the value on the same line.
    pub(super) inline: bool,
}

impl Comment {
    pub(super) fn new(text: &str, inline: bool) -> Self {
        Self {
            text: Plain::new(Kind::Comment, text),
            inline,
        }
    }
}

/// A leaf and where it stands.
pub(super) struct Place<'a> {
    /// Keys from the root; elements of a list have the list's path.
    pub(super) path: &'a [String],
    /// Comments before this leaf, for each level from the root.
    pub(super) comments: &'a [Vec<Plain>],
}

impl Place<'_> {
    /// What AES-GCM authenticates besides the value.
    pub(super) fn additional_data(&self) -> String {
        format!("{}:", self.path.join(":"))
    }

    pub(super) fn shown(&self) -> String {
        self.path.join(".")
    }
}

/// Replaces every leaf and comment, in order. The kind says which of the two a leaf is, before and after.
pub(super) fn replace(
    documents: Documents,
    with: &mut dyn FnMut(Plain, &Place<'_>) -> Result<Plain, Reason>,
) -> Result<Documents, Reason> {
    let mut walk = Walk {
        path: Vec::new(),
        comments: Vec::new(),
        with,
    };
    documents.into_iter().map(|branch| walk.branch(branch)).collect()
}

struct Walk<'a> {
    path: Vec<String>,
    comments: Vec<Vec<Plain>>,
    with: &'a mut dyn FnMut(Plain, &Place<'_>) -> Result<Plain, Reason>,
}

impl Walk<'_> {
    fn branch(&mut self, branch: Branch) -> Result<Branch, Reason> {
        self.comments.push(Vec::new());
        let mut members = Vec::with_capacity(branch.len());
        for member in branch {
            members.push(match member {
                Member::Comment(comment) => {
                    self.remember(&comment);
                    let text = self.leaf(comment.text)?;
                    Member::Comment(Comment { text, ..comment })
                }
                Member::Entry(key, node) => {
                    self.path.push(key.clone());
                    let node = self.node(node)?;
                    self.path.pop();
                    self.forget();
                    if matches!(&node, Node::Leaf(leaf) if leaf.kind() == Kind::Comment) {
                        return Err(Reason::Value(key, "a comment stands where a value must be"));
                    }
                    Member::Entry(key, node)
                }
            });
        }
        self.comments.pop();
        Ok(members)
    }

    fn list(&mut self, list: Vec<Element>) -> Result<Vec<Element>, Reason> {
        self.comments.push(Vec::new());
        let mut elements = Vec::with_capacity(list.len());
        for element in list {
            let node = match element {
                Element::Comment(comment) => {
                    self.remember(&comment);
                    let text = self.leaf(comment.text)?;
                    if text.kind() == Kind::Comment {
                        elements.push(Element::Comment(Comment { text, ..comment }));
                        continue;
                    }
                    // An encrypted comment of a list becomes an element of it.
                    Node::Leaf(text)
                }
                Element::Node(node) => {
                    let node = self.node(node)?;
                    self.forget();
                    node
                }
            };
            elements.push(match node {
                Node::Leaf(text) if text.kind() == Kind::Comment => {
                    Element::Comment(Comment { text, inline: false })
                }
                node => Element::Node(node),
            });
        }
        self.comments.pop();
        Ok(elements)
    }

    fn node(&mut self, node: Node) -> Result<Node, Reason> {
        Ok(match node {
            Node::Null => Node::Null,
            Node::Leaf(leaf) => Node::Leaf(self.leaf(leaf)?),
            Node::Branch(branch) => Node::Branch(self.branch(branch)?),
            Node::List(list) => Node::List(self.list(list)?),
        })
    }

    fn leaf(&mut self, leaf: Plain) -> Result<Plain, Reason> {
        let place = Place {
            path: &self.path,
            comments: &self.comments,
        };
        (self.with)(leaf, &place)
    }

    fn remember(&mut self, comment: &Comment) {
        if let Some(level) = self.comments.last_mut() {
            level.push(comment.text.clone());
        }
    }

    fn forget(&mut self) {
        if let Some(level) = self.comments.last_mut() {
            level.clear();
        }
    }
}
