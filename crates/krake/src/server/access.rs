//! Who may do what: always everything, never anything, or by roles. Pure.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

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
    /// Joins bindings and roles. A stored role takes the place of the built-in one of its name.
    pub(super) fn new(roles: Vec<Role>, bindings: &[RoleBinding]) -> Self {
        let mut by_name: HashMap<String, Arc<Vec<RoleRule>>> = HashMap::new();
        let mut users: HashMap<String, User> = HashMap::new();
        let built_in = built_in();
        for (_, role, rules) in &built_in {
            by_name.insert((*role).to_owned(), Arc::new(rules.clone()));
        }
        by_name.extend(
            roles
                .into_iter()
                .map(|role| (role.metadata.name, Arc::new(role.rules))),
        );
        let built_in_pairs = built_in.iter().map(|(user, role, _)| (*user, *role));
        let stored_pairs = bindings.iter().flat_map(|binding| {
            binding
                .users
                .iter()
                .flat_map(|user| binding.roles.iter().map(|role| (user.as_str(), role.as_str())))
        });
        for (user, role) in built_in_pairs.chain(stored_pairs) {
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

/// Users and roles of Krake's own parts, known without being stored.
fn built_in() -> Vec<(&'static str, &'static str, Vec<RoleRule>)> {
    use Verb::{Create, Delete, Get, List, ListAll, Update};
    let all = [Create, List, ListAll, Get, Update, Delete];
    let read = [List, ListAll, Get];
    let rule = |api: &str, resources: &[&str], verbs: &[Verb]| RoleRule {
        api: api.to_owned(),
        resources: resources.iter().map(|&resource| resource.to_owned()).collect(),
        namespaces: vec![String::new()],
        verbs: verbs.to_vec(),
    };
    let metrics = [
        "metrics",
        "globalmetrics",
        "metricsproviders",
        "globalmetricsproviders",
    ];
    let clouds = ["clouds", "globalclouds", "clouds/status", "globalclouds/status"];
    let hook = |resource: &str| vec![rule("kubernetes", &[resource], &[Update])];
    let applications = [
        "applications",
        "applications/status",
        "applications/secrets",
        "applications/events",
    ];
    let clusters = [
        "clusters",
        "clusters/status",
        "clusters/secrets",
        "clusters/events",
    ];
    vec![
        ("system:admin", "role:system", vec![rule("", &[""], &all)]),
        (
            "system:garbage-collector",
            "system:garbage-collector",
            vec![rule("", &[""], &all)],
        ),
        (
            "system:scheduler",
            "system:scheduler",
            vec![
                rule("core", &metrics, &read),
                rule(
                    "core",
                    &["metricsproviders/secrets", "globalmetricsproviders/secrets"],
                    &[Get],
                ),
                rule("infrastructure", &clouds, &[List, ListAll, Get, Update]),
                rule(
                    "kubernetes",
                    &[
                        "applications",
                        "applications/status",
                        "applications/binding",
                        "applications/events",
                    ],
                    &[List, ListAll, Get, Update, Create],
                ),
                rule(
                    "kubernetes",
                    &[
                        "clusters",
                        "clusters/status",
                        "clusters/binding",
                        "clusters/events",
                    ],
                    &all,
                ),
            ],
        ),
        (
            "system:kubernetes-application",
            "system:kubernetes-application",
            vec![
                rule("kubernetes", &applications, &[Create, List, ListAll, Get, Update]),
                rule("kubernetes", &clusters, &read),
                rule("infrastructure", &clouds, &read),
            ],
        ),
        (
            "system:kubernetes-cluster",
            "system:kubernetes-cluster",
            vec![rule(
                "kubernetes",
                &clusters,
                &[Create, List, ListAll, Get, Update],
            )],
        ),
        (
            "system:complete-hook",
            "system:complete-hook",
            hook("applications/complete"),
        ),
        (
            "system:shutdown-hook",
            "system:shutdown-hook",
            hook("applications/shutdown"),
        ),
    ]
}
