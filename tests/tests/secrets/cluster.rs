//! Encrypted Secrets on their way to a real API server: they arrive, and none of what they hold is in anything that is
//! said, stored or logged besides.

use std::fs;
use std::process::Output;

use alasca_tests::lab::{Lab, Namespace};
use anyhow::Result;
use common::kube::{Connection, ObjectId, Resource, Scope, Timeouts};
use serde_json::Value;

use super::commands::{command, said};
use super::real::{Real, run};

/// What must be nowhere; the number stands without quotes in its file.
const CANARIES: [&str; 4] = ["CANARY", "40917733", "Q0FOQVJZ", "AGE-SECRET-KEY-"];

struct Stage {
    real: Real,
    connection: Connection,
    namespace: Namespace,
}

impl Stage {
    async fn set(purpose: &str) -> Result<Self> {
        let cluster = tokio::task::block_in_place(Lab::clusters)?.remove(0);
        let namespace = cluster.namespace(purpose).await?;
        let connection = Connection::new(&cluster.kubeconfig, Timeouts::default()).await?;
        let real = Real::new()?;
        fs::write(
            real.folder().join("kubeconfig"),
            serde_json::to_vec(&cluster.kubeconfig)?,
        )?;
        let landscape = format!(
            "apiVersion: yake.alasca.cloud/v1alpha1\nkind: Landscape\nmetadata: {{name: dev, namespace: {}}}\nspec:\n  units:\n  \
             - {{name: apps, path: apps}}\n",
            namespace.name
        );
        fs::create_dir(real.folder().join("apps"))?;
        fs::write(real.folder().join("landscape.yaml"), landscape)?;
        let kustomization = format!(
            "namespace: {}\nresources: [db.yaml]\nlabels: [{{pairs: {{team: a}}}}]\n",
            namespace.name
        );
        fs::write(real.folder().join("apps/kustomization.yaml"), kustomization)?;
        Ok(Self {
            real,
            connection,
            namespace,
        })
    }

    /// Writes the Secret, encrypted by the real sops.
    fn write(&self, data: &str) -> Result<()> {
        let text = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\n{data}");
        fs::write(self.real.folder().join("apps/db.yaml"), text)?;
        let recipient = self.real.identities().recipients()[0].to_string();
        let regex = "^(data|stringData)$";
        let flags = [
            "encrypt",
            "-i",
            "--age",
            &recipient,
            "--encrypted-regex",
            regex,
            "apps/db.yaml",
        ];
        run(self.real.sops().args(flags))?;
        Ok(())
    }

    fn yake(&self, words: &[&str]) -> Output {
        let cluster = ["--kubeconfig", "kubeconfig", "--root", "."];
        let output = command(&self.real, &[words, &cluster].concat()).output().unwrap();
        assert_no_canary(&format!("{words:?}"), &said(&output));
        output
    }

    async fn secret(&self) -> Option<Value> {
        let id = ObjectId {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            namespace: Some(self.namespace.name.clone()),
            name: "db".to_owned(),
        };
        self.connection.get(&id).await.unwrap()
    }

    /// Everything of the namespace that people may read.
    async fn assert_that_nothing_else_holds_it(&self) -> Result<()> {
        for (kind, plural) in [("ConfigMap", "configmaps"), ("Event", "events")] {
            let resource = Resource::new("v1", kind, plural, Scope::Namespaced);
            let objects = self
                .connection
                .list(&resource, Some(&self.namespace.name), None)
                .await?;
            assert_no_canary(kind, &serde_json::to_string(&objects)?);
        }
        Ok(())
    }
}

fn assert_no_canary(what: &str, text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{what}: {text}");
    }
}

/// Y6, G8, G10
#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_secret_arrives_under_its_overlay_and_is_in_nothing_that_is_said() -> Result<()> {
    let stage = Stage::set("secrets").await?;
    stage.write("stringData: {user: CANARY-1, same: CANARY-2}\n")?;
    let applied = stage.yake(&["apply"]);
    assert!(applied.status.success(), "{}", said(&applied));
    let secret = stage.secret().await.unwrap();
    assert_eq!(secret["data"]["user"], "Q0FOQVJZLTE=");
    assert_eq!(secret["metadata"]["labels"]["team"], "a");
    assert!(secret.get("sops").is_none());

    stage.write("stringData: {user: CANARY-3, same: CANARY-2}\n")?;
    let differs = stage.yake(&["diff"]);
    assert_eq!(differs.status.code(), Some(1), "{}", said(&differs));
    let shown = said(&differs);
    assert!(shown.contains("(before)") && shown.contains("(after)"), "{shown}");
    assert!(stage.yake(&["apply", "-o", "json"]).status.success());
    assert_eq!(stage.secret().await.unwrap()["data"]["user"], "Q0FOQVJZLTM=");

    // Changed by hand: the file is named, and nothing of the unit is applied.
    let path = stage.real.folder().join("apps/db.yaml");
    let sealed = fs::read_to_string(&path)?;
    fs::write(&path, sealed.replace("user:", "owner:"))?;
    let refused = stage.yake(&["apply", "--once"]);
    assert!(
        !refused.status.success() && said(&refused).contains("apps/db.yaml"),
        "{}",
        said(&refused)
    );
    assert_eq!(stage.secret().await.unwrap()["data"]["user"], "Q0FOQVJZLTM=");
    stage.assert_that_nothing_else_holds_it().await
}

/// Y9
#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_named_by_its_path_and_not_quoted() -> Result<()> {
    let stage = Stage::set("refused").await?;
    for (data, path) in [
        ("stringData: {pin: 40917733}\n", "stringData.pin must be a string"),
        (
            "stringData: {list: [CANARY-LIST]}\n",
            "stringData.list must be a string",
        ),
        ("data: {key: CANARY-not-base64}\n", "db"),
        (
            "type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: CANARY3}\n",
            "data[.dockerconfigjson]",
        ),
    ] {
        stage.write(data)?;
        for words in [
            &["apply", "--once"][..],
            &["apply", "--once", "-o", "json"],
            &["diff"],
        ] {
            let refused = stage.yake(words);
            assert!(!refused.status.success(), "{data}: {}", said(&refused));
            assert!(said(&refused).contains(path), "{data}: {}", said(&refused));
        }
        assert!(stage.secret().await.is_none());
    }
    stage.assert_that_nothing_else_holds_it().await
}
