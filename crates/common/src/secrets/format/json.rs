//! JSON with the order of its members, without passing values through a tree that keeps them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::super::error::Reason;
use super::super::plain::{Kind, Plain};
use super::super::tree::{Branch, Element, Member, Node};

pub(super) fn read(text: &str) -> Result<Branch, Reason> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // The parser's own words may quote the text.
    let wrong = |error: &serde_json::Error| Reason::Syntax(error.line(), "it is no JSON");
    let node = Seed
        .deserialize(&mut deserializer)
        .map_err(|error| wrong(&error))?;
    deserializer.end().map_err(|error| wrong(&error))?;
    match node {
        Node::Branch(branch) => Ok(branch),
        _ => Err(Reason::Syntax(1, "the document must be an object")),
    }
}

struct Seed;

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(Plain::boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(Plain::new(Kind::Integer, value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "so does sops with what does not fit 64 bits"
        )]
        let large = || Plain::float(value as f64);
        let integer = |value: i64| Plain::new(Kind::Integer, value.to_string());
        Ok(Node::Leaf(i64::try_from(value).map_or_else(|_| large(), integer)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Leaf(Plain::float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(Plain::text(value)))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Leaf(Plain::text(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = access.next_element_seed(Self)? {
            list.push(Element::Node(node));
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut branch = Branch::new();
        let mut known = std::collections::HashSet::new();
        while let Some(key) = access.next_key::<String>()? {
            if !known.insert(key.clone()) {
                return Err(A::Error::custom("a key occurs twice"));
            }
            let node = access.next_value_seed(Self)?;
            branch.push(Member::Entry(key, node));
        }
        Ok(Node::Branch(branch))
    }
}

pub(super) fn write(branch: &[Member]) -> Result<String, Reason> {
    let mut text = String::new();
    write_branch(branch, 0, &mut text)?;
    text.push('\n');
    Ok(text)
}

fn write_branch(branch: &[Member], depth: usize, text: &mut String) -> Result<(), Reason> {
    let entries = branch.iter().filter_map(|member| match member {
        Member::Entry(key, node) => Some((key, node)),
        // JSON has no comments.
        Member::Comment(_) => None,
    });
    let mut is_first = true;
    text.push('{');
    for (key, node) in entries {
        separate(&mut is_first, depth + 1, text);
        write_text(key, text);
        text.push_str(": ");
        write_node(node, depth + 1, key, text)?;
    }
    close('}', is_first, depth, text);
    Ok(())
}

fn write_list(list: &[Element], depth: usize, key: &str, text: &mut String) -> Result<(), Reason> {
    let mut is_first = true;
    text.push('[');
    for element in list {
        if let Element::Node(node) = element {
            separate(&mut is_first, depth + 1, text);
            write_node(node, depth + 1, key, text)?;
        }
    }
    close(']', is_first, depth, text);
    Ok(())
}

fn write_node(node: &Node, depth: usize, key: &str, text: &mut String) -> Result<(), Reason> {
    match node {
        Node::Null => text.push_str("null"),
        Node::Branch(branch) => write_branch(branch, depth, text)?,
        Node::List(list) => write_list(list, depth, key, text)?,
        Node::Leaf(leaf) => {
            let inexpressible = || Reason::Inexpressible(key.to_owned());
            let value = leaf.expose_text().ok_or_else(inexpressible)?;
            match leaf.kind() {
                Kind::Boolean => text.push_str(&value.to_lowercase()),
                Kind::Float if value.ends_with("Inf") || value == "NaN" => return Err(inexpressible()),
                Kind::Integer | Kind::Float => text.push_str(value),
                Kind::Text | Kind::Time | Kind::Comment => write_text(value, text),
            }
        }
    }
    Ok(())
}

fn separate(is_first: &mut bool, depth: usize, text: &mut String) {
    text.push_str(if *is_first { "\n" } else { ",\n" });
    text.extend(std::iter::repeat_n('\t', depth));
    *is_first = false;
}

fn close(bracket: char, is_empty: bool, depth: usize, text: &mut String) {
    if !is_empty {
        text.push('\n');
        text.extend(std::iter::repeat_n('\t', depth));
    }
    text.push(bracket);
}

fn write_text(value: &str, text: &mut String) {
    text.push_str(&serde_json::Value::from(value).to_string());
}
