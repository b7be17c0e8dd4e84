//! Stories with a paused clock: what a controller sees of queue and runner.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::time::sleep;

use super::*;
use crate::reconcile::{Backoff, QueueOptions};

const SECOND: Duration = Duration::from_secs(1);

fn queue(debounce: Duration) -> Queue<u32> {
    let backoff = Backoff {
        initial: SECOND,
        factor: 2.0,
        max: SECOND * 30,
        jitter: 0.0,
    };
    Queue::new(QueueOptions {
        debounce,
        backoff,
        seed: Some(7),
    })
}

/// Runs `queue` with a function that notes when which key ran and then returns what `action` says.
struct Story {
    begun: Instant,
    log: Arc<Mutex<Vec<(u64, u32)>>>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Stopped>,
}

impl Story {
    fn start(
        queue: &Queue<u32>,
        options: RunnerOptions<u32>,
        action: impl Fn(u32, usize) -> Action + Send + Sync + 'static,
    ) -> Self {
        let (begun, log, stop) = (
            Instant::now(),
            Arc::new(Mutex::new(Vec::new())),
            CancellationToken::new(),
        );
        let runner = Runner::new(queue.clone(), options);
        let (token, notes, action) = (stop.clone(), Arc::clone(&log), Arc::new(action));
        let task = tokio::spawn(runner.run(token, move |key| {
            let (notes, action) = (Arc::clone(&notes), Arc::clone(&action));
            async move {
                let seconds = begun.elapsed().as_secs();
                let earlier = notes.lock().iter().filter(|(_, other)| *other == key).count();
                notes.lock().push((seconds, key));
                action(key, earlier)
            }
        }));
        Self {
            begun,
            log,
            stop,
            task,
        }
    }

