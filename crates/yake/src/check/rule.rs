//! The rules of a check: one table, from which the program and the documentation speak.

use std::fmt;

use serde::{Serialize, Serializer};

use super::finding::Severity;
use Severity::{Error, Warning};

/// A rule, by the name under which it is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Not YAML.
    YamlSyntax,
    /// The same key twice.
    DuplicateKey,
    /// Far more content than text.
    YamlBomb,
    /// Too many bytes.
    FileTooLarge,
    /// Outside.
    PathOutside,
    /// Elsewhere.
    PathRemote,
    /// Not there.
    PathMissing,
    /// Not built.
    Build,
    /// A variable without a value.
    VariableMissing,
    /// Nothing given.
    NullMember,
    /// A word that two versions of YAML read differently.
    Yaml11Word,
    /// Odd bytes.
    TextForm,
    /// Not a `Landscape` as it should be.
    Landscape,
    /// A unit that does not exist.
    UnitUnknown,
    /// Units that wait for each other.
    UnitCycle,
    /// Two units with one name.
    UnitTwice,
    /// One object in two units.
    ObjectTwice,
    /// No schema.
    UnknownKind,
    /// No such field.
    UnknownField,
    /// Noted by hand: perhaps no such field.
    UnlistedField,
    /// Another kind of value.
    WrongType,
    /// A field is missing.
    Required,
    /// Not one of the values.
    NotAllowed,
    /// Not the form.
    Pattern,
    /// Too small, too large.
    Range,
    /// Twice in a list.
    DuplicateEntry,
    /// A name that no server takes.
    Name,
    /// No namespace where one is needed.
    NamespaceMissing,
    /// A namespace where there is none.
    NamespaceForbidden,
    /// A Secret in the clear.
    SecretPlaintext,
    /// A private key in the clear.
    SecretKey,
    /// Somebody cannot open it.
    SecretRecipient,
    /// A Secret without content.
    SecretEmpty,
    /// A Secret's value that is no text.
    SecretNotText,
    /// A Secret's value that is no base64.
    SecretNotBase64,
    /// A second Garden.
    TwoGardens,
    /// Not a range of addresses.
    CidrInvalid,
    /// Overlapping ranges.
    CidrOverlap,
    /// A provider that nobody defined.
    DnsProviderUnknown,
    /// A provider defined twice.
    DnsProviderTwice,
    /// A version that Gardener does not support.
    KubernetesUnsupported,
    /// A version that the profile does not offer.
    CloudProfileVersion,
    /// No extension does it.
    ExtensionMissing,
    /// The operator would refuse it.
    GardenInvalid,
    /// A reference to nothing.
    ReferenceMissing,
    /// The operator would rewrite Git's field.
    GardenletAutoUpdate,
    /// A managed seed that does not fit its shoot.
    ManagedSeed,
    /// Two projects in one namespace.
    ProjectNamespace,
}

/// What the documentation says of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// The name.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, in one line.
    pub meaning: &'static str,
}

