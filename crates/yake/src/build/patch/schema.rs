//! Which lists of the core kinds are merged by which key: from the OpenAPI document that the original carries.

use super::super::identity::Kind;

/// Lines `kind API_VERSION KIND = TYPE` and `type TYPE FIELD:TYPE FIELD[KEYS]:TYPE …`.
const TABLE: &str = include_str!("../tables/merge_keys.txt");

/// A type of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    fields: &'static str,
}

/// What the table says of a field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The list is merged by these keys; without a key, by the entries themselves.
    pub(crate) keys: Option<Vec<&'static str>>,
    /// Type of the field, or of the entries of the list.
    pub(crate) schema: Option<Schema>,
}

/// The type of a kind; none for kinds that are not of the core.
pub(crate) fn of(kind: &Kind) -> Option<Schema> {
    let head = format!("kind {} {} = ", kind.api_version(), kind.kind);
    named(TABLE.lines().find_map(|line| line.strip_prefix(&head))?)
}

fn named(name: &str) -> Option<Schema> {
    let head = format!("type {name} ");
    let fields = TABLE.lines().find_map(|line| line.strip_prefix(&head))?;
    Some(Schema { fields })
}

impl Schema {
    /// What is known of a field.
    pub(crate) fn field(self, name: &str) -> Option<Field> {
        self.fields.split(' ').find_map(|word| {
            let rest = word.strip_prefix(name)?;
            let (keys, schema) = match rest.strip_prefix('[') {
                Some(rest) => {
                    let (keys, schema) = rest.split_once("]:")?;
                    let keys = keys.split(',').filter(|key| !key.is_empty());
                    (Some(keys.collect()), schema)
                }
                None => (None, rest.strip_prefix(':')?),
            };
            Some(Field {
                keys,
                schema: named(schema),
            })
        })
    }
}