    async fn log_after(self, seconds: u64) -> Vec<(u64, u32)> {
        tokio::time::sleep_until(self.begun + SECOND * u32::try_from(seconds).unwrap()).await;
        self.stop.cancel();
        self.task.await.unwrap();
        Arc::into_inner(self.log).unwrap().into_inner()
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_key_backs_off_and_starts_afresh_after_a_success() {
    let queue = queue(Duration::ZERO);
    let story = Story::start(&queue, RunnerOptions::default(), |_, earlier| match earlier {
        0 | 1 | 3 => Action::Retry,
        2 => Action::After(SECOND * 10),
        _ => Action::Done,
    });
    queue.add(1);
    assert_eq!(
        story.log_after(60).await,
        [(0, 1), (1, 1), (3, 1), (13, 1), (14, 1)]
    );
}

#[tokio::test(start_paused = true)]
async fn the_debounce_time_gathers_additions_but_is_not_extended_by_them() {
    let queue = queue(SECOND * 2);
    let story = Story::start(&queue, RunnerOptions::default(), |_, _| Action::Done);
    for _ in 0..5 {
        queue.add(1);
        sleep(Duration::from_millis(900)).await;
    }
    assert_eq!(story.log_after(60).await, [(2, 1), (4, 1)]);
}

#[tokio::test(start_paused = true)]
async fn an_addition_comes_before_a_timer_and_the_timer_is_gone_then() {
    let queue = queue(Duration::ZERO);
    let story = Story::start(&queue, RunnerOptions::default(), |_, _| Action::Done);
    queue.add_after(1, SECOND * 20);
    queue.add_after(2, SECOND * 5);
    sleep(SECOND * 3).await;
    queue.add(1);
    assert_eq!(story.log_after(60).await, [(3, 1), (5, 2)]);
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_done_resync_and_keys_that_are_gone_do_not() {
    let queue = queue(Duration::ZERO);
    let options = RunnerOptions {
        resync: Some(SECOND * 100),
        ..RunnerOptions::default()
    };
    let story = Story::start(&queue, options, |key, _| {
        if key == 1 { Action::Done } else { Action::Gone }
    });
    queue.extend([1, 2]);
    let log = story.log_after(250).await;
    assert_eq!(log.iter().filter(|(_, key)| *key == 2).count(), 1);
    let resyncs: Vec<u64> = log
        .iter()
        .filter(|(_, key)| *key == 1)
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(resyncs.len(), 3);
    assert!((90..=100).contains(&resyncs[1]), "{resyncs:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panicking_run_is_retried_and_others_do_not_notice() {
    let queue = queue(Duration::ZERO);
    let metrics = QueueMetrics::default();
    let options = RunnerOptions {
        metrics: metrics.clone(),
        ..RunnerOptions::default()
    };
    let story = Story::start(&queue, options, |key, earlier| {
        assert!(key != 1 || earlier > 0, "the first run of key 1 panics");
        Action::Done
    });
    queue.extend([1, 2]);
    let log = story.log_after(10).await;
    assert_eq!(log.len(), 3);
    assert_eq!(log[2], (1, 1));
    assert_eq!((metrics.runs(), metrics.failures()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn hundreds_of_keys_run_at_a_time_and_a_hanging_group_holds_only_its_share() {
    let queue = queue(Duration::ZERO);
    let grouping = Grouping::new(10, |key: &u32| key.is_multiple_of(2).then(|| Arc::from("hangs")));
    let options = RunnerOptions {
        workers: 500,
        grouping: Some(grouping),
        ..RunnerOptions::default()
    };
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let stop = CancellationToken::new();
    queue.extend(0..1000);
    let (current, peak) = (Arc::clone(&now), Arc::clone(&most));
    let task = tokio::spawn(Runner::new(queue.clone(), options).run(stop.clone(), move |key| {
        let (current, peak) = (Arc::clone(&current), Arc::clone(&peak));
        async move {
            peak.fetch_max(current.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(SECOND * if key.is_multiple_of(2) { 3600 } else { 1 }).await;
            current.fetch_sub(1, Ordering::SeqCst);
            Action::Done
        }
    }));
    sleep(SECOND * 5).await;
    assert_eq!(most.load(Ordering::SeqCst), 500);
    assert_eq!(
        (queue.running(), queue.waiting()),
        (10, 490),
        "all odd keys are through"
    );
    stop.cancel();
    assert_eq!(task.await.unwrap(), Stopped { dropped: 10 });
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_runs_end_and_begins_no_other() {
    let queue = queue(Duration::ZERO);
    let (stop, ended) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
    let flag = Arc::clone(&ended);
    let options = RunnerOptions {
        workers: 1,
        ..RunnerOptions::default()
    };
    let task = tokio::spawn(Runner::new(queue.clone(), options).run(stop.clone(), move |_| {
        let flag = Arc::clone(&flag);
        async move {
            sleep(SECOND * 5).await;
            assert!(!flag.swap(true, Ordering::SeqCst), "one run only");
            Action::Done
        }
    }));
    queue.extend([1, 2]);
    sleep(SECOND).await;
    stop.cancel();
    assert_eq!(task.await.unwrap(), Stopped { dropped: 0 });
    assert!(ended.load(Ordering::SeqCst));
    assert_eq!(queue.waiting(), 1);
}

/// Real threads and the real clock: many writers, ten thousand keys, and at the end everybody's last
/// addition has been seen by a run that began after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_many_writers_no_addition_is_lost_and_no_key_runs_twice_at_a_time() {
    const KEYS: u32 = 10_000;
    let queue = Queue::default();
    let wanted: Arc<Vec<AtomicUsize>> = Arc::new((0..KEYS).map(|_| AtomicUsize::new(0)).collect());
    let seen = Arc::new(Mutex::new(HashMap::new()));
    let busy: Arc<Vec<AtomicBool>> = Arc::new((0..KEYS).map(|_| AtomicBool::new(false)).collect());
    let stop = CancellationToken::new();
    let (source, sink, flags) = (Arc::clone(&wanted), Arc::clone(&seen), Arc::clone(&busy));
    let runner = tokio::spawn(Runner::new(queue.clone(), RunnerOptions::default()).run(
        stop.clone(),
        move |key| {
            let (source, sink, flags) = (Arc::clone(&source), Arc::clone(&sink), Arc::clone(&flags));
            async move {
                let at = key as usize;
                assert!(!flags[at].swap(true, Ordering::SeqCst));
                let value = source[at].load(Ordering::SeqCst);
                tokio::task::yield_now().await;
                sink.lock().insert(key, value);
                flags[at].store(false, Ordering::SeqCst);
                Action::Done
            }
        },
    ));
    let writers = (0..8).map(|writer| {
        let (queue, wanted) = (queue.clone(), Arc::clone(&wanted));
        tokio::task::spawn_blocking(move || {
            for step in 0..KEYS * 2 {
                let key = (step * 7 + writer * 13) % KEYS;
                wanted[key as usize].fetch_add(1, Ordering::SeqCst);
                queue.add(key);
            }
        })
    });
    futures::future::join_all(writers).await;
    let deadline = Instant::now() + SECOND * 30;
    while queue.waiting() + queue.running() > 0 {
        assert!(Instant::now() < deadline, "the queue does not drain");
        sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    runner.await.unwrap();
    let seen = seen.lock();
    for key in 0..KEYS {
        assert_eq!(
            seen.get(&key),
            Some(&wanted[key as usize].load(Ordering::SeqCst)),
            "key {key}"
        );
    }
}
