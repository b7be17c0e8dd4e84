//! Who may do what: always everything, never anything, or by roles. Pure.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::system_roles::SYSTEM_ROLES;
use crate::api::{Role, RoleBinding, RoleRule, Verb};

/// The name of whoever sends no credentials where that is allowed.
pub const ANONYMOUS: &str = "system:anonymous";

/// How requests are authorised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Authorization {
    /// Everybody may do everything.
    #[default]
    AlwaysAllow,
    /// Nobody may do anything.
    AlwaysDeny,
    /// Roles and role bindings decide.
    Rbac,
}

/// Where a request reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach<'a> {
    /// A kind without namespaces.
    Global,
    /// One namespace.
    Namespace(&'a str),
    /// All namespaces: needs a rule for all of them.
    All,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) api: &'a str,
    /// Plural.
    pub(super) resource: &'a str,
    pub(super) sub_resource: Option<&'a str>,
    pub(super) reach: Reach<'a>,
    pub(super) verb: Verb,
}

/// The rules of everybody.
#[derive(Debug, Default)]
pub(super) struct Rules {
    users: HashMap<String, User>,
}

#[derive(Debug, Default)]
struct User {
    roles: BTreeSet<String>,
    rules: Vec<Arc<Vec<RoleRule>>>,
}

impl Rules {
    /// Joins bindings and roles. A stored role adds to the system's role of its name and takes nothing from
    /// it: what an older version of the system's roles left in the store must not cripple the system.
    pub(super) fn new(roles: Vec<Role>, bindings: &[RoleBinding]) -> Self {
        let mut by_name: HashMap<String, Arc<Vec<RoleRule>>> = SYSTEM_ROLES
            .iter()
            .map(|role| (role.name.to_owned(), Arc::new(role.rules())))
            .collect();
        for role in roles {
            let known = by_name.entry(role.metadata.name).or_default();
            Arc::make_mut(known).extend(role.rules);
        }
        let mut users: HashMap<String, User> = HashMap::new();
        for (user, role) in system_pairs().chain(stored_pairs(bindings)) {
            let user = users.entry(user.to_owned()).or_default();
            if user.roles.insert(role.to_owned())
                && let Some(rules) = by_name.get(role)
            {
                user.rules.push(rules.clone());
            }
        }
        Self { users }
    }

    /// Whether any rule of the user grants it.
    pub(super) fn allows(&self, user: &str, ask: &Ask<'_>) -> bool {
        self.of(user)
            .any(|rule| grants(rule, ask) && reaches(rule, ask.reach))
    }

    /// The namespaces in which the user may do it.
    pub(super) fn namespaces(&self, user: &str, ask: &Ask<'_>) -> BTreeSet<&str> {
        self.of(user)
            .filter(|rule| grants(rule, ask))
            .flat_map(|rule| rule.namespaces.iter().map(String::as_str))
            .collect()
    }

    /// Names of the user's roles, sorted.
    pub(super) fn roles(&self, user: &str) -> Vec<&str> {
        self.users
            .get(user)
            .map(|user| user.roles.iter().map(String::as_str).collect())
            .unwrap_or_default()
    }

    fn of(&self, user: &str) -> impl Iterator<Item = &RoleRule> {
        self.users
            .get(user)
            .into_iter()
            .flat_map(|user| user.rules.iter().flat_map(|rules| rules.iter()))
    }
}

/// Users and roles of the system.
fn system_pairs<'a>() -> impl Iterator<Item = (&'a str, &'a str)> {
    SYSTEM_ROLES
        .iter()
        .flat_map(|role| role.users.iter().map(|user| (*user, role.name)))
}

fn stored_pairs(bindings: &[RoleBinding]) -> impl Iterator<Item = (&str, &str)> {
    bindings.iter().flat_map(|binding| {
        let roles = || binding.roles.iter().map(String::as_str);
        let users = binding.users.iter();
        users.flat_map(move |user| roles().map(|role| (user.as_str(), role)))
    })
}

fn grants(rule: &RoleRule, ask: &Ask<'_>) -> bool {
    let names_resource = |resource: &String| match ask.sub_resource {
        _ if resource.is_empty() => true,
        None => resource == ask.resource,
        Some(sub) => {
            resource
                .strip_prefix(ask.resource)
                .and_then(|rest| rest.strip_prefix('/'))
                == Some(sub)
        }
    };
    (rule.api.is_empty() || rule.api == ask.api)
        && rule
            .verbs
            .iter()
            .any(|verb| *verb == ask.verb || is_list_all(*verb, ask))
        && rule.resources.iter().any(names_resource)
}

/// `list_all` is the right to list over all namespaces; so is `list` with the namespace wildcard.
fn is_list_all(verb: Verb, ask: &Ask<'_>) -> bool {
    verb == Verb::ListAll && ask.verb == Verb::List && ask.reach == Reach::All
}

fn reaches(rule: &RoleRule, reach: Reach<'_>) -> bool {
    let is_named = |name: &str| rule.namespaces.iter().any(|namespace| namespace == name);
    match reach {
        Reach::Global => true,
        Reach::All => is_named(""),
        Reach::Namespace(namespace) => is_named("") || is_named(namespace),
    }
}
