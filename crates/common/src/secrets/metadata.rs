//! The `sops` block of an encrypted file.

use super::cipher::DataKey;
use super::error::Reason;
use super::keys::{Identities, Recipient};
use super::mac::Coverage;
use super::plain::Plain;
use super::recipients::Change;
use super::selection::Selection;
use super::tree::{Branch, Element, Member, Node};

/// The version of sops whose format this is.
pub(super) const VERSION: &str = "3.13.3";
/// Recipients of other kinds, which only sops can serve.
const FOREIGN: [&str; 6] = ["pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault"];

#[derive(Debug, Clone)]
pub(super) struct Metadata {
    /// Recipients and the key of the file, encrypted to each.
    pub(super) keys: Vec<(String, String)>,
    pub(super) selection: Selection,
    /// The block says so; where it does not, it is the default.
    says_selection: bool,
    pub(super) coverage: Coverage,
    pub(super) last_modified: String,
    pub(super) mac: String,
    /// The version that encrypted the values.
    pub(super) version: String,
    /// What is kept as it is.
    others: Branch,
}

impl Metadata {
    pub(super) fn new(
        key: &DataKey,
        recipients: &[Recipient],
        selection: Selection,
        coverage: Coverage,
    ) -> Result<Self, Reason> {
        Ok(Self {
            keys: wrap(key, recipients)?,
            selection,
            says_selection: true,
            coverage,
            last_modified: String::new(),
            mac: String::new(),
            version: VERSION.to_owned(),
            others: Branch::new(),
        })
    }

    pub(super) fn parse(mut block: Branch) -> Result<Self, Reason> {
        take_single_group(&mut block);
        let keys = match take(&mut block, "age") {
            Some(Node::List(list)) => list.iter().map(age_key).collect::<Result<_, _>>()?,
            None | Some(Node::Null) => Vec::new(),
            Some(_) => return Err(Reason::Metadata("`age` is no list")),
        };
        let mut rules = Vec::new();
        for name in Selection::NAMES {
            if let Some(value) = take_text(&mut block, name).filter(|value| !value.is_empty()) {
                rules.push(Selection::parse(name, &value)?);
            }
        }
        if rules.len() > 1 {
            return Err(Reason::Metadata("it has more than one rule of what is encrypted"));
        }
        let only_encrypted =
            take_text(&mut block, "mac_only_encrypted").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let missing = Reason::Metadata;
        Ok(Self {
            keys,
            says_selection: !rules.is_empty(),
            selection: rules.pop().unwrap_or_default(),
            coverage: if only_encrypted {
                Coverage::EncryptedValues
            } else {
                Coverage::AllValues
            },
            last_modified: take_text(&mut block, "lastmodified")
                .ok_or(missing("`lastmodified` is missing"))?,
            mac: take_text(&mut block, "mac").ok_or(missing("`mac` is missing"))?,
            version: take_text(&mut block, "version").unwrap_or_else(|| VERSION.to_owned()),
            others: block,
        })
    }

    /// Sorted by name, as sops writes it.
    pub(super) fn block(&self) -> Branch {
        let mut block = self.others.clone();
        let mut add = |key: &str, node| block.push(Member::Entry(key.to_owned(), node));
        if !self.keys.is_empty() {
            let keys = self.keys.iter().map(|(recipient, wrapped)| {
                Element::Node(Node::Branch(vec![
                    Member::Entry("enc".to_owned(), text(wrapped)),
                    Member::Entry("recipient".to_owned(), text(recipient)),
                ]))
            });
            add("age", Node::List(keys.collect()));
        }
        let (rule, value) = self.selection.setting();
        if self.says_selection {
            add(rule, text(value));
        }
        if self.coverage == Coverage::EncryptedValues {
            add("mac_only_encrypted", Node::Leaf(Plain::boolean(true)));
        }
        add("lastmodified", text(&self.last_modified));
        add("mac", text(&self.mac));
        add("version", text(&self.version));
        block.sort_by(|one, other| name(one).cmp(name(other)));
        block
    }

