//! Objects that go from one unit to another, and units that are renamed and split: nothing is deleted on the way.

use anyhow::Result;

use crate::scene::Scene;

const MAPS: [&str; 3] = ["x", "y", "z"];

/// A landscape of `top` and `apps`, applied.
async fn grown(purpose: &str) -> Result<Scene> {
    let scene = Scene::new(purpose).await?;
    scene.units(&["{name: top, path: top}", "{name: apps, path: apps}"]);
    scene.config_map("top/base.yaml", "base", "git");
    for name in MAPS {
        scene.config_map(&format!("apps/{name}.yaml"), name, "git");
    }
    scene.apply().await.exits(0);
    scene.writes();
    Ok(scene)
}

fn shift(scene: &Scene, from: &str, to: &str) {
    let to = scene.path(to);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::rename(scene.path(from), to).unwrap();
}

async fn uids(scene: &Scene) -> Vec<Option<String>> {
    let mut uids = Vec::new();
    for name in MAPS {
        uids.push(scene.uid(name).await);
    }
    uids
}

fn deletions(scene: &Scene) -> Vec<String> {
    let writes = scene.writes().into_iter();
    // The inventory of a unit that is no more.
    writes
        .filter(|write| write.starts_with("DELETE") && !write.contains("/yake.land."))
        .collect()
}

async fn unit_of(scene: &Scene, name: &str) -> String {
    let map = scene.map(name).await.unwrap();
    map["metadata"]["labels"]["yake.alasca.cloud/unit"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// G14, Y11
#[tokio::test]
async fn units_are_renamed_and_split_and_objects_move_without_a_deletion() -> Result<()> {
    let scene = grown("renamed").await?;
    let before = uids(&scene).await;

    scene.units(&["{name: top, path: top}", "{name: applications, path: apps}"]);
    scene.apply().await.exits(0);
    assert_eq!(unit_of(&scene, "x").await, "applications");
    assert!(scene.inventory("apps").await.is_empty());
    assert_eq!(
        scene.inventory("applications").await,
        ["ConfigMap/x", "ConfigMap/y", "ConfigMap/z"]
    );

    shift(&scene, "apps/x.yaml", "top/x.yaml");
    scene.apply().await.exits(0);
    assert_eq!(scene.inventory("top").await, ["ConfigMap/base", "ConfigMap/x"]);
    assert_eq!(
        scene.inventory("applications").await,
        ["ConfigMap/y", "ConfigMap/z"]
    );

    shift(&scene, "apps/y.yaml", "left/y.yaml");
    shift(&scene, "apps/z.yaml", "right/z.yaml");
    scene.units(&[
        "{name: top, path: top}",
        "{name: left, path: left}",
        "{name: right, path: right}",
    ]);
    scene.apply().await.exits(0);
    assert_eq!(scene.inventory("left").await, ["ConfigMap/y"]);
    assert_eq!(scene.inventory("right").await, ["ConfigMap/z"]);

    shift(&scene, "top/x.yaml", "left/x.yaml");
    scene.apply().await.exits(0);
    assert_eq!(scene.inventory("top").await, ["ConfigMap/base"]);
    assert_eq!(scene.inventory("left").await, ["ConfigMap/x", "ConfigMap/y"]);
    assert_eq!(uids(&scene).await, before);
    assert_eq!(deletions(&scene), [""; 0]);
    scene.pass().await.exits(0);
    assert!(scene.writes().is_empty());
    Ok(())
}

/// Y11: the new unit is not ready to take over for a while.
#[tokio::test]
async fn objects_stay_as_they_are_until_the_unit_that_takes_them_over_had_its_pass() -> Result<()> {
    let scene = grown("patient").await?;
    let before = uids(&scene).await;
    let never = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: never, namespace: NAMESPACE}\nspec:\n  \
                 storageClassName: none\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n";
    scene.file("slow/claim.yaml", never);
    scene.units(&[
        "{name: top, path: top}",
        "{name: slow, path: slow}",
        "{name: applications, path: apps, dependsOn: [slow]}",
    ]);
    for _ in 0..2 {
        let said = scene.pass().await.exits(2);
        assert_eq!(said.unit("applications").0, "DependencyNotReady");
        let (reason, message) = said.unit("apps");
        assert_eq!(reason, "Progressing");
        assert!(message.contains("applications takes it over"), "{message}");
    }
    assert_eq!(scene.inventory("apps").await.len(), 3);
    assert_eq!(unit_of(&scene, "x").await, "apps");
    scene.file(
        "slow/claim.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fast, namespace: NAMESPACE}\n",
    );
    scene.apply().await.exits(0);
    assert_eq!(uids(&scene).await, before);
    assert_eq!(unit_of(&scene, "x").await, "applications");
    assert!(scene.inventory("apps").await.is_empty());
    let claims = deletions(&scene);
    assert!(claims.iter().all(|write| write.ends_with("/never")), "{claims:?}");
    Ok(())
}

/// G14: who gives an object away is not waited for by who takes it.
#[tokio::test]
async fn an_object_moves_to_a_unit_that_depends_on_the_one_that_had_it() -> Result<()> {
    let scene = Scene::new("handed").await?;
    let units = [
        "{name: base, path: base}",
        "{name: apps, path: apps, dependsOn: [base]}",
    ];
    scene.units(&units);
    scene.config_map("base/a.yaml", "a", "git");
    for name in MAPS {
        scene.config_map(&format!("base/{name}.yaml"), name, "git");
    }
    scene.config_map("apps/b.yaml", "b", "git");
    scene.apply().await.exits(0);
    let before = uids(&scene).await;
    for name in MAPS {
        shift(&scene, &format!("base/{name}.yaml"), &format!("apps/{name}.yaml"));
    }
    scene.apply().await.exits(0);
    assert_eq!(uids(&scene).await, before);
    assert_eq!(scene.inventory("base").await, ["ConfigMap/a"]);
    assert_eq!(scene.inventory("apps").await.len(), 4);
    Ok(())
}

/// Y11: nobody knows what a unit wants that cannot be built.
#[tokio::test]
async fn nothing_is_pruned_that_a_unit_which_cannot_be_built_may_have_taken_over() -> Result<()> {
    let scene = grown("unclear").await?;
    let before = uids(&scene).await;
    shift(&scene, "apps/x.yaml", "top/x.yaml");
    scene.file("top/broken.yaml", "apiVersion: v1\nkind: [\n");
    let said = scene.apply().await.exits(1);
    assert_eq!(said.unit("top").0, "BuildFailed");
    let (reason, message) = said.unit("apps");
    assert_eq!(reason, "Progressing");
    assert!(message.contains("unit top cannot be built"), "{message}");
    assert_eq!(uids(&scene).await, before);
    scene.remove("top/broken.yaml");
    scene.apply().await.exits(0);
    assert_eq!(uids(&scene).await, before);
    assert_eq!(unit_of(&scene, "x").await, "top");
    assert_eq!(deletions(&scene), [""; 0]);
    Ok(())
}
