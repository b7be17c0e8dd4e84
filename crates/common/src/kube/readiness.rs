//! Is an API server ready? Asked in ways that need next to no rights.

use http::StatusCode;

use super::call::Call;
use super::connection::Connection;
use super::error::{Error, Failure, Subject};

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It is ready.
    Ready,
    /// It is not; the text says what is missing.
    Unready(String),
}

impl Connection {
    /// Asks `/readyz`, and whoever may not ask that, whether discovery answers.
    pub async fn readiness(&self) -> Result<Readiness, Error> {
        let asked = self
            .call(Call::get(Subject::Server, "/readyz".to_owned()))
            .await?;
        match self.accept(&Subject::Server, &asked) {
            Ok(()) => Ok(Readiness::Ready),
            Err(error) if error.is_denied() => {
                let asked = self.call(Call::get(Subject::Server, "/api".to_owned())).await?;
                self.accept(&Subject::Server, &asked).map(|()| Readiness::Ready)
            }
            Err(error) => match (asked.status, &error.failure) {
                (
                    StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE,
                    Failure::Refused { message, .. } | Failure::Overloaded { message, .. },
                ) => Ok(Readiness::Unready(missing(message))),
                _ => Err(error),
            },
        }
    }
}

/// The checks that failed, `[-]etcd failed: reason withheld`, without those that did not.
fn missing(text: &str) -> String {
    let failed: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("[-]")).collect();
    if failed.is_empty() {
        text.trim().to_owned()
    } else {
        failed.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_checks_that_failed_are_told() {
        let text = "[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\nreadyz check failed\n";
        assert_eq!(missing(text), "etcd failed: reason withheld");
        assert_eq!(missing("not yet\n"), "not yet");
    }
}
