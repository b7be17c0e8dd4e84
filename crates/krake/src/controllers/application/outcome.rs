//! From failures to what an application says of itself. Pure.

use common::kube::{Class, Error, Failure, ObjectId};

use crate::api::{ApplicationState, ApplicationStatus, Cluster, Reason, ReasonCode, ResourceRef};

/// Why objects are not as wanted.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// A cluster did not do what was asked.
    Cluster {
        /// Which.
        cluster: ResourceRef,
        /// What happened.
        error: Error,
        /// Whether the record says that the cluster has the kind.
        is_promised: bool,
    },
    /// An object belongs to another application.
    Claimed {
        /// Where.
        cluster: ResourceRef,
        /// Which object.
        object: ObjectId,
        /// Whose it is.
        by: String,
    },
}

/// How a failure is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// It passes by itself at once: nobody needs to hear of it.
    Moment,
    /// It may pass.
    Passing,
    /// It stays until somebody changes something.
    Lasting,
}

impl Trouble {
    /// A failed call. `kind` is looked up among the custom resources that the record promises.
    pub(super) fn on(cluster: &Cluster, reference: &ResourceRef, error: Error) -> Self {
        let is_promised = match &error.failure {
            Failure::UnknownKind { api_version, kind } => {
                let group = api_version.split_once('/').map_or("", |(group, _)| group);
                let promised = &cluster.spec.custom_resources;
                promised.iter().any(|name| promises(name, group, kind))
            }
            _ => false,
        };
        Self::Cluster {
            cluster: reference.clone(),
            error,
            is_promised,
        }
    }

    /// How it is dealt with.
    pub(super) fn outlook(&self) -> Outlook {
        match self {
            Self::Claimed { .. } => Outlook::Lasting,
            Self::Cluster { error, .. } => match (&error.failure, error.class()) {
                (Failure::Stale { .. }, _) => Outlook::Moment,
                (Failure::UnknownKind { .. }, _) | (_, Class::Permanent) => Outlook::Lasting,
                (_, Class::Transient | Class::Waiting) => Outlook::Passing,
            },
        }
    }

    /// Whether the cluster cannot be talked to.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Cluster { error, .. } if error.is_unreachable())
    }

    /// For the status.
    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::Claimed { cluster, object, by } => Reason::new(
                ReasonCode::CreateFailed,
                format!("{object} on {cluster} belongs to Application {by}"),
            ),
            Self::Cluster {
                cluster,
                error,
                is_promised,
            } => {
                let code = match &error.failure {
                    Failure::Unreachable { .. } | Failure::Timeout { .. } => ReasonCode::ClusterNotReachable,
                    Failure::UnknownKind { .. } if *is_promised => ReasonCode::InvalidCustomResource,
                    Failure::UnknownKind { .. } => ReasonCode::UnsupportedResource,
                    Failure::Invalid { .. } | Failure::Kubeconfig { .. } => ReasonCode::InvalidResource,
                    Failure::Conflict { .. }
                    | Failure::Stale { .. }
                    | Failure::NotFound
                    | Failure::Refused { .. }
                    | Failure::Overloaded { .. }
                    | Failure::Unreadable { .. } => ReasonCode::KubernetesError,
                };
                Reason::new(code, format!("{cluster}: {}: {}", error.subject, error.failure))
            }
        }
    }

    /// State of an application that has it while its objects are brought into line.
    pub(super) fn state(&self) -> ApplicationState {
        match self.outlook() {
            Outlook::Moment | Outlook::Passing => ApplicationState::Degraded,
            Outlook::Lasting => ApplicationState::Failed,
        }
    }
}

/// Plurals are formed from kinds in ways that only the cluster knows; a common stem is enough for a message.
fn promises(name: &str, group: &str, kind: &str) -> bool {
    let Some((plural, promised)) = name.split_once('.') else {
        return false;
    };
    let stem: String = kind
        .to_lowercase()
        .chars()
        .take(kind.chars().count().saturating_sub(1).max(1))
        .collect();
    promised == group && plural.starts_with(&stem)
}

