//! Work that takes a while: a moving line on a terminal, two plain lines elsewhere.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::output::Output;

/// A piece of work in progress. Several may be shown at a time.
///
/// It ends with [`Step::done`] or [`Step::failed`]; one that is dropped is shown as given up.
#[must_use = "a step that is dropped at once is shown as given up"]
pub struct Step {
    output: Output,
    label: String,
    begun: Instant,
    bar: Option<ProgressBar>,
    is_over: bool,
}

impl Step {
    pub(super) fn begin(output: Output, label: String, progress: Option<&MultiProgress>) -> Self {
        let bar = progress.map(|progress| {
            let bar = progress.add(ProgressBar::new_spinner().with_style(style()));
            bar.set_prefix(label.clone());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        if bar.is_none() {
            output.note(&format!("{label} …"));
        }
        Self {
            output,
            label,
            begun: Instant::now(),
            bar,
            is_over: false,
        }
    }

    /// Says what it is at now. Off a terminal this is a line, so it should be said once per change.
    pub fn update(&self, message: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(message.to_owned()),
            None => self
                .output
                .note(&format!("{}: {message} ({})", self.label, self.elapsed())),
        }
    }

    /// It has succeeded.
    pub fn done(mut self, result: &str) {
        self.end("✓", result);
    }

    /// It has failed.
    pub fn failed(mut self, reason: &str) {
        self.end("✗", reason);
    }

    fn end(&mut self, sign: &str, text: &str) {
        self.is_over = true;
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.output
            .note(&format!("{sign} {}: {text} ({})", self.label, self.elapsed()));
    }

    fn elapsed(&self) -> String {
        in_words(self.begun.elapsed())
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.is_over {
            self.end("✗", "given up");
        }
    }
}

fn style() -> ProgressStyle {
    // The template is constant and valid; the fallback is there because its parser returns a result.
    ProgressStyle::with_template("{spinner} {prefix} {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// `0.4 s`, `12 s`, `3 min 5 s`.
fn in_words(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::output::tests::Captured;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn off_a_terminal_steps_are_plain_lines_with_their_time() {
        let messages = Captured::default();
        let output = Output::new(std::io::sink(), messages.clone());
        let step = output.step("cluster a");
        advance(Duration::from_millis(2500)).await;
        step.update("waits for etcd");
        advance(Duration::from_secs(70)).await;
        step.done("ready");
        drop(output.step("cluster b"));
        assert_eq!(
            messages.text(),
            "cluster a …\ncluster a: waits for etcd (2.5 s)\n✓ cluster a: ready (1 min 12 s)\n\
             cluster b …\n✗ cluster b: given up (0.0 s)\n"
        );
    }
}
