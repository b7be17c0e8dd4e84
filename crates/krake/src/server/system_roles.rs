//! Users and roles of Krake's own parts, known without being stored. Users and roles are called as in the
//! original's `base_roles.yaml`; the rules are those that our parts need.

use crate::api::RoleRule;
use crate::api::Verb::{self, Create, Delete, Get, List, ListAll, Update};

/// A role and who has it.
pub(super) struct SystemRole {
    pub(super) name: &'static str,
    pub(super) users: &'static [&'static str],
    rules: &'static [Rule],
}

/// What may be done in all namespaces: API, resources, verbs. An empty text stands for everything.
struct Rule(&'static str, &'static [&'static str], &'static [Verb]);

impl SystemRole {
    /// The rules, as if they were stored.
    pub(super) fn rules(&self) -> Vec<RoleRule> {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let rule = |Rule(api, resources, verbs): &Rule| RoleRule {
            api: (*api).to_owned(),
            resources: owned(resources),
            namespaces: owned(&[""]),
            verbs: verbs.to_vec(),
        };
        self.rules.iter().map(rule).collect()
    }
}

const READ: &[Verb] = &[List, ListAll, Get];
const ALL: &[Verb] = &[Create, List, ListAll, Get, Update, Delete];

/// Every kind: each may own and be owned.
const OWNED: &[&str] = &[
    "roles",
    "rolebindings",
    "globalmetrics",
    "globalmetricsproviders",
    "metrics",
    "metricsproviders",
    "applications",
    "clusters",
    "globalinfrastructureproviders",
    "infrastructureproviders",
    "globalclouds",
    "clouds",
    "projects",
    "magnumclusters",
];
const METRICS: &[&str] = &[
    "metrics",
    "globalmetrics",
    "metricsproviders",
    "globalmetricsproviders",
];
const PROVIDER_SECRETS: &[&str] = &["metricsproviders/secrets", "globalmetricsproviders/secrets"];
const CLOUDS: &[&str] = &["clouds", "globalclouds"];
const CLOUD_STATUS: &[&str] = &["clouds/status", "globalclouds/status"];

pub(super) const SYSTEM_ROLES: &[SystemRole] = &[
    SystemRole {
        name: "role:system",
        users: &["system:admin"],
        rules: &[Rule("", &[""], ALL)],
    },
    SystemRole {
        name: "role:system:gc",
        users: &["system:gc", "system:garbage-collector"],
        rules: &[Rule("", OWNED, &[List, ListAll, Get, Update, Delete])],
    },
    SystemRole {
        name: "role:system:scheduler",
        users: &["system:scheduler"],
        rules: &[
            Rule("core", METRICS, READ),
            Rule("core", PROVIDER_SECRETS, &[Get]),
            Rule("infrastructure", CLOUDS, READ),
            Rule("infrastructure", CLOUD_STATUS, &[Update]),
            Rule("kubernetes", &["applications"], READ),
            Rule(
                "kubernetes",
                &["applications/status", "applications/binding"],
                &[Update],
            ),
            Rule("kubernetes", &["clusters"], READ),
            Rule("kubernetes", &["clusters/status", "clusters/binding"], &[Update]),
            Rule(
                "kubernetes",
                &["applications/events", "clusters/events"],
                &[Create],
            ),
        ],
    },
    SystemRole {
        name: "role:system:kubernetes-application",
        users: &["system:kubernetes-application"],
        rules: &[
            Rule("kubernetes", &["applications"], &[List, ListAll, Get, Update]),
            Rule("kubernetes", &["applications/status"], &[Update]),
            Rule("kubernetes", &["applications/events"], &[Create]),
            Rule("kubernetes", &["clusters"], READ),
            Rule(
                "kubernetes",
                &["applications/secrets", "clusters/secrets"],
                &[Get],
            ),
        ],
    },
    SystemRole {
        name: "role:system:kubernetes-cluster",
        users: &["system:kubernetes-cluster"],
        rules: &[
            Rule("kubernetes", &["clusters"], READ),
            Rule("kubernetes", &["clusters/status"], &[Update]),
            Rule("kubernetes", &["clusters/secrets"], &[Get]),
            Rule("kubernetes", &["clusters/events"], &[Create]),
        ],
    },
    SystemRole {
        name: "role:system:complete-hook",
        users: &["system:complete-hook"],
        rules: &[Rule("kubernetes", &["applications/complete"], &[Update])],
    },
    SystemRole {
        name: "role:system:shutdown-hook",
        users: &["system:shutdown-hook"],
        rules: &[Rule("kubernetes", &["applications/shutdown"], &[Update])],
    },
];