/// Whether state and reason are the scheduler's at the moment: it alone takes them back.
pub(super) fn is_schedulers(status: &ApplicationStatus) -> bool {
    status.reason.as_ref().is_some_and(|reason| match reason.code {
        ReasonCode::NoSuitableResource
        | ReasonCode::InvalidMetric
        | ReasonCode::UnreachableMetricsProvider
        | ReasonCode::UnknownMetric
        | ReasonCode::UnknownMetricsProvider => true,
        ReasonCode::InternalError
        | ReasonCode::InvalidResource
        | ReasonCode::UnsupportedResource
        | ReasonCode::InvalidCustomResource
        | ReasonCode::InvalidToscaManifest
        | ReasonCode::ClusterNotReachable
        | ReasonCode::KubernetesError
        | ReasonCode::CreateFailed
        | ReasonCode::ReconcileFailed
        | ReasonCode::ReconfigureFailed
        | ReasonCode::DeleteFailed
        | ReasonCode::RetrieveFailed
        | ReasonCode::NotFound
        | ReasonCode::OpenstackError
        | ReasonCode::InvalidClusterTemplate => false,
    })
}

/// Sets state and reason, unless they are the scheduler's.
pub(super) fn tell(status: &mut ApplicationStatus, state: ApplicationState, reason: Option<Reason>) {
    if !is_schedulers(status) {
        status.state = state;
        status.reason = reason;
    }
}

#[cfg(test)]
mod tests {
    use common::kube::Subject;
    use serde_json::json;

    use super::*;

    fn trouble(failure: Failure) -> Trouble {
        let cluster: Cluster = serde_json::from_value(json!({
            "metadata": {"name": "c1", "namespace": "tarn"},
            "spec": {"constraints": {"cloud": {}}, "custom_resources": ["crontabs.stable.example.com"]}
        }))
        .unwrap();
        let error = Error {
            server: "http://127.0.0.1".into(),
            subject: Subject::Server,
            failure,
        };
        Trouble::on(&cluster, &ResourceRef::to::<Cluster>(Some("tarn"), "c1"), error)
    }

    fn unknown(api_version: &str, kind: &str) -> Trouble {
        trouble(Failure::UnknownKind {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
        })
    }

    #[test]
    fn reasons_name_the_cluster_and_say_what_kind_of_failure_it_is() {
        let refused = |status| Failure::Refused {
            status,
            reason: String::new(),
            message: "no".to_owned(),
            causes: Vec::new(),
        };
        for (trouble, code, state) in [
            (
                unknown("stable.example.com/v1", "CronTab"),
                ReasonCode::InvalidCustomResource,
                ApplicationState::Failed,
            ),
            (
                unknown("other.example.com/v1", "CronTab"),
                ReasonCode::UnsupportedResource,
                ApplicationState::Failed,
            ),
            (
                unknown("v1", "Nonsense"),
                ReasonCode::UnsupportedResource,
                ApplicationState::Failed,
            ),
            (
                trouble(Failure::Timeout {
                    after: std::time::Duration::from_secs(1),
                }),
                ReasonCode::ClusterNotReachable,
                ApplicationState::Degraded,
            ),
            (
                trouble(refused(500)),
                ReasonCode::KubernetesError,
                ApplicationState::Degraded,
            ),
            (
                trouble(refused(422)),
                ReasonCode::KubernetesError,
                ApplicationState::Failed,
            ),
        ] {
            let reason = trouble.reason();
            assert_eq!((reason.code, trouble.state()), (code, state));
            assert!(reason.message.contains("tarn/c1"), "{}", reason.message);
        }
    }

    #[test]
    fn what_the_scheduler_says_stays_until_it_takes_it_back() {
        let mut status = ApplicationStatus {
            state: ApplicationState::Degraded,
            reason: Some(Reason::new(ReasonCode::NoSuitableResource, "nowhere to go")),
            ..ApplicationStatus::default()
        };
        let before = status.clone();
        tell(&mut status, ApplicationState::Running, None);
        assert_eq!(status, before);
        status.reason = None;
        tell(&mut status, ApplicationState::Running, None);
        assert_eq!(status.state, ApplicationState::Running);
    }
}