/// Every rule, in the order of the documentation.
pub const RULES: [(Rule, Description); 48] = [
    row(
        Rule::YamlSyntax,
        "YAML_SYNTAX",
        Error,
        "a file is not YAML, or not a manifest",
    ),
    row(
        Rule::DuplicateKey,
        "DUPLICATE_KEY",
        Error,
        "a key is given twice; one of the two would be lost",
    ),
    row(
        Rule::YamlBomb,
        "YAML_BOMB",
        Error,
        "aliases multiply, or values lie too deep in each other",
    ),
    row(
        Rule::FileTooLarge,
        "FILE_TOO_LARGE",
        Error,
        "a file is larger than any manifest",
    ),
    row(
        Rule::PathOutside,
        "PATH_OUTSIDE",
        Error,
        "a path is absolute, leads out of the repository, or a link does",
    ),
    row(
        Rule::PathRemote,
        "PATH_REMOTE",
        Error,
        "a path is an address; only files of the repository are built",
    ),
    row(
        Rule::PathMissing,
        "PATH_MISSING",
        Error,
        "a file or folder that is named does not exist",
    ),
    row(
        Rule::Build,
        "BUILD",
        Error,
        "a unit cannot be built: the file and the field say why",
    ),
    row(
        Rule::VariableMissing,
        "VARIABLE_MISSING",
        Error,
        "a variable has neither a value nor a default",
    ),
    row(
        Rule::NullMember,
        "NULL_MEMBER",
        Warning,
        "a member holds nothing; it is left out",
    ),
    row(
        Rule::Yaml11Word,
        "YAML11_WORD",
        Warning,
        "a word without quotes that readers of YAML 1.1 take for something else",
    ),
    row(
        Rule::TextForm,
        "TEXT_FORM",
        Warning,
        "a byte order mark, or line ends of Windows",
    ),
    row(
        Rule::Landscape,
        "LANDSCAPE",
        Error,
        "landscape.yaml, versions.yaml or a Kustomization of Flux is not as it should be",
    ),
    row(
        Rule::UnitUnknown,
        "UNIT_UNKNOWN",
        Error,
        "a unit depends on one that does not exist",
    ),
    row(Rule::UnitCycle, "UNIT_CYCLE", Error, "units wait for each other"),
    row(
        Rule::UnitTwice,
        "UNIT_TWICE",
        Error,
        "two units have the same name",
    ),
    row(
        Rule::ObjectTwice,
        "OBJECT_TWICE",
        Error,
        "two units of one cluster claim the same object",
    ),
    row(
        Rule::UnknownKind,
        "UNKNOWN_KIND",
        Warning,
        "no schema is known for this kind; its fields are not checked",
    ),
    row(
        Rule::UnknownField,
        "UNKNOWN_FIELD",
        Error,
        "a field does not exist; the API server would drop it in silence",
    ),
    row(
        Rule::UnlistedField,
        "UNLISTED_FIELD",
        Warning,
        "a field is not in the list of an aggregated kind, which is kept by hand",
    ),
    row(
        Rule::WrongType,
        "WRONG_TYPE",
        Error,
        "a value is of another kind than its field",
    ),
    row(
        Rule::Required,
        "REQUIRED",
        Error,
        "a field that must be there is missing",
    ),
    row(
        Rule::NotAllowed,
        "NOT_ALLOWED",
        Error,
        "a value is not one of those that the field takes",
    ),
    row(
        Rule::Pattern,
        "PATTERN",
        Error,
        "a text does not have the form that the field asks for",
    ),
    row(
        Rule::Range,
        "RANGE",
        Error,
        "a number, a text or a list is too small or too large",
    ),
    row(
        Rule::DuplicateEntry,
        "DUPLICATE_ENTRY",
        Error,
        "two entries of a list have the same key",
    ),
    row(
        Rule::Name,
        "NAME",
        Error,
        "a name is not one that an API server takes",
    ),
    row(
        Rule::NamespaceMissing,
        "NAMESPACE_MISSING",
        Error,
        "an object of a namespaced kind names no namespace",
    ),
    row(
        Rule::NamespaceForbidden,
        "NAMESPACE_FORBIDDEN",
        Error,
        "an object that belongs to no namespace names one",
    ),
    row(
        Rule::SecretPlaintext,
        "SECRET_PLAINTEXT",
        Error,
        "a value of a Secret stands in the clear",
    ),
    row(
        Rule::SecretKey,
        "SECRET_KEY",
        Error,
        "a private key stands in the clear",
    ),
    row(
        Rule::SecretRecipient,
        "SECRET_RECIPIENT",
        Error,
        "an encrypted file cannot be opened by somebody whom .sops.yaml names",
    ),
    row(
        Rule::SecretEmpty,
        "SECRET_EMPTY",
        Warning,
        "a value of a Secret is a placeholder that waits to be filled in",
    ),
    row(
        Rule::SecretNotText,
        "SECRET_NOT_TEXT",
        Error,
        "a value of a Secret must be a string",
    ),
    row(
        Rule::SecretNotBase64,
        "SECRET_NOT_BASE64",
        Error,
        "a value below data of a Secret must be base64",
    ),
    row(
        Rule::TwoGardens,
        "TWO_GARDENS",
        Error,
        "only one Garden may exist",
    ),
    row(
        Rule::CidrInvalid,
        "CIDR_INVALID",
        Error,
        "a text is not a range of addresses",
    ),
    row(
        Rule::CidrOverlap,
        "CIDR_OVERLAP",
        Error,
        "ranges of addresses overlap that must not",
    ),
    row(
        Rule::DnsProviderUnknown,
        "DNS_PROVIDER_UNKNOWN",
        Error,
        "a domain names a DNS provider that the Garden does not define, or none",
    ),
    row(
        Rule::DnsProviderTwice,
        "DNS_PROVIDER_TWICE",
        Error,
        "two DNS providers of the Garden have the same name",
    ),
    row(
        Rule::KubernetesUnsupported,
        "KUBERNETES_UNSUPPORTED",
        Error,
        "the version of Gardener does not support the version of Kubernetes",
    ),
    row(
        Rule::CloudProfileVersion,
        "CLOUD_PROFILE_VERSION",
        Error,
        "a Shoot asks for what its CloudProfile does not offer",
    ),
    row(
        Rule::ExtensionMissing,
        "EXTENSION_MISSING",
        Error,
        "no Extension of the landscape does what an object asks for",
    ),
    row(
        Rule::GardenInvalid,
        "GARDEN_INVALID",
        Error,
        "a setting of the Garden that Gardener's operator refuses",
    ),
    row(
        Rule::ReferenceMissing,
        "REFERENCE_MISSING",
        Error,
        "what an object names is neither in Git nor in the cluster",
    ),
    row(
        Rule::GardenletAutoUpdate,
        "GARDENLET_AUTO_UPDATE",
        Error,
        "a label lets the operator rewrite a field that Git says",
    ),
    row(
        Rule::ManagedSeed,
        "MANAGED_SEED",
        Error,
        "a ManagedSeed and its Shoot do not fit each other",
    ),
    row(
        Rule::ProjectNamespace,
        "PROJECT_NAMESPACE",
        Error,
        "two Projects claim the same namespace",
    ),
];

const fn row(rule: Rule, id: &'static str, severity: Severity, meaning: &'static str) -> (Rule, Description) {
    (
        rule,
        Description {
            id,
            severity,
            meaning,
        },
    )
}

impl Rule {
    /// What the documentation says of it.
    pub fn description(self) -> Description {
        let nameless = Description {
            id: "UNNAMED",
            severity: Error,
            meaning: "",
        };
        RULES
            .iter()
            .find(|(rule, _)| *rule == self)
            .map_or(nameless, |(_, description)| *description)
    }

    /// The name.
    pub fn id(self) -> &'static str {
        self.description().id
    }

    /// How bad it is to break it.
    pub fn severity(self) -> Severity {
        self.description().severity
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_stands_in_the_table_once_and_has_a_name_of_its_own() {
        for (place, (rule, description)) in RULES.iter().enumerate() {
            assert_eq!(*rule as usize, place, "{} stands out of order", description.id);
        }
        assert_eq!(Rule::ProjectNamespace as usize + 1, RULES.len(), "the last rule");
        let mut ids: Vec<&str> = RULES.iter().map(|(rule, _)| rule.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }
}
