//! How long an application waits for a cluster, and when it is given up.

use super::*;

fn waiting_for_nothing(limit: i64, delay: i64, factor: i64) -> Application {
    let mut app = application();
    app.spec.backoff_limit = limit;
    app.spec.backoff_delay = delay;
    app.spec.backoff = factor;
    app
}

/// Runs attempts until FAILED or `most`, each when it is due; returns the delays between them.
fn delays(mut app: Application, most: usize) -> (Vec<i64>, Application) {
    let (mut at, mut delays, mut waiting) = (now(), Vec::new(), None);
    for _ in 0..most {
        match Backoff::after(&app, waiting, "nothing fits", at) {
            Backoff::Again {
                status,
                waiting: next,
            } => {
                app.status = *status;
                assert_eq!(app.status.state, ApplicationState::Degraded);
                assert_eq!(app.status.scheduled_retry, Some(next.until));
                let early = next.until.plus_seconds(-1);
                assert!(matches!(
                    Backoff::after(&app, Some(next), "nothing fits", early.max(at)),
                    Backoff::NotDue { until } if until == next.until
                ));
                delays.push((next.until.as_microsecond() - at.as_microsecond()) / 1_000_000);
                (at, waiting) = (next.until, Some(next));
            }
            Backoff::GiveUp { status } => {
                app.status = *status;
                break;
            }
            Backoff::NotDue { until } => panic!("not due before {until}"),
        }
    }
    (delays, app)
}

#[test]
fn a_limit_of_n_gives_n_plus_one_attempts_with_growing_delays() {
    let (seen, app) = delays(waiting_for_nothing(3, 10, 2), 9);
    assert_eq!(seen, [10, 20, 40]);
    assert_eq!(app.status.state, ApplicationState::Failed);
    assert_eq!(app.status.reason.unwrap().code, ReasonCode::NoSuitableResource);
}

#[test]
fn a_limit_of_zero_fails_at_once() {
    let (seen, app) = delays(waiting_for_nothing(0, 1, 1), 9);
    assert!(seen.is_empty());
    assert_eq!(app.status.state, ApplicationState::Failed);
}

#[test]
fn without_a_limit_it_goes_on_for_ever_but_slows_down() {
    let (seen, app) = delays(waiting_for_nothing(-1, 1, 1), 12);
    assert_eq!(seen, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 60, 60]);
    assert_eq!(app.status.retries, None);
    assert_eq!(delays(waiting_for_nothing(-1, 5, 3), 4).0, [5, 15, 45, 135]);
}

#[test]
fn no_delay_is_longer_than_an_hour_or_shorter_than_a_second() {
    let (seen, _) = delays(waiting_for_nothing(4, i64::MAX, i64::MAX), 9);
    assert_eq!(seen, [3600; 4]);
    assert_eq!(delays(waiting_for_nothing(2, -7, -7), 9).0, [1, 1]);
}

#[test]
fn after_a_restart_the_status_tells_when_the_next_attempt_is_due() {
    let app = waiting_for_nothing(1, 10, 1);
    let Backoff::Again { status, waiting } = Backoff::after(&app, None, "nothing", now()) else {
        panic!("expected another attempt");
    };
    let app = Application {
        status: *status,
        ..app
    };
    let early = now().plus_seconds(3);
    assert_eq!(
        Backoff::after(&app, None, "nothing", early),
        Backoff::NotDue { until: waiting.until }
    );
    assert!(matches!(
        Backoff::after(&app, None, "nothing", waiting.until),
        Backoff::GiveUp { .. }
    ));
}

#[test]
fn a_cluster_that_appears_while_waiting_is_taken_at_once() {
    let (_, app) = delays(waiting_for_nothing(1, 10, 1), 1);
    assert_eq!(app.status.state, ApplicationState::Degraded);
    assert_eq!(place(&inputs([cluster("c1")]), &app).as_deref(), Some("c1"));
}

#[test]
fn an_application_that_runs_somewhere_is_never_given_up() {
    let mut app = waiting_for_nothing(0, 1, 1).on("c1", 300);
    app.spec.backoff_limit = 0;
    let (seen, app) = delays(app, 3);
    assert_eq!(seen, [1, 1, 1]);
    assert_eq!(app.status.scheduled_to, Some(reference("c1")));
    assert_eq!(app.status.running_on, Some(reference("c1")));
}

#[test]
fn an_update_of_a_failed_application_starts_a_new_series() {
    let (_, mut app) = delays(waiting_for_nothing(1, 1, 1), 9);
    assert_eq!(decide_in(&inputs([]), &app), Decision::Ignore);
    app.metadata.modified = now().plus_seconds(60);
    assert_eq!(decide_in(&inputs([]), &app), Decision::NoSuitable);
    let Backoff::Again { status, .. } = Backoff::after(&app, None, "nothing", now().plus_seconds(60)) else {
        panic!("expected a new series");
    };
    assert_eq!(status.retries, Some(0));
}
