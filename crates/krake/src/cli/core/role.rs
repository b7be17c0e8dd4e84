//! `krake core role` and `krake core rolebinding`, which the original's command line lacks.

use clap::{ArgAction, Args, ValueEnum};

use crate::api::{ApiTag, KindTag, Metadata, Role, RoleBinding, RoleRule, Verb};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::cli::verbs::{Build, Change, GlobalVerb};

/// Verbs of `krake core role`.
pub(super) type RoleVerb = GlobalVerb<RuleOptions, RoleChange>;
/// Verbs of `krake core rolebinding`.
pub(super) type RoleBindingVerb = GlobalVerb<BindingOptions, BindingChange>;

/// One rule; a role of several rules is loaded from a file by `krake bootstrap`.
#[derive(Debug, Clone, Args)]
pub struct RuleOptions {
    /// API group [default: every group].
    #[arg(long = "rule-api", value_name = "API", default_value = "")]
    api: String,
    /// Plural or `plural/subresource` [default: every resource]; may be repeated.
    #[arg(long = "resource", value_name = "RESOURCE", action = ArgAction::Append)]
    resources: Vec<String>,
    /// Namespace in which the rule holds [default: every namespace]; may be repeated.
    #[arg(long = "rule-namespace", value_name = "NAMESPACE", action = ArgAction::Append)]
    namespaces: Vec<String>,
    /// Verb that is granted [default: every verb]; may be repeated.
    #[arg(long = "verb", value_enum, action = ArgAction::Append)]
    verbs: Vec<GrantedVerb>,
}

/// What a rule can grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum GrantedVerb {
    /// Create objects.
    Create,
    /// List and watch objects of a namespace.
    List,
    /// List and watch objects of all namespaces.
    ListAll,
    /// Read one object.
    Get,
    /// Change objects.
    Update,
    /// Delete objects.
    Delete,
}

impl From<GrantedVerb> for Verb {
    fn from(verb: GrantedVerb) -> Self {
        match verb {
            GrantedVerb::Create => Self::Create,
            GrantedVerb::List => Self::List,
            GrantedVerb::ListAll => Self::ListAll,
            GrantedVerb::Get => Self::Get,
            GrantedVerb::Update => Self::Update,
            GrantedVerb::Delete => Self::Delete,
        }
    }
}

impl RuleOptions {
    fn to_rule(&self) -> RoleRule {
        let all_if_empty = |list: &[String]| {
            if list.is_empty() {
                vec![String::new()]
            } else {
                list.to_vec()
            }
        };
        let verbs = if self.verbs.is_empty() {
            GrantedVerb::value_variants()
        } else {
            &self.verbs
        };
        RoleRule {
            api: self.api.clone(),
            resources: all_if_empty(&self.resources),
            namespaces: all_if_empty(&self.namespaces),
            verbs: verbs.iter().copied().map(Verb::from).collect(),
        }
    }
}

/// How the rules of a role change.
#[derive(Debug, Clone, Args)]
pub struct RoleChange {
    /// Drop the rules that the role has; without it the new rule is added.
    #[arg(long)]
    remove_existing_rules: bool,
    #[command(flatten)]
    rule: RuleOptions,
}

impl Build<Role> for RuleOptions {
    fn build(self, metadata: Metadata, _: &Session) -> Result<Role, CliError> {
        Ok(Role {
            api: ApiTag::default(),
            kind: KindTag::default(),
            metadata,
            rules: vec![self.to_rule()],
        })
    }
}

impl Change<Role> for RoleChange {
    fn change(&self, role: &mut Role, _: &Session) -> Result<(), CliError> {
        if self.remove_existing_rules {
            role.rules.clear();
        }
        role.rules.push(self.rule.to_rule());
        Ok(())
    }
}

/// Who gets which roles.
#[derive(Debug, Clone, Args)]
pub struct BindingOptions {
    /// User; may be repeated.
    #[arg(long = "user", value_name = "USER", action = ArgAction::Append)]
    users: Vec<String>,
    /// Role; may be repeated.
    #[arg(long = "role", value_name = "ROLE", action = ArgAction::Append)]
    roles: Vec<String>,
}

/// How a binding changes.
#[derive(Debug, Clone, Args)]
pub struct BindingChange {
    /// Drop the users that the binding has before adding those named.
    #[arg(long)]
    remove_existing_users: bool,
    /// Drop the roles that the binding has before adding those named.
    #[arg(long)]
    remove_existing_roles: bool,
    #[command(flatten)]
    add: BindingOptions,
}

impl Build<RoleBinding> for BindingOptions {
    fn build(self, metadata: Metadata, _: &Session) -> Result<RoleBinding, CliError> {
        let Self { users, roles } = self;
        Ok(RoleBinding {
            api: ApiTag::default(),
            kind: KindTag::default(),
            metadata,
            users,
            roles,
        })
    }
}

impl Change<RoleBinding> for BindingChange {
    fn change(&self, binding: &mut RoleBinding, _: &Session) -> Result<(), CliError> {
        if self.remove_existing_users {
            binding.users.clear();
        }
        if self.remove_existing_roles {
            binding.roles.clear();
        }
        add_missing(&mut binding.users, &self.add.users);
        add_missing(&mut binding.roles, &self.add.roles);
        Ok(())
    }
}

fn add_missing(list: &mut Vec<String>, more: &[String]) {
    for entry in more {
        if !list.contains(entry) {
            list.push(entry.clone());
        }
    }
}
