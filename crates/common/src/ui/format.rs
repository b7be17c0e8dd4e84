//! The forms in which a command's result can be had.

use std::io;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use super::table::Table;

/// Form of the output; the option `-o` of all commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// A table.
    #[default]
    Table,
    /// A table with more columns.
    Wide,
    /// JSON with sorted members.
    Json,
    /// YAML with sorted members.
    Yaml,
    /// Names, a line each.
    Name,
}

/// How much a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What one wants to see first.
    Normal,
    /// More columns.
    Wide,
}

/// A result that can be shown in every form; JSON and YAML come from its serialisation.
pub trait Render: Serialize {
    /// For people.
    fn table(&self, detail: Detail) -> Table;

    /// For loops in shells: `kind/name` of each object.
    fn names(&self) -> Vec<String>;
}

/// The text of a result, with a line break at its end.
pub(super) fn to_text(value: &impl Render, format: OutputFormat, width: Option<u16>) -> io::Result<String> {
    match format {
        OutputFormat::Table => Ok(value.table(Detail::Normal).to_text(width)),
        OutputFormat::Wide => Ok(value.table(Detail::Wide).to_text(width)),
        OutputFormat::Name => Ok(value.names().into_iter().map(|name| name + "\n").collect()),
        OutputFormat::Json => to_json(value),
        OutputFormat::Yaml => to_yaml(value),
    }
}

pub(super) fn to_json(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(&sorted(serde_json::to_value(value)?))? + "\n")
}

pub(super) fn to_yaml(value: &impl Serialize) -> io::Result<String> {
    let text = serde_saphyr::to_string(&sorted(serde_json::to_value(value)?)).map_err(io::Error::other)?;
    Ok(text.trim_end().to_owned() + "\n")
}

/// Members in the order of their names, so that two outputs can be compared line by line.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Places {
        size: u8,
        name: &'static str,
    }

    impl Render for Places {
        fn table(&self, detail: Detail) -> Table {
            let mut table = Table::new(["name"]);
            match detail {
                Detail::Normal => table.push([self.name]),
                Detail::Wide => table.push([self.name, &self.size.to_string()]),
            }
            table
        }

        fn names(&self) -> Vec<String> {
            vec![format!("place/{}", self.name)]
        }
    }

    #[test]
    fn one_value_has_all_forms() {
        let value = Places { size: 2, name: "a" };
        let text = |format| to_text(&value, format, None).unwrap();
        assert_eq!(text(OutputFormat::Table), "NAME\na\n");
        assert_eq!(text(OutputFormat::Wide).lines().last(), Some("a     2"));
        assert_eq!(
            text(OutputFormat::Json),
            "{\n  \"name\": \"a\",\n  \"size\": 2\n}\n"
        );
        assert_eq!(text(OutputFormat::Yaml), "name: a\nsize: 2\n");
        assert_eq!(text(OutputFormat::Name), "place/a\n");
    }
}
