//! How commands end, for scripts.

use std::fmt;
use std::process::Termination;

/// The exit codes of all commands. Scripts rely on them: they are never renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitCode {
    /// 0: done, or nothing was to be done.
    Success,
    /// 1: failed; the standard error output says why.
    Failure,
    /// 2: the command line, a file or the configuration is not understood; nothing was tried.
    Usage,
    /// 2 as well, of commands that tell how something is: not well, not wrong, or not known (yet). To whoever
    /// watches, a command line that is not understood means the same: nothing is known.
    Unsettled,
    /// 3: a comparison found differences, a claim did not hold, or a change was not consented to.
    Differs,
    /// 4: what the command is about does not exist.
    NotFound,
    /// 5: the time limit of a wait has passed; what was asked for may still come about.
    TimedOut,
    /// 130: interrupted by Ctrl-C, as shells have it.
    Interrupted,
}

impl ExitCode {
    /// Every code, for the reference page.
    pub const ALL: [Self; 8] = [
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::Unsettled,
        Self::Differs,
        Self::NotFound,
        Self::TimedOut,
        Self::Interrupted,
    ];

    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage | Self::Unsettled => 2,
            Self::Differs => 3,
            Self::NotFound => 4,
            Self::TimedOut => 5,
            Self::Interrupted => 130,
        }
    }
}

impl fmt::Display for ExitCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Success => "done, or nothing was to be done",
            Self::Failure => "failed",
            Self::Usage => "command line, file or configuration not understood; nothing was tried",
            Self::Unsettled => "not settled: on the way, or not known",
            Self::Differs => "differences found, a claim did not hold, or a change was not consented to",
            Self::NotFound => "what the command is about does not exist",
            Self::TimedOut => "the time limit of a wait has passed",
            Self::Interrupted => "interrupted",
        })
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}

/// `main` may return it.
impl Termination for ExitCode {
    fn report(self) -> std::process::ExitCode {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_listed_in_order_and_only_the_unknown_share_a_code() {
        let codes = ExitCode::ALL.map(ExitCode::code);
        assert!(codes.is_sorted(), "{codes:?}");
        let shared: Vec<u8> = codes
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| pair[0])
            .collect();
        assert_eq!(shared, [ExitCode::Unsettled.code()]);
    }
}
