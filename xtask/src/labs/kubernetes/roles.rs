//! The programs of a cluster and how each of them is called.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::cluster::{Durability, Ports};
use super::credentials::Credentials;
use super::nodes;
use super::programs::Programs;

/// A process of a cluster, in the order in which they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    Etcd,
    ApiServer,
    ControllerManager,
    Scheduler,
    Kwok,
}

impl Role {
    /// Every process of a cluster.
    pub(crate) const ALL: [Self; 5] = [
        Self::Etcd,
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::Kwok,
    ];

    /// The name of its program.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
        }
    }
}

/// What the command lines depend on.
pub(crate) struct Setting<'a> {
    pub(crate) programs: &'a Programs,
    pub(crate) credentials: &'a Credentials,
    pub(crate) folder: &'a Path,
    pub(crate) ports: Ports,
    pub(crate) durability: Durability,
}

impl Setting<'_> {
    /// The command that starts `role`.
    pub(crate) fn command(&self, role: Role) -> Command {
        let mut command = Command::new(self.programs.path(role.program()));
        match role {
            Role::Etcd => self.etcd(&mut command),
            Role::ApiServer => self.api_server(&mut command),
            Role::ControllerManager => self.controller_manager(&mut command),
            Role::Scheduler => self.scheduler(&mut command),
            Role::Kwok => self.kwok(&mut command),
        }
        command
    }

    fn etcd_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.etcd)
    }

    fn etcd(&self, command: &mut Command) {
        command.arg("--data-dir").arg(self.folder.join("etcd"));
        command.args(["--log-level", "warn", "--listen-peer-urls", "http://127.0.0.1:0"]);
        command.args([
            "--listen-client-urls",
            &self.etcd_url(),
            "--advertise-client-urls",
            &self.etcd_url(),
        ]);
        match self.durability {
            Durability::Fast => {
                command.arg("--unsafe-no-fsync");
            }
            Durability::Synced => {}
        }
    }

    fn api_server(&self, command: &mut Command) {
        let file = |name: &str| self.credentials.file(name);
        command.args([
            "--etcd-servers",
            &self.etcd_url(),
            "--secure-port",
            &self.ports.api_server.to_string(),
        ]);
        // Nobody else keeps the endpoints of the service `kubernetes`: loopback is no valid endpoint.
        command.args([
            "--bind-address",
            "127.0.0.1",
            "--advertise-address",
            "127.0.0.1",
            "--endpoint-reconciler-type",
            "none",
        ]);
        command
            .arg("--tls-cert-file")
            .arg(file("serving.crt"))
            .arg("--tls-private-key-file")
            .arg(file("serving.key"));
        command
            .arg("--client-ca-file")
            .arg(file("ca.crt"))
            .arg("--token-auth-file")
            .arg(file("tokens.csv"));
        command
            .arg("--service-account-key-file")
            .arg(file("service-accounts.pub"))
            .arg("--service-account-signing-key-file")
            .arg(file("service-accounts.key"));
        command.args(["--service-account-issuer", "https://kubernetes.default.svc"]);
        command.args([
            "--service-cluster-ip-range",
            "10.96.0.0/16",
            "--authorization-mode",
            "Node,RBAC",
        ]);
        command.args([
            "--enable-admission-plugins",
            "NodeRestriction",
            "--allow-privileged",
        ]);
    }

    fn controller_manager(&self, command: &mut Command) {
        let file = |name: &str| self.credentials.file(name);
        command
            .arg("--kubeconfig")
            .arg(self.credentials.kubeconfig("controller-manager"));
        command.args([
            "--leader-elect=false",
            "--secure-port=0",
            "--use-service-account-credentials",
        ]);
        command
            .arg("--service-account-private-key-file")
            .arg(file("service-accounts.key"));
        command.arg("--root-ca-file").arg(file("ca.crt"));
        command
            .arg("--cluster-signing-cert-file")
            .arg(file("ca.crt"))
            .arg("--cluster-signing-key-file")
            .arg(file("ca.key"));
        command.args(["--allocate-node-cidrs", "--cluster-cidr", "10.244.0.0/16"]);
    }

    fn scheduler(&self, command: &mut Command) {
        command
            .arg("--kubeconfig")
            .arg(self.credentials.kubeconfig("scheduler"));
        command.args(["--leader-elect=false", "--secure-port=0"]);
    }

    fn kwok(&self, command: &mut Command) {
        command
            .arg("--kubeconfig")
            .arg(self.credentials.kubeconfig("admin"));
        command.args([
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector",
            nodes::MANAGED,
        ]);
        command.args(["--node-lease-duration-seconds", "40"]);
        for stage in self.programs.stages() {
            command.arg("--config").arg(stage);
        }
    }
}
