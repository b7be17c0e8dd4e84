//! Rows and columns without lines around them.

use comfy_table::{Cell, ContentArrangement};

/// Titles and rows of text. Cells may have several lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these titles and no rows.
    pub fn new<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Self {
        Self {
            titles: titles.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Names and values, a row each, without titles: how a single object is shown.
    pub fn of_properties<N: Into<String>, V: Into<String>>(
        properties: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let rows = properties
            .into_iter()
            .map(|(name, value)| vec![name.into(), value.into()]);
        Self {
            titles: Vec::new(),
            rows: rows.collect(),
        }
    }

    /// Adds a row.
    pub fn push<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The text: cells are wrapped so that it fits into `width` columns, or never without one.
    pub fn to_text(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        if let Some(width) = width {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        if !self.titles.is_empty() {
            table.set_header(self.titles.iter().map(|title| Cell::new(title.to_uppercase())));
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| Cell::new(printable(cell))));
        }
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 2));
        });
        let text = table.to_string();
        text.lines()
            .flat_map(|line| {
                [
                    line.trim_end(),
                    "
",
                ]
            })
            .collect()
    }
}

/// What comes from elsewhere must not steer the terminal.
fn printable(cell: &str) -> String {
    cell.chars()
        .map(|character| match character {
            '\t' => ' ',
            '\n' => '\n',
            control if control.is_control() => '\u{fffd}',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Table {
        let mut table = Table::new(["name", "labels"]);
        table.push(["a", "zone: x\nsize: big"]);
        table.push(["long-name", "a value of several words"]);
        table
    }

    #[test]
    fn columns_are_aligned_and_cells_may_have_several_lines() {
        let expected = "NAME       LABELS\n\
                        a          zone: x\n\
                        \x20          size: big\n\
                        long-name  a value of several words\n";
        assert_eq!(sample().to_text(None), expected);
    }

    #[test]
    fn a_narrow_terminal_wraps_cells_and_loses_nothing() {
        let text = sample().to_text(Some(24));
        assert!(text.lines().all(|line| line.chars().count() <= 24), "{text}");
        for word in ["long-name", "value", "several", "words"] {
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn properties_have_no_titles() {
        assert_eq!(
            Table::of_properties([("name", "a"), ("kind", "b")]).to_text(None),
            "name  a\nkind  b\n"
        );
        assert_eq!(Table::default().to_text(Some(80)), "");
    }

    proptest! {
        #[test]
        fn no_cell_can_steer_the_terminal(cell in any::<String>(), width in proptest::option::of(1_u16..200)) {
            let text = Table::of_properties([("name", cell)]).to_text(width);
            prop_assert!(text.chars().all(|character| character == '\n' || !character.is_control()));
        }
    }
}
