//! What is asked of Krake, and what others reach.
//!
//! The original is Krake 1.0.1, measured on a machine of this size. The peer is Karmada 1.18, measured quiet
//! on a machine of this size with syncing on. kube-apiserver is measured in the same run by the same client.

/// Which direction is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Better {
    Higher,
    Lower,
}

/// One row: a metric, its target, and what others reach; empty where nothing is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) better: Better,
    pub(super) goal: Option<f64>,
    pub(super) original: Known,
    pub(super) karmada: Known,
}

/// What somebody else reaches: the better end of the range, and the range as it was noted.
pub(super) type Known = Option<(f64, &'static str)>;

const HIGHER: Better = Better::Higher;
const LOWER: Better = Better::Lower;

#[rustfmt::skip]
pub(super) const TARGETS: [Target; 32] = [
    row("creates_10", "creates/s, durable, concurrency 10", "1/s", HIGHER, Some(4000.0), Some((106.0, "72–106")), Some((634.0, "554–634"))),
    row("creates_50", "creates/s, durable, concurrency 50", "1/s", HIGHER, Some(8000.0), Some((102.3, "79–102")), Some((634.0, "554–634"))),
    row("peer_creates_10", "kube-apiserver, same client, concurrency 10", "1/s", HIGHER, None, None, None),
    row("peer_creates_50", "kube-apiserver, same client, concurrency 50", "1/s", HIGHER, None, None, None),
    row("creates_ratio_10", "creates, times kube-apiserver, concurrency 10", "×", HIGHER, Some(4.0), None, None),
    row("creates_ratio_50", "creates, times kube-apiserver, concurrency 50", "×", HIGHER, Some(4.0), None, None),
    row("list_1000_p50", "list of 1000", "ms", LOWER, Some(50.0), Some((2250.0, "2250")), None),
    row("schedule", "1000 applications × 100 clusters, to the last bound", "s", LOWER, Some(2.0), Some((391.9, "392")), Some((38.0, "38–129"))),
    row("schedule_least_share", "… least share of a cluster", "applications", HIGHER, Some(10.0), None, Some((0.0, "0"))),
    row("schedule_greatest_share", "… greatest share of a cluster", "applications", LOWER, Some(10.0), None, Some((1000.0, "1000"))),
    row("schedule_metrics", "the same with a metric per cluster", "s", LOWER, Some(2.0), None, None),
    row("schedule_metrics_least_share", "… least share of a cluster", "applications", HIGHER, Some(10.0), None, None),
    row("schedule_metrics_greatest_share", "… greatest share of a cluster", "applications", LOWER, Some(10.0), None, None),
    row("create_to_object_p50", "create → object on a real member, p50", "ms", LOWER, Some(50.0), Some((2400.0, "2400–2900")), Some((88.0, "88–206"))),
    row("create_to_object_p95", "create → object on a real member, p95", "ms", LOWER, Some(100.0), None, Some((266.0, "266–287"))),
    row("drift_p50", "object deleted on the member → back, p50", "ms", LOWER, Some(14.0), Some((1900.0, "1900")), Some((14.0, "14"))),
    row("drift_p95", "object deleted on the member → back, p95", "ms", LOWER, None, None, None),
    row("drift_from_request_p50", "… counted from the deleting request, p50", "ms", LOWER, None, None, None),
    row("move_0_p50", "label change → new place has it, alone, p50", "ms", LOWER, Some(150.0), Some((40_000.0, "2 × interval")), Some((150.0, "150"))),
    row("move_0_p95", "label change → new place has it, alone, p95", "ms", LOWER, None, None, None),
    row("move_100_p50", "label change → new place has it, 100 others, p50", "ms", LOWER, Some(150.0), Some((40_000.0, "2 × interval")), Some((4400.0, "4400"))),
    row("move_100_p95", "label change → new place has it, 100 others, p95", "ms", LOWER, None, None, None),
    row("move_gap", "gap without a healthy copy, greatest of all moves", "ms", LOWER, Some(0.0), None, Some((70.0, "70"))),
    row("watch_lost", "watch, 50 writers × 300 creates: events lost", "events", LOWER, Some(0.0), Some((281.0, "281 of 300")), None),
    row("watch_p99", "watch, 50 writers × 300 creates: delivery, p99", "ms", LOWER, Some(100.0), None, None),
    row("memory_idle", "memory of everything with its store, idle", "MiB", LOWER, Some(50.0), Some((600.0, "8 × 75–90")), Some((742.0, "742"))),
    row("memory_clusters", "… with 100 clusters registered", "MiB", LOWER, None, None, None),
    row("memory_applications", "… with 1000 applications on 3 clusters", "MiB", LOWER, None, None, None),
    row("memory_loaded", "… with 1000 applications and 100 clusters (on 3 servers)", "MiB", LOWER, Some(200.0), None, Some((1237.0, "1237–1368"))),
    row("steady_cpu", "10 000 applications, 100 clusters, at rest", "% of a core", LOWER, Some(5.0), None, None),
    row("decision_10000", "processor time of a decision among 10 000", "µs", LOWER, None, None, None),
    row("decision_growth", "cost of a decision, 10⁴ against 10² applications", "×", LOWER, Some(1.5), None, None),
];

const fn row(
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    better: Better,
    goal: Option<f64>,
    original: Known,
    karmada: Known,
) -> Target {
    Target {
        name,
        title,
        unit,
        better,
        goal,
        original,
        karmada,
    }
}

impl Target {
    /// Whether a value reaches the target; nothing where there is none.
    pub(super) fn is_met_by(&self, value: f64) -> Option<bool> {
        let goal = self.goal?;
        Some(match self.better {
            Better::Higher => value >= goal,
            Better::Lower => value <= goal,
        })
    }
}
