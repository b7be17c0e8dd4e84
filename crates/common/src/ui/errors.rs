//! Errors as people read them.

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::output::Output;

impl Output {
    /// An error with everything it knows: causes, help, and the place in its source.
    pub fn diagnostic(&self, diagnostic: &dyn Diagnostic) {
        let mut text = String::new();
        let theme = if self.is_interactive() {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::none()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_cause_chain()
            .with_links(false);
        match handler.render_report(&mut text, diagnostic) {
            Ok(()) => self.note(text.trim_end()),
            Err(_) => self.note(&format!("error: {diagnostic}")),
        }
    }

    /// An error and its causes, on one line.
    pub fn error(&self, error: &dyn std::error::Error) {
        let mut text = format!("error: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        self.note(&text);
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use miette::{NamedSource, SourceSpan};

    use super::*;
    use crate::ui::output::tests::Captured;

    #[derive(Debug, thiserror::Error, Diagnostic)]
    #[error("the size is not a number")]
    #[diagnostic(help("write a number"))]
    struct Wrong {
        #[source_code]
        source_code: NamedSource<String>,
        #[label("here")]
        span: SourceSpan,
    }

    #[test]
    fn a_diagnostic_shows_the_place_and_the_help_without_colours() {
        let messages = Captured::default();
        let source_code = NamedSource::new("a.yaml", "size: big\n".to_owned());
        Output::new(io::sink(), messages.clone()).diagnostic(&Wrong {
            source_code,
            span: (6, 3).into(),
        });
        let text = messages.text();
        for part in [
            "the size is not a number",
            "a.yaml:1:7",
            "size: big",
            "here",
            "write a number",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        assert!(!text.contains('\u{1b}'));
    }
}
