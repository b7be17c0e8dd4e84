//! The shortest way through all of it.

use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};

#[tokio::test]
async fn an_application_is_created_read_changed_deleted_and_erased() {
    let server = Server::start().await;
    let created = server.post(APPLICATIONS, &application("pond")).await.ok();
    assert_eq!(created["metadata"]["namespace"], "tarn");
    let path = format!("{APPLICATIONS}/pond");
    let mut read = server.get(&path).await.ok();
    assert_eq!(created, read);
    read["metadata"]["labels"] = json!({"a": "b"});
    let changed = server.put(&path, &read).await.ok();
    assert_ne!(
        changed["metadata"]["resourceVersion"],
        read["metadata"]["resourceVersion"]
    );
    server.put(&path, &read).await.refused(409);
    let list = server.get("/kubernetes/applications").await.ok();
    assert_eq!(list["items"], json!([changed]));
    let mut deleted = server.delete(&path).await.ok();
    assert_eq!(deleted["metadata"]["finalizers"], json!(["cascade_deletion"]));
    deleted["metadata"]["finalizers"] = json!([]);
    server.put(&path, &deleted).await.ok();
    assert_eq!(
        server.get(&path).await.refused(404),
        "'Application' 'pond' does not exist in namespace 'tarn'"
    );
}
