//! The scheduler's part of the configuration: for the scheduler itself, and for the API, which tells it.

use std::time::Duration;

use super::config::Config;
use super::part::Part;
use crate::api::Scheduling;
use crate::controllers::scheduler;
use crate::scheduler::Settings;

/// How the scheduler of this process works.
pub(super) fn options(config: &Config) -> scheduler::Options {
    let default = scheduler::Options::default();
    let settings = Settings {
        reschedule_after: seconds(config.reschedule_after, default.settings.reschedule_after),
        stickiness: config.stickiness.unwrap_or(default.settings.stickiness),
    };
    scheduler::Options {
        settings,
        metrics_interval: seconds(config.metrics_interval, default.metrics_interval),
        ..default
    }
}

fn seconds(configured: Option<f64>, default: Duration) -> Duration {
    let configured = configured.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    configured.unwrap_or(default)
}

/// What this process can say about the scheduler: everything if it runs here, else what its configuration
/// names, which a file for all processes shares with the scheduler.
pub(super) fn told(config: &Config) -> Scheduling {
    if !config.parts().contains(&Part::Scheduler) {
        return Scheduling {
            reschedule_after: config.reschedule_after,
            stickiness: config.stickiness,
            metrics_interval: config.metrics_interval,
        };
    }
    let options = options(config);
    Scheduling {
        reschedule_after: Some(options.settings.reschedule_after.as_secs_f64()),
        stickiness: Some(options.settings.stickiness),
        metrics_interval: Some(options.metrics_interval.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_configuration_says_reaches_the_scheduler_and_the_api() {
        let config = Config {
            reschedule_after: Some(3.5),
            metrics_interval: Some(0.5),
            ..Config::default()
        };
        let options = options(&config);
        assert_eq!(options.settings.reschedule_after, Duration::from_millis(3500));
        assert_eq!(options.metrics_interval, Duration::from_millis(500));
        let whole = Scheduling {
            reschedule_after: Some(3.5),
            stickiness: Some(0.1),
            metrics_interval: Some(0.5),
        };
        assert_eq!(told(&config), whole);
    }

    #[test]
    fn of_a_scheduler_elsewhere_the_api_knows_what_its_own_file_says() {
        let config = Config {
            only: Some(vec![Part::Api]),
            stickiness: Some(0.2),
            ..Config::default()
        };
        let partial = Scheduling {
            stickiness: Some(0.2),
            ..Scheduling::default()
        };
        assert_eq!(told(&config), partial);
    }
}