    pub(super) fn open(&self, identities: &Identities) -> Result<DataKey, Reason> {
        if has(&self.others, "key_groups") {
            return Err(Reason::KeyGroups);
        }
        let opened = self
            .keys
            .iter()
            .find_map(|(_, wrapped)| identities.unwrap(wrapped));
        opened.ok_or_else(|| {
            let age = self.keys.iter().map(|(recipient, _)| recipient.as_str());
            let all: Vec<&str> = age.chain(self.foreign()).collect();
            Reason::NoKey(if all.is_empty() {
                "nobody".to_owned()
            } else {
                all.join(", ")
            })
        })
    }

    /// Another key for other recipients.
    pub(super) fn rekey(&mut self, key: &DataKey, recipients: &[Recipient]) -> Result<(), Reason> {
        let foreign: Vec<&str> = self.foreign().collect();
        if !foreign.is_empty() {
            return Err(Reason::ForeignRecipients(foreign.join(", ")));
        }
        self.keys = wrap(key, recipients)?;
        Ok(())
    }

    /// The same key for others as well, or for fewer. Who keeps it keeps it as it is.
    pub(super) fn give(&mut self, key: &DataKey, change: &Change) -> Result<(), Reason> {
        let wanted = change.recipients(self.keys.iter().map(|(recipient, _)| recipient.as_str()));
        let mut keys = Vec::with_capacity(wanted.len());
        for name in wanted {
            let known = self.keys.iter().find(|(recipient, _)| *recipient == name);
            keys.push(match known {
                Some(known) => known.clone(),
                None => wrap(key, &[name.parse()?])?.remove(0),
            });
        }
        if keys.is_empty() && self.foreign().next().is_none() {
            return Err(Reason::Setting("recipients".to_owned(), "none would be left"));
        }
        self.keys = keys;
        Ok(())
    }

    fn foreign(&self) -> impl Iterator<Item = &str> {
        FOREIGN.into_iter().filter(|kind| has(&self.others, kind))
    }
}

fn wrap(key: &DataKey, recipients: &[Recipient]) -> Result<Vec<(String, String)>, Reason> {
    if recipients.is_empty() {
        return Err(Reason::Setting("recipients".to_owned(), "there is none"));
    }
    let wrapped = recipients.iter().map(|recipient| {
        let wrapped = recipient.wrap(key);
        wrapped
            .map(|wrapped| (recipient.to_string(), wrapped))
            .ok_or_else(|| Reason::Setting(recipient.to_string(), "age cannot encrypt to it"))
    });
    wrapped.collect()
}

/// One group is no group: its kinds move up.
fn take_single_group(block: &mut Branch) {
    let is_single = block.iter().any(|member| {
        matches!(member, Member::Entry(key, Node::List(list)) if key == "key_groups" && list.len() == 1)
    });
    if !is_single {
        return;
    }
    if let Some(Node::List(list)) = take(block, "key_groups") {
        for element in list {
            if let Element::Node(Node::Branch(group)) = element {
                block.extend(group);
            }
        }
    }
}

fn age_key(element: &Element) -> Result<(String, String), Reason> {
    let Element::Node(Node::Branch(branch)) = element else {
        return Err(Reason::Metadata("an entry of `age` is no mapping"));
    };
    let mut branch = branch.clone();
    let recipient = take_text(&mut branch, "recipient");
    let wrapped = take_text(&mut branch, "enc");
    recipient
        .zip(wrapped)
        .ok_or(Reason::Metadata("an entry of `age` lacks `recipient` or `enc`"))
}

fn take(branch: &mut Branch, key: &str) -> Option<Node> {
    let index = branch.iter().position(|member| name(member) == key)?;
    match branch.remove(index) {
        Member::Entry(_, node) => Some(node),
        Member::Comment(_) => None,
    }
}

fn take_text(branch: &mut Branch, key: &str) -> Option<String> {
    match take(branch, key)? {
        Node::Leaf(leaf) => leaf.expose_text().map(str::to_owned),
        _ => None,
    }
}

fn has(branch: &Branch, key: &str) -> bool {
    branch.iter().any(|member| match member {
        Member::Entry(known, Node::List(list)) => known == key && !list.is_empty(),
        _ => false,
    })
}

fn name(member: &Member) -> &str {
    match member {
        Member::Entry(key, _) => key,
        Member::Comment(_) => "",
    }
}

fn text(value: &str) -> Node {
    Node::Leaf(Plain::text(value))
}
